#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make afl: what make fuzz does, with AFL++: fuzzes TARGET for TIME seconds with JOBS
# processes, then says PASS or shows each distinct crash. Ctrl-C ends it the same way.
#
#   corpus/<target>/      read, never written
#   build/work/<target>/  read at the start, and by the first process all the time: what
#                         libFuzzer finds meanwhile is taken over. New inputs go there
#   build/afl-out/<target>/  the queues of the processes; gone at the next start
#   crashes/<target>/     inputs that crashed, the smallest of each signature
#   build/log/<target>/   what the processes said; <crash>.txt is the report of a crash
#
# BUG=name fuzzes the core with that bug of bugs/ planted, from an empty corpus.
# MUTATOR=0 leaves mutation to AFL++. CMPLOG=1 gives the last process a CmpLog binary.
#
# The processes run without sanitizers, which is many times as fast: what is new in their
# queues is replayed with ASan and UBSan before the end, and so is each crash.
set -u
. "$(dirname "$0")/common.sh"
readonly me=afl
. scripts/findings.sh
: "${CMPLOG:=0}" "${CI:=}"

# An execution ends after a number of steps: this is only for what the steps do not see.
readonly TIMEOUT_MS=10000
# Crashes that are replayed of each rule: they show its signatures.
readonly OF_EACH_RULE=10

# Settings of this machine that AFL++ would like to be others: run anyway, and say so.
settings() {
	local governor=/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor

	export AFL_NO_UI=1 AFL_QUIET=1 AFL_NO_AFFINITY=1 AFL_CMPLOG_ONLY_NEW=1 AFL_FAST_CAL=1
	export AFL_NO_CRASH_README=1 AFL_NO_STARTUP_CALIBRATION=1
	# AFL++ has opinions about sanitizers' options, which these binaries do not have.
	unset ASAN_OPTIONS UBSAN_OPTIONS
	if grep -q '^|' /proc/sys/kernel/core_pattern 2>/dev/null; then
		export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1
		echo "afl: core dumps go to a program (kernel.core_pattern), a crash may take long to be seen"
	fi
	if [ -f $governor ] && ! grep -q performance $governor; then
		export AFL_SKIP_CPUFREQ=1
		echo "afl: the CPU governor is $(cat $governor): executions per second will vary"
	fi
	if [ "$MUTATOR" != 0 ]; then
		export AFL_CUSTOM_MUTATOR_LIBRARY=$PWD/$B/afl/mutator.so
	fi
}

asan() { ASAN_OPTIONS=$asan_options UBSAN_OPTIONS=$ubsan_options "$tool" "$@"; }

# keep_input <file>: a file that is known to break a rule becomes a crash.
keep_input() {
	local input

	input=crashes/$target/crash-$(sha1sum <"$1" | cut -d ' ' -f 1)
	cp "$1" "$input"
	asan run --target "$target" "$input" >"$log/replay" 2>&1 &&
		echo "SIGNATURE not seen when replayed: $(basename "$1")" >>"$log/replay"
	keep_crash "$log/replay" "$input"
}

# judge <folder>: runs its files with sanitizers. Those that break a rule are crashes, a few
# of each rule, and leave the folder and the working corpus; so do those that a sanitizer ends the process for.
judge() {
	local verdict file

	while read -r verdict file; do
		[[ $verdict == finding:* ]] || continue
		seen[$verdict]=$((${seen[$verdict]:-0} + 1))
		[ "${seen[$verdict]}" -gt $OF_EACH_RULE ] || keep_input "$file"
		rm -f "$file" "$work/${file##*/}"
	done < <(asan run --target "$target" --hash "$1" 2>"$log/judge")
	if grep -q 'ERROR: \|runtime error:' "$log/judge"; then
		for file in "$1"/*; do
			asan run --target "$target" "$file" >/dev/null 2>&1 && continue
			keep_input "$file"
			rm -f "$file"
		done
	fi
}

# start_process <job>: one afl-fuzz of $target in the background.
start_process() {
	local role=(-S "s$1") more=()

	# In CI there is no main process: its deterministic stages take longer than CI has.
	[ "$1" = 1 ] && [ -z "$CI" ] && role=(-M main -F "$PWD/$work")
	[ -s "dict/$target.dict" ] && more=(-x "dict/$target.dict")
	[ "$CMPLOG" = 1 ] && [ "$1" = "$JOBS" ] && more+=(-c "$B/afl-cmplog/$target")
	SPBFUZZ_REACH=$reach afl-fuzz -V "$2" -i "$seeds" -o "$out" -t $TIMEOUT_MS -m none \
		-G $MAX_LEN "${role[@]}" "${more[@]}" -- "$(engine_of "$target")" >"$log/afl-$1.log" 2>&1 &
	pids[$1]=$!
}

# New files that AFL++ calls crashes and hangs. What replays without a finding is one, too.
collect() {
	local file fresh=$state/afl-out/$target.fresh

	rm -rf "$fresh"
	mkdir -p "$fresh"
	for file in "$out"/*/crashes/id* "$out"/*/hangs/id*; do
		[ -n "${taken[$file]:-}" ] && continue
		taken[$file]=1
		cp "$file" "$fresh/$(sha1sum <"$file" | cut -d ' ' -f 1)"
	done
	[ -n "$(ls "$fresh")" ] || return 0
	judge "$fresh"
	for file in "$fresh"/*; do keep_input "$file"; done
}

# Every process that has ended before its time did so for a reason.
check_processes() {
	local job

	for job in "${!pids[@]}"; do
		kill -0 "${pids[$job]}" 2>/dev/null && continue
		wait "${pids[$job]}"
		status=$?
		unset "pids[$job]"
		[ $status = 0 ] && continue
		failures=$((failures + 1))
		echo "afl: a process of $target ended with status $status:"
		sed 's/\x1b\[[0-9;]*m//g' "$log/afl-$job.log" | tail -n 15
	done
}

stop_processes() {
	local job deadline=$((EPOCHSECONDS + STOP_SECONDS))

	for job in "${!pids[@]}"; do kill -INT "${pids[$job]}" 2>/dev/null; done
	for job in "${!pids[@]}"; do
		while kill -0 "${pids[$job]}" 2>/dev/null && [ $EPOCHSECONDS -lt $deadline ]; do
			sleep 0.1
		done
		kill -KILL "${pids[$job]}" 2>/dev/null && say "afl: had to kill a process"
		wait "${pids[$job]}"
		unset "pids[$job]"
	done
}

# The last value of a column of AFL++'s plots, of all processes the largest.
plot() { tail -qn 1 "$out"/*/plot_data 2>/dev/null | grep -v '^#' | awk -F', *' -v n="$1" '$n > m { m = $n } END { print m + 0 }'; }

