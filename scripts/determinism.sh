#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make determinism: the trace hash of every committed input (corpus/, crashes/) is the same
#
#   with gcc and clang, -O2 and -O0, with and without sanitizers,
#   under libFuzzer, under AFL++ (when it is installed) and without an engine,
#   forwards, backwards and shuffled,
#
# and each crash, those of the planted bugs (bugs/*.spbt) among them, gives the same signature
# REPLAYS times out of REPLAYS. Targets whose schedules count memory accesses are compared on
# the builds that have the hooked core, which is one object for all of them.
#
# SAMPLE=n: so many inputs of each target and so many bugs (make check does that).
set -u
. "$(dirname "$0")/common.sh"
[ -n "${SAMPLE:-}" ] || SAMPLE=0
: "${REPLAYS:=1000}"

readonly scratch=$B/determinism

ok() { echo "ok determinism: $*"; }
not_ok() {
	echo "not ok determinism: $*"
	failed=$((failed + 1))
}

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

# compare <name>: what standard input says against the reference.
compare() {
	cat >"$scratch/$target.other"
	if cmp -s "$scratch/$target.reference" "$scratch/$target.other"; then
		ok "$target: $1"
	else
		not_ok "$target: $1 differs from $reference"
		diff "$scratch/$target.reference" "$scratch/$target.other" | head -n 6 | sed 's/^/  /'
	fi
}

compare_target() {
	local list=$scratch/$target.list variant variants="gcc-O0 clang asan"

	reference=gcc
	if counts_accesses "$target"; then reference=race variants=race-asan; fi
	inputs_of "$target" >"$list"
	replay $reference <"$list" >"$scratch/$target.reference"
	if [ "$(wc -l <"$list")" != "$(wc -l <"$scratch/$target.reference")" ] || [ ! -s "$list" ]; then
		not_ok "$target: $(wc -l <"$list") inputs, $(wc -l <"$scratch/$target.reference") hashes"
		return
	fi
	ok "$target: $(wc -l <"$list") inputs with $reference"
	for variant in $variants; do replay "$variant" <"$list" | compare "$variant"; done
	tac "$list" | replay $reference | compare "$reference, backwards"
	sort -R --random-source=<(yes 1) "$list" | replay $reference | compare "$reference, shuffled"
	sort -R --random-source=<(yes 2) "$list" | engine fuzz | compare "libFuzzer, shuffled"
	if [ $afl = 1 ]; then
		sort -R --random-source=<(yes 3) "$list" | engine afl | compare "AFL++, shuffled"
	fi
}

# Each signature of so many replays in one process, and how often it came.
signatures() {
	yes "$2" | head -n "$REPLAYS" | xargs "$1" run --target "$target" 2>&1 |
		sed -n 's/^SIGNATURE //p' | sort | uniq -c
}

# replay_crash <tool> <file>
replay_crash() {
	local found

	found=$(signatures "$1" "$2")
	if [ "$(wc -l <<<"$found")" = 1 ] && [ "$(awk '{ print $1 }' <<<"$found")" = "$REPLAYS" ]; then
		ok "$2: $REPLAYS of $REPLAYS replays the same"
	else
		not_ok "$2: not the same in $REPLAYS replays:"
		sed 's/^/  /' <<<"${found:-no signature}"
	fi
}

replay_bugs() {
	local program bug tool

	for program in $(git ls-files 'bugs/*.spbt' | sample); do
		bug=$(basename "$program" .spbt)
		tool=$(BUG=$bug scripts/bugs.sh tool) || { not_ok "$bug does not build"; continue; }
		target=$(sed -n 's/^target: *//p' "bugs/$bug.patch")
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

failed=0 afl=0
mkdir -p "$scratch"
build build-check build-fuzz || { echo "determinism: the build failed" >&2; exit 2; }
if command -v afl-fuzz >/dev/null && command -v "${AFL_CLANG:-afl-clang-fast}" >/dev/null; then
	build build-afl || { echo "determinism: the build for AFL++ failed" >&2; exit 2; }
	afl=1
else
	echo "AFL++ is not installed (make setup AFL=1): its engine is left out"
fi
for target in $FUZZ_TARGETS; do compare_target; done
replay_crashes
replay_bugs
[ $failed = 0 ]
