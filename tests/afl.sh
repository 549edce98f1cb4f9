#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/afl.sh: every target builds with afl-clang-fast and runs a few seconds under
# afl-fuzz, with its dictionary and with the mutator, from a part of the corpus: it finds
# edges but no crash, stability is 100 %, and both engines load every token.
set -u
. "$(dirname "$0")/../scripts/common.sh"

# What afl-fuzz works out for itself, 20 ms for small programs, a busy machine exceeds.
readonly SECONDS_EACH=4 SEEDS=20 HANG_MS=10000

export AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1
export AFL_FAST_CAL=1 AFL_QUIET=1
unset ASAN_OPTIONS UBSAN_OPTIONS

# stat_of <field>: out of afl-fuzz's statistics.
stat_of() { sed -n "s/^$1 *: *//p" "$dir/out/default/fuzzer_stats" 2>/dev/null; }

not_ok() {
	echo "not ok afl: $*"
	tail -n 12 "$dir/log" | sed 's/^/  /'
	status=1
}

check_run() {
	if [ "$(stat_of execs_done || echo 0)" -gt 0 ] 2>/dev/null &&
		[ "$(stat_of saved_crashes)" = 0 ] && [ "$(stat_of saved_hangs)" = 0 ]; then
		echo "ok afl: $target, $(stat_of execs_done) executions, $(stat_of edges_found) edges"
	else
		not_ok "$target"
	fi
	if [ "$(stat_of stability)" = 100.00% ]; then
		echo "ok afl: $target, stability 100 %"
	else
		not_ok "$target: stability $(stat_of stability)"
	fi
	if [ -n "$(find "$dir/out/default/queue" -name '*,aim*' -o -name '*,insert*')" ]; then
		echo "ok afl: $target, the mutator finds something"
	else
		not_ok "$target: nothing in the queue is the mutator's"
	fi
}

check_dict() {
	local tokens

	tokens=$(grep -c '^[a-z0-9_]*="' "dict/$target.dict")
	if grep -aq "Loaded $tokens extra tokens" "$dir/log" &&
		"$B/fuzz/$target" "-dict=dict/$target.dict" -runs=0 2>&1 |
		grep -q "Dictionary: $tokens entries"; then
		echo "ok afl: $target, both engines load $tokens tokens"
	else
		not_ok "$target: dict/$target.dict has $tokens tokens, not all are loaded"
	fi
}

status=0
if ! build build-afl build-fuzz; then
	echo "not ok afl: the targets do not build with ${AFL_CLANG:-afl-clang-fast}"
	exit 1
fi
for target in $FUZZ_TARGETS; do
	dir=$B/check/afl-$target
	rm -rf "$dir"
	mkdir -p "$dir/in"
	find "corpus/$target" -type f ! -name '.*' | sort | head -n $SEEDS | xargs -r cp -t "$dir/in"
	AFL_CUSTOM_MUTATOR_LIBRARY=$PWD/$B/afl/mutator.so timeout 60 afl-fuzz -V $SECONDS_EACH -m none \
		-t $HANG_MS \
		-i "$dir/in" -o "$dir/out" -x "dict/$target.dict" \
		-- "$B/afl/$target" >"$dir/log" 2>&1
	check_run
	check_dict
done
exit $status
