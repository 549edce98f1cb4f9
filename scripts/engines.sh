#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make engines: executions per second of CPU time of each engine on each target and on the
# target that does nothing, each from the committed corpus for about TIME / 50 CPU seconds, and
# AFL++'s stability. Prints the table of docs/engines.md.
set -u
. "$(dirname "$0")/common.sh"
: "${TIME:=60}"

readonly scratch=$B/engines MAX_LEN=4096
readonly SECONDS_EACH=$((TIME / 50 > 2 ? TIME / 50 : 2))
TIMEFORMAT='%U %S'

# rate <executions> <file with "user system">
rate() { awk -v runs="${1:-0}" '{ s += $1 + $2 } END { if (s > 0) printf "%d", runs / s; else print "-" }' "$2"; }

# libfuzzer <variant> <target>
libfuzzer() {
	local runs

	rm -rf "$scratch/work"
	mkdir -p "$scratch/work"
	{ time "$B/$1/$2" -max_total_time=$SECONDS_EACH -max_len=$MAX_LEN -seed=1 -print_final_stats=1 \
		"$scratch/work" "$seeds" >"$scratch/log" 2>&1; } 2>"$scratch/cpu"
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$scratch/log")
	rate "$runs" "$scratch/cpu"
}

# CPU seconds of a process and all below it: what afl-fuzz starts it does not wait for.
cpu_of_tree() {
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v root="$1" '
		{ pid = $1; sub(/.*\) /, ""); parent[pid] = $2; ticks[pid] = $12 + $13 }
		END {
			for (pid in ticks) {
				for (up = pid; up in parent && up != root; ) up = parent[up]
				if (up == root) sum += ticks[pid]
			}
			print sum / 100
		}'
}

# afl <target> <mutator library or nothing>: sets $stability
afl() {
	local pid cpu=0 last runs words=()

	rm -rf "$scratch/afl"
	[ -z "$2" ] || words=("AFL_CUSTOM_MUTATOR_LIBRARY=$2")
	env "${words[@]}" afl-fuzz -V $((SECONDS_EACH * 2)) -m none -t 10000 -G $MAX_LEN \
		-i "$seeds" -o "$scratch/afl" -- "$B/afl/$1" >"$scratch/log" 2>&1 &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		last=$(cpu_of_tree $pid)
		awk -v a="$last" -v b="$cpu" 'BEGIN { exit !(a > b) }' && cpu=$last
		sleep 0.1
	done
	wait $pid
	echo "$cpu 0" >"$scratch/cpu"
	runs=$(sed -n 's/^execs_done *: *//p' "$scratch/afl/default/fuzzer_stats")
	stability=$(sed -n 's/^stability *: *//p' "$scratch/afl/default/fuzzer_stats")
	afl_rate=$(rate "$runs" "$scratch/cpu")
}

# replays <variant> <target>: of the corpus, with all oracles
replays() {
	"$B/$1/spbfuzz" bench --ms 200 --target "$2" "$seeds" >"$scratch/log"
	awk '/^model-runs\/s/ && !rate { rate = $2 } /^detector-model-runs\/s/ { rate = $2 } END { print rate }' "$scratch/log"
}

mkdir -p "$scratch"
build build-fuzz build-plain build-afl build-bench "$B"/{fuzz,plain,afl}/empty || exit 2
export AFL_NO_UI=1 AFL_QUIET=1 AFL_NO_AFFINITY=1 AFL_SKIP_CPUFREQ=1 AFL_FAST_CAL=1
export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_STARTUP_CALIBRATION=1
machine
echo "| | libFuzzer, ASan and UBSan | libFuzzer | AFL++, mutator | AFL++, bytes | AFL++'s stability | replayer, clang -O2 | replayer, ASan and UBSan |"
echo "|---|---|---|---|---|---|---|---|"
for target in $FUZZ_TARGETS empty; do
	seeds=corpus/$target replay="- | -"
	if [ "$target" = empty ]; then
		seeds=corpus/alloc
	else
		without=clang with=asan
		counts_accesses "$target" && without=race with=race-asan
		replay="$(replays $without "$target") | $(replays $with "$target")"
	fi
	sanitized=$(libfuzzer fuzz "$target") plain=$(libfuzzer plain "$target")
	saved=("${ASAN_OPTIONS:-}" "${UBSAN_OPTIONS:-}")
	unset ASAN_OPTIONS UBSAN_OPTIONS
	afl "$target" "$PWD/$B/afl/mutator.so"
	aimed=$afl_rate
	afl "$target" ""
	export ASAN_OPTIONS=${saved[0]} UBSAN_OPTIONS=${saved[1]}
	echo "| $target | $sanitized | $plain | $aimed | $afl_rate | $stability | $replay |"
done
