#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make fuzz: fuzzes TARGET for TIME seconds with JOBS processes, then says PASS or shows
# each distinct crash. Ctrl-C ends it the same way, and so does a reader that goes away.
#
#   corpus/<target>/      read, never written
#   build/work/<target>/  new inputs; the processes share it, the next run starts from it
#                         (a drop-in has its own, and starts from this one as well)
#   crashes/<target>/     inputs that crashed, the smallest of each signature
#   build/log/<target>/   what the engines said; <crash>.txt is the report of a crash
#
# RUNS=n executes at least n programs of each target in place of a time, in the build without
# sanitizers and with short programs (make clean-runs), and says how many there were.
# BUG=name fuzzes the core with that bug of bugs/ planted, from an empty corpus.
# MUTATOR=0 leaves mutation to libFuzzer, which sees bytes where fuzz/mutator/ sees records.
# Engines are restarted after a crash, so one bug does not end the search for others.
set -u
. "$(dirname "$0")/common.sh"
readonly me=fuzz
. scripts/findings.sh

readonly SWEEP_EACH=10
# Of programs that are counted: two or three records that build a state, and 24 operations.
readonly COUNTED_LEN=448

# start_engine <job>: one libFuzzer process of $target in the background.
start_engine() {
	local dict=()

	[ -s "dict/$target.dict" ] && dict=("-dict=dict/$target.dict")
	SPBFUZZ_REACH=$reach "$(engine_of "$target")" "${dict[@]}" -artifact_prefix="crashes/$target/" \
		-max_len=$max_len -reload=1 "${ENGINE_FLAGS[@]}" "$work" "$seeds" >"$log/$1.log" 2>&1 &
	pids[$1]=$!
}

# An input of the corpus that crashes would end each engine at its start: it is left out
# (the crash is kept), from now on and for the working corpus for good.
drop_seed() {
	local file

	for file in "$seeds"/* "$work"/*; do
		[ -f "$file" ] && cmp -s "$file" "$1" && rm -f "$file"
	done
}

# Where one input of the corpus breaks a rule, others will: find them all at once rather
# than with one start of an engine each. A few of each rule show its signatures.
sweep_seeds() {
	local files=("$seeds"/* "$work"/*) verdict file input
	local -A seen=()

	while read -r verdict file; do
		[[ $verdict == finding:* ]] || continue
		seen[$verdict]=$((${seen[$verdict]:-0} + 1))
		if [ "${seen[$verdict]}" -gt $SWEEP_EACH ]; then
			rm -f "$file"
			continue
		fi
		input=crashes/$target/crash-$(sha1sum <"$file" | cut -d ' ' -f 1)
		mv "$file" "$input"
		"$tool" run --target "$target" "$input" >"$log/sweep" 2>&1
		keep_crash "$log/sweep" "$input"
	done < <("$tool" run --target "$target" --hash "${files[@]}" 2>/dev/null)
}

# The engine of a job has ended: note why.
collect() {
	local file=$log/$1.log status input

	wait "${pids[$1]}"
	status=$?
	unset "pids[$1]"
	input=$(sed -n 's/.*Test unit written to //p' "$file" | tail -n 1)
	[[ $input == */slow-unit-* ]] && input=""
	if [ -n "$input" ] && [ -f "$input" ]; then
		keep_crash "$file" "$input"
		if ! grep -q 'INITED' "$file"; then
			drop_seed "$input"
			[ $swept = 1 ] || sweep_seeds
			swept=1
		fi
	elif [ -n "$input" ]; then
		# Another process met the same input, and it was not worth keeping.
		say "fuzz: a crash that is known"
	elif [ $status != 0 ] && [ $status != 72 ] && [ $stop = 0 ]; then
		failures=$((failures + 1))
		echo "fuzz: the engine of $target ended with status $status:"
		tail -n 15 "$file"
	fi
	return 0
}

stop_engines() {
	local job pid deadline=$((EPOCHSECONDS + STOP_SECONDS))

	for pid in "${pids[@]}"; do kill -INT "$pid" 2>/dev/null; done
	for job in "${!pids[@]}"; do
		while kill -0 "${pids[$job]}" 2>/dev/null && [ $EPOCHSECONDS -lt $deadline ]; do
			sleep 0.1
		done
		kill -KILL "${pids[$job]}" 2>/dev/null && say "fuzz: had to kill a process"
		collect "$job"
	done
}