progress() {
	local runs=0 reached="" now=${EPOCHREALTIME/./} rate=0

	[ -s "$reach" ] && read -r runs reached < <(asan reach -q --shared "$reach" 2>/dev/null)
	((now > last_time)) && rate=$(((runs - last_runs) * 1000000 / (now - last_time)))
	last_runs=$runs last_time=$now
	printf '%4d s  %-7s %9d exec %7d/s  edges %5d  corpus %d+%d  crashes %d  %s\n' \
		$((EPOCHSECONDS - began)) "$target" "$runs" "$rate" "$(plot 13)" "$nr_seeds" \
		$(($(plot 4) - nr_seeds > 0 ? $(plot 4) - nr_seeds : 0)) ${#crash_names[@]} "$reached"
}

# What is new in the queues, under the sanitizers; what passes is for the next run.
harvest() {
	local file new=$state/afl-out/$target.new

	rm -rf "$new"
	mkdir -p "$new"
	for file in "$out"/*/queue/id*; do
		[[ $file == *,orig:* || $file == *,sync:* ]] ||
			cp "$file" "$new/$(sha1sum <"$file" | cut -d ' ' -f 1)"
	done
	[ -n "$(ls "$new")" ] || return 0
	judge "$new"
	find "$new" -type f -exec mv -t "$work" {} +
}

# Of what AFL++ says at the end, the lines that tell something; stability must be 100 %.
whatsup() {
	local value

	echo
	echo "$target: afl-whatsup"
	afl-whatsup -s -d "$out" 2>/dev/null | sed 's/\x1b\[[0-9;]*m//g' |
		grep -E '^ *(Total|Cumulative|Pending|Crashes)' | sed 's/^ */  /'
	for value in $(sed -n 's/^stability *: *//p' "$out"/*/fuzzer_stats 2>/dev/null | sort -u); do
		echo "  stability : $value"
		[ "$value" = 100.00% ] || unstable="$unstable $target"
	done
}

# fuzz_target <seconds>
fuzz_target() {
	local end job next

	tool=$(tool_of "$target")
	work=$state/work/$target seeds=$state/seeds/$target
	log=$state/log/$target reach=$state/log/$target.reach out=$state/afl-out/$target
	rm -rf "$seeds" "$log" "$reach" "$out"
	mkdir -p "$work" "$seeds" "$log" "$out" "crashes/$target"
	copy_seeds
	cp -r "$work/." "$seeds"
	find "$seeds" -size 0 -delete
	judge "$seeds"
	# AFL++ does not start from nothing: one byte, which the mutator makes a program of.
	[ -n "$(find "$seeds" -type f | head -n 1)" ] || printf '\201' >"$seeds/empty"
	nr_seeds=$(find "$seeds" -type f | wc -l)
	pids=() seen=() last_runs=0 last_time=${EPOCHREALTIME/./}
	end=$((EPOCHSECONDS + $1)) next=$((EPOCHSECONDS + PROGRESS_SECONDS))
	for ((job = 1; job <= JOBS; job++)); do start_process $job "$1"; done
	while [ $EPOCHSECONDS -lt $end ] && [ $stop = 0 ] && [ ${#pids[@]} -gt 0 ]; do
		sleep 0.5
		check_processes
		collect
		if [ $EPOCHSECONDS -ge $next ]; then
			progress
			next=$((EPOCHSECONDS + PROGRESS_SECONDS))
		fi
	done
	stop_processes
	collect
	harvest
	progress
	whatsup
}

check_arguments
say "building"
asan_options=$ASAN_OPTIONS ubsan_options=$UBSAN_OPTIONS
prepare afl
[ "$CMPLOG" != 1 ] || build build-afl-cmplog || die "the CmpLog build failed"

shopt -s nullglob
declare -A seen taken
pids=() unstable=""
trap 'stop=1' INT TERM HUP PIPE
settings
fuzz_all
[ -z "$unstable" ] || printf '\n%s\n' "stability is not 100 %, the same input did not do the same:$unstable"
summary
[ ${#crash_names[@]} = 0 ] && [ $failures = 0 ]
