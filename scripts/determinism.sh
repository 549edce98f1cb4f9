#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make determinism: the trace hash of every committed input (corpus/, crashes/) is the same
#
#   with gcc and clang, -O2 and -O0, with and without sanitizers,
#   under libFuzzer, under AFL++ (when it is installed) and without an engine,
#   forwards, backwards and shuffled,
#
# and each crash, those of the planted bugs (bugs/*/*.spbt) among them, gives the same report,
# to the last character, REPLAYS times out of REPLAYS. Targets whose schedules count memory
# accesses are compared on the builds that have the hooked core, which is one object for all
# of them, and their other programs on all builds.
#
# All inputs go through one process of each build; so do the replays of a crash, with other
# inputs in between, since what is carried over from one program to the next is what could
# make a difference. FRESH replays have a process to themselves: addresses differ there.
#
# What was equal is not compared again while the programs, their builds and REPLAYS are as they
# were (build/determinism/done/), so that it can be ended at any time and goes on from there.
#
# SAMPLE=n: so many inputs of each target and so many bugs (make check does that).
# BUG=names: the crashes of these bugs alone.
set -u
. "$(dirname "$0")/common.sh"
[ -n "${SAMPLE:-}" ] || SAMPLE=0
[ -n "${REPLAYS:-}" ] || REPLAYS=1000
: "${BUG:=}"

readonly scratch=$B/determinism FRESH=5 FILLERS=20

ok() { echo "ok determinism: $*"; }
not_ok() {
	echo "not ok determinism: $*"
	failed=$((failed + 1))
}

# is_done <file>...: were these, as they are now, found equal before? Sets $done.
is_done() {
	done=$scratch/done/$(sha1sum "$0" "$@" | sha1sum | cut -c1-16)-$REPLAYS
	[ "$SAMPLE" = 0 ] && [ -f "$done" ]
}
mark_done() { touch "$done"; }

# The same sample all day, another one the next day.
sample() {
	if [ "$SAMPLE" = 0 ]; then cat; else sort -R --random-source=<(yes "$(date -u +%F)") | head -n "$SAMPLE"; fi
}

inputs_of() {
	git ls-files -- "corpus/$1" "crashes/$1" | grep -v '/\.\|\.md$' |
		while read -r file; do [ -f "$file" ] && echo "$file"; done | sample | sort
}

# replay <variant>: hash and file, of the files on standard input in that order.
replay() {
	xargs "$B/$1/spbfuzz" run --target "$target" --hash 2>/dev/null | sort -k 2
}

# engine <variant>: the same from the engine's own program, which prints hashes only.
# libFuzzer runs the empty input before all others.
engine() {
	local files

	mapfile -t files
	SPBFUZZ_HASH=1 ASAN_OPTIONS=$ASAN_OPTIONS:handle_abort=0 "$B/$1/$target" "${files[@]}" 2>/dev/null |
		grep -E '^[0-9a-f]{16}$|^finding:' | tail -n ${#files[@]} |
		awk 'NR == FNR { file[NR] = $0; next } { print $0 "  " file[FNR] }' \
			<(printf '%s\n' "${files[@]}") - | sort -k 2
}

shuffled() { sort -R --random-source=<(yes "$1") "$list"; }

# compare <name> [reference]: what standard input says against the reference.
compare() {
	local other=$scratch/$target.other expected=${2:-$scratch/$target.reference}

	cat >"$other"
	if cmp -s "$expected" "$other"; then
		ok "$target: $1"
	else
		not_ok "$target: $1 differs from $reference"
		diff "$expected" "$other" | head -n 6 | sed 's/^/  /'
	fi
}

# Programs that count no accesses do the same on the core without hooks.
compare_unhooked() {
	local variant expected=$scratch/$target.unhooked

	replay gcc <"$list" | grep -v '^needs-access-hooks ' >"$scratch/$target.gcc"
	awk 'NR == FNR { has[$2] = 1; next } $2 in has' "$scratch/$target.gcc" \
		"$scratch/$target.reference" >"$expected"
	[ -s "$expected" ] || { ok "$target: every schedule counts accesses"; return; }
	for variant in gcc gcc-O0 clang asan; do
		replay $variant <"$list" | grep -v '^needs-access-hooks ' |
			compare "$variant, the $(wc -l <"$expected") that count no accesses" "$expected"
	done
}

compare_target() {
	local list=$scratch/$target.list variant variants="gcc-O0 clang asan" before=$failed

	reference=gcc
	if counts_accesses "$target"; then reference=race variants=race-asan; fi
	inputs_of "$target" >"$list"
	[ -s "$list" ] || { not_ok "$target: no inputs"; return; }
	# shellcheck disable=SC2046 # names without blanks
	if is_done "$B"/{gcc,gcc-O0,clang,asan,race,race-asan}/spbfuzz "$B"/{fuzz,plain}/"$target" \
		$([ $afl = 0 ] || echo "$B/afl/$target") $(cat "$list"); then
		ok "$target: $(wc -l <"$list") inputs were compared before"
		return
	fi
	replay $reference <"$list" >"$scratch/$target.reference"
	if [ "$(wc -l <"$list")" != "$(wc -l <"$scratch/$target.reference")" ]; then
		not_ok "$target: $(wc -l <"$list") inputs, $(wc -l <"$scratch/$target.reference") hashes"
		return
	fi
	ok "$target: $(wc -l <"$list") inputs with $reference"
	for variant in $variants; do replay "$variant" <"$list" | compare "$variant"; done
	[ $reference = gcc ] || compare_unhooked
	tac "$list" | replay $reference | compare "$reference, backwards"
	shuffled 1 | replay $reference | compare "$reference, shuffled"
	shuffled 2 | engine fuzz | compare "libFuzzer with ASan and UBSan, shuffled"
	shuffled 3 | engine plain | compare "libFuzzer, shuffled"
	if [ $afl = 1 ]; then shuffled 4 | engine afl | compare "AFL++, shuffled"; fi
	[ $failed != $before ] || mark_done
}

# ---- crashes ----------------------------------------------------------------

# Inputs of the target that end well with this build: they go between the replays.
fillers() {
	local file

	for file in $(git ls-files "corpus/$target" | sort -R --random-source=<(yes 5) | head -n $FILLERS); do
		"$1" run --target "$target" "$file" >/dev/null 2>&1 && echo "$file"
	done
}

# The crash REPLAYS times, one of the fillers after each tenth.
schedule() {
	awk -v crash="$1" -v times="$REPLAYS" '{ other[NR] = $0 }
		END { for (i = 1; i <= times; i++) {
			print crash
			if (NR && i % 10 == 0) print other[i / 10 % NR + 1]
		} }'
}

# How many whole reports of a file, and how many of them are as the first one.
count_reports() {
	awk -v crash="$1" '$1 == "FILE" { if ($2 == crash) { n++; if (n == 1) first = report; same += report == first }
			report = ""; next }
		{ report = report $0 "\n" }
		END { print n + 0, same + 0, (length(first) > 0) }'
}