# One line: time, executions, edges, corpus, crashes, and what was reached.
progress() {
	local edges files runs=0 reached="" now=${EPOCHREALTIME/./} rate=0

	edges=$(cat "$log"/*.log 2>/dev/null | sed -n 's/.* cov: \([0-9]*\) .*/\1/p' | sort -n | tail -n 1)
	files=$(find "$work" -type f 2>/dev/null | wc -l)
	[ -s "$reach" ] && read -r runs reached < <("$tool" reach -q --shared "$reach" 2>/dev/null)
	((now > last_time)) && rate=$(((runs - last_runs) * 1000000 / (now - last_time)))
	last_runs=$runs last_time=$now
	printf '%4d s  %-7s %9d exec %7d/s  edges %5d  corpus %d+%d  crashes %d  %s\n' \
		$((EPOCHSECONDS - began)) "$target" "$runs" "$rate" \
		"${edges:-0}" "$nr_seeds" "$files" ${#crash_names[@]} "$reached"
}

# fuzz_target <seconds>
fuzz_target() {
	local end job next

	tool=$(tool_of "$target")
	work=$state/work/$target seeds=$state/seeds/$target
	log=$state/log/$target reach=$state/log/$target.reach
	rm -rf "$seeds" "$log" "$reach"
	mkdir -p "$work" "$seeds" "$log" "crashes/$target"
	copy_seeds
	nr_seeds=$(find "$seeds" -type f | wc -l)
	pids=() swept=0 last_runs=0 last_time=${EPOCHREALTIME/./}
	end=$((EPOCHSECONDS + $1)) next=$((EPOCHSECONDS + PROGRESS_SECONDS))
	[ "$RUNS" = 0 ] || end=$((EPOCHSECONDS + FOR_EVER))
	target_began=$EPOCHSECONDS
	for ((job = 1; job <= JOBS; job++)); do start_engine $job; done
	while [ $EPOCHSECONDS -lt $end ] && [ $stop = 0 ] && [ $failures -lt 3 ]; do
		[ "$RUNS" != 0 ] && [ "$last_runs" -ge "$RUNS" ] && break
		sleep 0.5
		for job in "${!pids[@]}"; do
			kill -0 "${pids[$job]}" 2>/dev/null && continue
			collect "$job"
			[ $stop = 0 ] && [ $failures -lt 3 ] && start_engine "$job"
		done
		if [ $EPOCHSECONDS -ge $next ]; then
			progress
			next=$((EPOCHSECONDS + PROGRESS_SECONDS))
		fi
	done
	stop_engines
	[ $EPOCHSECONDS -lt $((next - PROGRESS_SECONDS + 2)) ] || progress
	target_seconds[$target]=$((EPOCHSECONDS - target_began))
}

# What RUNS= asked for, in a line per target.
say_runs() {
	for target in $done_targets; do
		[ -s "$state/log/$target.reach" ] || continue
		"$(tool_of "$target")" reach --shared "$state/log/$target.reach" |
			awk -v target="$target" -v seconds="${target_seconds[$target]}" \
				-v found="$(printf '%s\n' "${crash_names[@]}" | grep -c "^$target ")" '
			/^programs: / { runs = $2 + 0 }
			/^schedules: / { points = $2 + 0 }
			END { printf "%s: %d runs in %d s, %.4g preemption points (accesses and " \
				"locks), distinct findings: %d\n", target, runs, seconds, points, found }'
	done
	machine
}

check_arguments
say "building"
declare -A target_seconds
if [ "$RUNS" = 0 ]; then
	variant=fuzz max_len=$MAX_LEN
else
	variant=plain max_len=$COUNTED_LEN
fi
prepare $variant

shopt -s nullglob
pids=()
trap 'stop=1' INT TERM HUP PIPE
fuzz_all
[ "$RUNS" = 0 ] || say_runs
summary
[ ${#crash_names[@]} = 0 ] && [ $failures = 0 ]
