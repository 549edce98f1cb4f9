# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by scripts/bugs.sh: what make check does with bugs/.
#
# scripts/bugs.sh check: patches apply and compile; programs (a sample, ALL=1: all of them)
# show their bug where it is planted.
# scripts/bugs.sh races: the program of each planted race (a sample, too) has one signature
# in RACE_REPLAYS replays on the core with that race, in RACE_PROCESSES fresh processes, and
# keeps it when spbfuzz min makes it smaller.
readonly RACE_REPLAYS=100 RACE_PROCESSES=5 RACE_SAMPLE=6

# Of docs/rules.md, or a sanitizer's; or none yet.
is_rule() { [[ $1 == *:* || $1 == none || $1 == yet ]] || grep -q "^| \`$1\` |" docs/rules.md; }

check_syntax() {
	local bug=$1 name why=""

	if ! plant "$bug"; then
		why="does not apply (make bugs-refresh)"
	elif [ -z "$(changed_files "$bug")" ]; then
		why="changes no file"
	fi
	for name in title from rule depth target; do
		[ -n "$(field "$bug" $name)" ] || why="has no $name"
	done
	for name in $(field "$bug" rule | tr ',' ' '); do
		is_rule "$name" || why="names no rule: $name"
	done
	grep -q '^+.*SPB_CANARY(' "$(bug_file "$bug" patch)" || why="has no canary"
	if [ -z "$why" ]; then
		for name in $(changed_files "$bug"); do
			$core_line -DSPB_BUG "-I$B/bugs/$bug" -O0 -fsyntax-only -MF "$B/bugs/$bug.d" \
				"$B/bugs/$bug/$name.c" \
				>"$B/bugs/$bug.log" 2>&1 || why="does not compile: $B/bugs/$bug.log"
		done
	fi
	if [ -z "$why" ]; then echo "ok bugs: $bug applies and compiles"; else echo "not ok bugs: $bug $why"; fi
}

check_program() {
	local bug=$1 program

	program=$(bug_file "$bug" spbt)
	if ! is_clean "$bug" "$program"; then
		echo "not ok bugs: $program breaks a rule on the clean core"
	elif ! build_tool "$bug" >"$B/bugs/$bug.log" 2>&1; then
		echo "not ok bugs: $bug does not build: $B/bugs/$bug.log"
	elif shows_committed "$bug"; then
		echo "ok bugs: $program shows $(rule_of "$B/bugs/$bug/committed.spbt.out")"
	else
		echo "not ok bugs: $program shows $(rule_of "$B/bugs/$bug/committed.spbt.out")," \
			"not $(field "$bug" rule)"
	fi
}

# Another sample each day, the same all day.
sample() {
	if [ "$ALL" = 1 ]; then cat; else sort -R --random-source=<(yes "$(date -u +%F)") | head -n "${1:-$SAMPLE}"; fi
}

check_all() {
	local bug programs

	build_lines asan
	# shellcheck disable=SC2086 # one word per bug
	for_each "$(nproc)" check_syntax $names
	programs=$(for bug in $names; do [ -n "$(bug_file "$bug" spbt)" ] && echo "$bug"; done | sample)
	# shellcheck disable=SC2086
	for_each "$(nproc)" check_program $programs
}

# ---- races ------------------------------------------------------------------

# signatures <tool> <target> <file>: one line per signature, with how often it was seen.
signatures() {
	local i

	for ((i = 0; i < RACE_PROCESSES; i++)); do
		yes "$3" | head -n $((RACE_REPLAYS / RACE_PROCESSES)) |
			xargs timeout 120 "$1" run --target "$2" 2>&1
	done | sed -n 's/^SIGNATURE //p' | sort | uniq -c
}

check_race() {
	local bug=$1 tool=$B/bugs/$1/spbfuzz target small=$B/bugs/$1/race.spbt seen kept program

	target=$(field "$bug" target) program=$(bug_file "$bug" spbt)
	if ! build_tool "$bug" >"$B/bugs/$bug.log" 2>&1; then
		echo "not ok races: $bug does not build: $B/bugs/$bug.log"
		return
	fi
	seen=$(signatures "$tool" "$target" "$program")
	if [ "$(awk '{ print $1 }' <<<"$seen")" != $RACE_REPLAYS ]; then
		echo "not ok races: $program is not the same $RACE_REPLAYS times:" $seen
		return
	fi
	echo "ok races: $program replays $RACE_REPLAYS of $RACE_REPLAYS times"
	timeout 120 "$tool" min --quiet --target "$target" -o "$small" "$program" >"$small.out" 2>&1
	kept=$("$tool" run --target "$target" "$small" 2>&1 | sed -n 's/^SIGNATURE //p')
	if [ "$kept" = "$(sed 's/^ *[0-9]* //' <<<"$seen")" ]; then
		echo "ok races: $program keeps $kept when it is minimised"
	else
		echo "not ok races: $program has ${kept:-nothing} when it is minimised, not:" $seen
	fi
}

# Of the names asked for, those of a target that is about races and that have a program.
race_programs() {
	local bug

	for bug in $names; do
		counts_accesses "$(field "$bug" target)" && [ -n "$(bug_file "$bug" spbt)" ] && echo "$bug"
	done
}

check_races() {
	# shellcheck disable=SC2046 # one word per bug
	for_each "$(nproc)" check_race $(race_programs | sample $RACE_SAMPLE)
}
