#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/afl.sh: every target builds with afl-clang-fast, runs a few seconds under
# afl-fuzz from a part of the corpus with its dictionary, and finds edges but no crash.
set -u
. "$(dirname "$0")/../scripts/common.sh"

readonly SECONDS_EACH=4 SEEDS=20

export AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1
export AFL_FAST_CAL=1 AFL_QUIET=1
unset ASAN_OPTIONS UBSAN_OPTIONS

# stat_of <field>: out of afl-fuzz's statistics.
stat_of() { sed -n "s/^$1 *: *//p" "$dir/out/default/fuzzer_stats" 2>/dev/null; }

status=0
if ! build build-afl; then
	echo "not ok afl: the targets do not build with ${AFL_CLANG:-afl-clang-fast}"
	exit 1
fi
for target in $FUZZ_TARGETS; do
	dir=$B/check/afl-$target
	rm -rf "$dir"
	mkdir -p "$dir/in"
	find "corpus/$target" -type f ! -name '.*' | sort | head -n $SEEDS | xargs -r cp -t "$dir/in"
	timeout 60 afl-fuzz -V $SECONDS_EACH -m none -i "$dir/in" -o "$dir/out" -x "dict/$target.dict" \
		-- "$B/afl/$target" >"$dir/log" 2>&1
	if [ "$(stat_of execs_done || echo 0)" -gt 0 ] 2>/dev/null &&
		[ "$(stat_of saved_crashes)" = 0 ] && [ "$(stat_of saved_hangs)" = 0 ]; then
		echo "ok afl: $target, $(stat_of execs_done) executions, $(stat_of edges_found) edges"
	else
		echo "not ok afl: $target"
		tail -n 12 "$dir/log" | sed 's/^/  /'
		status=1
	fi
done
exit $status
