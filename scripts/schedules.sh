#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make schedules: every pair of operations on every state, in every schedule with up to BOUND
# preemptions (WALK_BOUND for a walk and another operation) that may make a difference. Prints
# pairs, schedules explored and pruned, end states, findings. Ctrl-C keeps what was done; the
# same command goes on.
#
#   STATE='name name'  of fuzz/explore/schedules/states/*.spbt (default: all)
#   LETTERS='U0a work' of fuzz/explore/schedules/alphabet (default: all)
#   BOUND=n WALK_BOUND=n  (default: 2, 3)
#   BUG=name           the core with that bug of bugs/ planted; findings go to build/schedules/
#   V=1                a line for each pair
#
# scripts/schedules.sh bugs    for each planted race (BUG=) how many schedules find it
# scripts/schedules.sh check   what make check does
set -u
. "$(dirname "$0")/common.sh"
. tests/result.sh
. scripts/search-check.sh
: "${STATE:=}" "${LETTERS:=}" "${BOUND:=2}" "${WALK_BOUND:=}" "${BUG:=}"
: "${WALK_BOUND:=$((BOUND < 3 ? BOUND + 1 : BOUND))}"

readonly KEPT=$B/schedules
area=schedules

# The states asked for, as files.
states() {
	local name

	[ -n "$STATE" ] || { ls fuzz/explore/schedules/states/*.spbt; return; }
	for name in $STATE; do echo "fuzz/explore/schedules/states/$name.spbt"; done
}

# explore <binary> <crashes> <option>...: over all states, each a run of its own.
explore() {
	local binary=$1 crashes=$2 status
	local -a options=(--jobs "$JOBS" --bound "$BOUND" --walk-bound "$WALK_BOUND" --crashes "$2")

	shift 2
	[ -n "$LETTERS" ] && options+=(--only "$LETTERS")
	[ "$V" = 1 ] && options+=(--pairs)
	mkdir -p "$crashes"
	# shellcheck disable=SC2046 # names without blanks
	"$binary" "${options[@]}" "$@" $(states) &
	# A Ctrl-C reaches both: wait for the one that has something to keep.
	trap 'kill -INT $! 2>/dev/null' INT TERM HUP
	wait $!
	status=$?
	[ $status -le 128 ] || { wait $!; status=$?; }
	trap - INT TERM HUP
	return $status
}

# ---- planted bugs -----------------------------------------------------------

# print_bug <bug> <program>: with 0, 1, 2 (walks: 3) preemptions until one shows a finding.
print_bug() {
	local bug=$1 dir=$KEPT/bugs/$1 bound all=0 n

	mkdir -p "$dir"
	for bound in 0 1 2; do
		BOUND=$bound WALK_BOUND=$((bound + bound / 2)) V=0 explore "$2" "$dir" --stop >"$dir/out" 2>"$dir/err"
		n=$(sed -n 's/^schedules: \([0-9]*\) explored.*/\1/p' "$dir/out")
		all=$((all + ${n:-0}))
		grep -q '^finding:' "$dir/out" || continue
		sed -n 's/^finding: \(.*\), schedule [0-9]*: \(.*\)/\1\t\2/p' "$dir/out" | head -n 1 |
			while IFS=$'\t' read -r pair signature; do
				printf '%-31s %2d %9d  %-26s %s\n' "$bug" "$bound" "$all" "$pair" "$signature"
			done
		return
	done
	printf '%-31s  - %9d  %-26s -\n' "$bug" "$all" -
}

print_bugs() {
	local bug program

	printf '%-31s %2s %9s  %-26s %s\n' bug p schedules pair signature
	for bug in $(BUG=${BUG:-race-*} scripts/run bugs names); do
		program=$(BUG=$bug scripts/run bugs-tool schedules) || return 2
		print_bug "$bug" "$program"
		rm -f "$program"
	done
}

# ---- check ------------------------------------------------------------------

# Of each pair what must not depend on how it was explored: its end states and findings.
outcomes() { awk '/^[a-z]*: .* \| / { $(NF - 2) = $(NF - 3) = ""; print }' "$1" | sort; }

# compare <reference> <file> <text>
compare() {
	outcomes "$1" >"$scratch/is"
	outcomes "$2" >"$scratch/other"
	[ -s "$scratch/is" ] && cmp -s "$scratch/is" "$scratch/other"
	result $? "$3"
	diff "$scratch/is" "$scratch/other" | head -n 6 | sed 's/^/  /'
}

# check_pruning <preemptions> <letters> <state>
check_pruning() {
	local -a options=(--bound "$1" --walk-bound "$1" --only "$2" --crashes "$scratch" --pairs)

	"$binary" "${options[@]}" "fuzz/explore/schedules/states/$3.spbt" >"$scratch/pruned" 2>&1
	"$binary" "${options[@]}" --jobs 2 --no-prune "fuzz/explore/schedules/states/$3.spbt" >"$scratch/unpruned" 2>&1
	compare "$scratch/pruned" "$scratch/unpruned" \
		"$3, $1 preemptions of '$2': nothing is lost by pruning"
}

check_run() {
	local -a options=(--bound 1 --walk-bound 2 --crashes "$scratch" --checkpoint "$scratch" --pairs)
	local -a files=(fuzz/explore/schedules/states/clean.spbt fuzz/explore/schedules/states/isolated.spbt)

	"$binary" "${options[@]}" "${files[@]}" >"$scratch/reference" 2>&1
	result $? "$(sed -n 's/^schedules: \([0-9]*\) .*/\1/p' "$scratch/reference") of the clean core show nothing" ||
		grep -A12 '^finding' "$scratch/reference"
	"$binary" "${options[@]}" --limit 300 "${files[@]}" >"$scratch/part" 2>&1
	grep -q '^interrupted; the same command' "$scratch/part"
	result $? "an interrupted run leaves a checkpoint"
	"$binary" "${options[@]}" --jobs 3 "${files[@]}" >"$scratch/rest" 2>&1
	grep -q '^going on' "$scratch/rest"
	result $? "the next one goes on from there"
	grep -v '^going on\|^schedules:' "$scratch/reference" >"$scratch/is"
	grep -v '^going on\|^schedules:' "$scratch/rest" | cmp -s - "$scratch/is"
	result $? "and ends with the same numbers, with three processes"
}

check_all() {
	binary=$B/race/schedules
	scratch=$KEPT/check
	rm -rf "$scratch"
	mkdir -p "$scratch"
	check_run
	check_signal '*.schedules' "$binary" fuzz/explore/schedules/states/lists.spbt
	check_pruning 1 "U0a freeM work contig M2k" full
	check_pruning 2 "freeU freeM walk pool split" isolated
	check_pruning 3 "freeU pool" clean
	check_usage "$binary" "" "--bound 9 fuzz/explore/schedules/states/clean.spbt" "--what" "no-such.spbt" \
		"--only bogus fuzz/explore/schedules/states/clean.spbt" "seeds/race/mix-pct.spbt"
	check_planted race-drain-no-lock schedules race race --bound 1 fuzz/explore/schedules/states/*.spbt
}

case ${1:-run} in
run)
	build "$B/race/schedules" "$B/race/spbfuzz" >/dev/null || exit 2
	mkdir -p "$KEPT"
	if [ -n "$BUG" ]; then
		program=$(scripts/run bugs-tool schedules) || exit 2
		explore "$program" "$KEPT/bugs/$BUG"
	else
		explore "$B/race/schedules" crashes/race --checkpoint "$KEPT"
	fi
	;;
bugs)
	print_bugs
	;;
check)
	build "$B/race/schedules" "$B/race/spbfuzz" >/dev/null || exit 2
	check_all
	;;
*)
	echo "no command $1; there are run, bugs, check" >&2
	exit 2
	;;
esac