reports() {
	{ fillers "$1" | schedule "$2" | xargs "$1" run --target "$target" 2>&1
		for ((i = 0; i < FRESH; i++)); do "$1" run --target "$target" "$2" 2>&1; done; } |
		count_reports "$2"
}

# What ends the process has no report of ours: a child for each replay, and one signature.
deaths() {
	yes "$2" | head -n $((REPLAYS + FRESH)) | xargs "$1" triage --target "$target" --json 2>/dev/null |
		awk '/"crashes":/ { crashes = $4 + 0 } /"signature":/ { groups++ }
			END { print crashes + 0, (groups == 1 ? crashes : 0), (groups > 0) }'
}

# replay_crash <tool> <file>
replay_crash() {
	local all same any wanted=$((REPLAYS + FRESH)) how="reports"

	if is_done "$1" "$2"; then
		ok "$2: $REPLAYS of $REPLAYS replays were the same before"
		return
	fi
	read -r all same any < <(reports "$1" "$2")
	if [ "$any" = 0 ]; then
		how="signatures"
		read -r all same any < <(deaths "$1" "$2")
	fi
	if [ "$any" = 1 ] && [ "$all" = $wanted ] && [ "$same" = $wanted ]; then
		ok "$2: $how of $REPLAYS and $FRESH fresh replays are the same"
		mark_done
	else
		not_ok "$2: $all $how of $wanted replays, $same like the first"
	fi
}

bug_programs() {
	local name

	if [ -n "$BUG" ]; then
		for name in $BUG; do git ls-files "bugs/*/$name.spbt"; done
	else
		git ls-files 'bugs/*/*.spbt' | sample
	fi
}

replay_bugs() {
	local program bug tool

	for program in $(bug_programs); do
		bug=$(basename "$program" .spbt)
		tool=$(BUG=$bug scripts/run bugs-tool tool) || { not_ok "$bug does not build"; continue; }
		target=$(field "$bug" target)
		replay_crash "$tool" "$program"
	done
}

replay_crashes() {
	local file

	for file in $(git ls-files 'crashes/*/*' | grep -v '/\.\|\.md$'); do
		target=$(target_of "$file")
		# An accepted crash is one that no longer is: replay says so, and its hash counts.
		"$(replayer "$target")" run --target "$target" "$file" >/dev/null 2>&1 && continue
		replay_crash "$(replayer "$target")" "$file"
	done
}

# (Children that end well on Ctrl-C would let the rest go on.)
trap 'echo "determinism: stopped; what was equal so far is remembered" >&2; exit 130' INT TERM
failed=0 afl=0
mkdir -p "$scratch/done"
build build-check build-fuzz build-plain || { echo "determinism: the build failed" >&2; exit 2; }
if command -v afl-fuzz >/dev/null && command -v "${AFL_CLANG:-afl-clang-fast}" >/dev/null; then
	build build-afl || { echo "determinism: the build for AFL++ failed" >&2; exit 2; }
	afl=1
else
	echo "AFL++ is not installed (make setup AFL=1): its engine is left out"
fi
if [ -z "$BUG" ]; then
	for target in $FUZZ_TARGETS; do compare_target; done
	replay_crashes
fi
replay_bugs
[ $failed = 0 ]
