#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make distil-compare: the same NUMBER= of programs of TARGET=, chosen from by spbfuzz distil, by
# libFuzzer's merge and by afl-cmin; what is left of files, bytes, edge features and states,
# which of some planted bugs (BUG=names; default: each eighth) the rest still shows, and how
# long it took. Prints the table of docs/results/distil-compare.md.
set -u
. "$(dirname "$0")/common.sh"
[ -n "${NUMBER:-}" ] || NUMBER=10000

readonly OUT=$B/distil-compare BUG_EACH=8

die() {
	echo "distil-compare: $*" >&2
	exit 2
}

# Of those that are shown on the target's programs.
some_bugs() {
	local patch bug

	for patch in bugs/*/*.patch; do
		bug=$(basename "$patch" .patch)
		[ "$(field "$bug" target)" = "$target" ] && echo "$bug"
	done | awk -v each=$BUG_EACH 'NR % each == 1' | paste -sd' '
}

bugs_shown() {
	local tool shown=0

	for tool in $tools; do
		"$tool" run --first --target "$target" "$1" >/dev/null 2>&1
		[ $? = 1 ] && shown=$((shown + 1))
	done
	echo "$shown of $(wc -w <<<"$tools")"
}

# row <name> <folder> <seconds>
row() {
	local said

	said=$("$counter" distil --json --target "$target" "$2") || die "$2 cannot be counted: $said"
	# "name": number, "name": number, ...
	figure() { grep -o "\"$1\": [0-9]*" <<<"$said" | grep -o '[0-9]*$'; }
	echo "| $1 | $(figure programs) | $(figure bytes) | $(figure edge_features) | $(figure state_features) | $(bugs_shown "$2") | $3 |"
}

# timed <command>...: runs it, and sets $seconds to its wall time
timed() {
	local began=$EPOCHREALTIME

	"$@" >"$OUT/log" 2>&1 || die "$1 ends with status $?: $(tail -n 3 "$OUT/log")"
	seconds=$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.0f", b - a }')
}

[ "${TARGET:-all}" != all ] || TARGET=alloc
choose_targets "$FUZZ_TARGETS"
target=$TARGET
counts_accesses "$target" && die "afl-cmin sees no edge of a hooked core: TARGET=$target cannot be compared"
counter=$B/plain/spbfuzz
build seeds "$counter" "$B/fuzz/$target" "$B/afl/$target" "$B/afl/mutator.so" || die "the build failed"
tools=$(BUG=${BUG:-$(some_bugs)} scripts/run bugs-tool tool) || die "a planted bug does not build"
rm -rf "$OUT"
mkdir -p "$OUT/many" "$OUT/merge"
"$CC" -std=gnu11 -O2 -Wall -Wextra -Werror -Iinclude -I. -o "$OUT/manyprograms" fuzz/mutator/corpus/manyprograms.c \
	"$PWD/$B/afl/mutator.so" || die "manyprograms.c does not compile"
"$OUT/manyprograms" "$NUMBER" "$OUT/many" "corpus/$target"/* "build/programs/$target"/* || exit

machine
echo "$NUMBER programs of $target at $(git rev-parse --short HEAD)"
echo
echo "| | files | bytes | edge features | states | bugs shown | seconds |"
echo "|---|---|---|---|---|---|---|"
row "all of them" "$OUT/many" ""
timed "$counter" distil --target "$target" -o "$OUT/ours" "$OUT/many"
row "\`spbfuzz distil\`" "$OUT/ours" "$seconds"
timed "$B/fuzz/$target" -merge=1 -max_len=4096 "$OUT/merge" "$OUT/many"
row "libFuzzer's merge" "$OUT/merge" "$seconds"
unset ASAN_OPTIONS UBSAN_OPTIONS
# (It refuses folders below /tmp, where a clone may well be.)
AFL_QUIET=1 AFL_ALLOW_TMP=1 timed afl-cmin -i "$OUT/many" -o "$OUT/cmin" -- "$B/afl/$target" -
row "afl-cmin" "$OUT/cmin" "$seconds"
