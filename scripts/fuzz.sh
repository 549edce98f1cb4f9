#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make fuzz: fuzzes TARGET for TIME seconds with JOBS processes, then says PASS or shows
# each distinct crash. Ctrl-C ends it the same way.
#
#   corpus/<target>/      read, never written
#   build/work/<target>/  new inputs; the processes share it, the next run starts from it
#                         (a drop-in has its own, and starts from this one as well)
#   crashes/<target>/     inputs that crashed, the smallest of each signature
#   build/log/<target>/   what the engines said; <crash>.txt is the report of a crash
#
# MUTATOR=0 leaves mutation to libFuzzer, which sees bytes where fuzz/mutator/ sees records.
# Engines are restarted after a crash, so one bug does not end the search for others.
set -u
. "$(dirname "$0")/common.sh"
: "${TARGET:=all}" "${TIME:=60}" "${MUTATOR:=1}"

readonly PROGRESS_SECONDS=5
# Most inputs are 64 records; the format ends at 16 KiB, where an execution costs 10 times more.
readonly MAX_LEN=4096
readonly STOP_SECONDS=10
readonly SWEEP_EACH=10

die() {
	echo "fuzz: $*" >&2
	exit 2
}

check_arguments() {
	case $TIME in '' | *[!0-9]* | 0*) die "TIME=$TIME is not a number of seconds" ;; esac
	case $JOBS in '' | *[!0-9]* | 0*) die "JOBS=$JOBS is not a number of processes" ;; esac
	if [ "$TARGET" = all ]; then
		targets=$FUZZ_TARGETS
	else
		[[ " $FUZZ_TARGETS " == *" $TARGET "* ]] || die "no target $TARGET; there are: $FUZZ_TARGETS all"
		targets=$TARGET
	fi
}

# start_engine <job>: one libFuzzer process of $target in the background.
start_engine() {
	local dict=()

	[ -s "dict/$target.dict" ] && dict=("-dict=dict/$target.dict")
	SPBFUZZ_REACH=$reach "$B/fuzz/$target$engine" "${dict[@]}" -artifact_prefix="crashes/$target/" \
		-max_len=$MAX_LEN -timeout=25 -rss_limit_mb=2560 -reload=1 -use_value_profile=0 \
		-print_final_stats=1 "$work" "$seeds" >"$log/$1.log" 2>&1 &
	pids[$1]=$!
}

# The name under which a crash counts: the report's, else what the sanitizer sums up.
signature_of() {
	local name

	name=$(sed -n 's/^SIGNATURE //p' "$1" | head -n 1)
	[ -n "$name" ] || name=$(sed -n 's/^SUMMARY: //p' "$1" | head -n 1)
	name=${name% in }
	echo "${name:-unknown}"
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
		"$(replayer "$target")" run --target "$target" "$input" >"$log/sweep" 2>&1
		keep_crash "$log/sweep" "$input"
	done < <("$(replayer "$target")" run --target "$target" --hash "${files[@]}" 2>/dev/null)
}

# keep_crash <log> <input>
keep_crash() {
	local name input=$2 old
	name="$target $(signature_of "$1")"

	crash_count[$name]=$((${crash_count[$name]:-0} + 1))
	old=${crash_file[$name]:-}
	[ "$old" = "$input" ] && return
	if [ -z "$old" ]; then
		crash_names+=("$name")
	elif [ "$(stat -c %s "$input")" -lt "$(stat -c %s "$old")" ]; then
		rm -f "$old"
	else
		rm -f "$input"
		return
	fi
	crash_file[$name]=$input
	cp "$1" "$log/$(basename "$input").txt"
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
	[ -s "$reach" ] && read -r runs reached < <("$B/asan/spbfuzz" reach -q --shared "$reach" 2>/dev/null)
	((now > last_time)) && rate=$(((runs - last_runs) * 1000000 / (now - last_time)))
	last_runs=$runs last_time=$now
	printf '%4d s  %-7s %9d exec %7d/s  edges %5d  corpus %d+%d  crashes %d  %s\n' \
		$((EPOCHSECONDS - began)) "$target" "$runs" "$rate" \
		"${edges:-0}" "$nr_seeds" "$files" ${#crash_names[@]} "$reached"
}

# fuzz_target <seconds>
fuzz_target() {
	local end job next

	work=$B/work/$target seeds=$B/seeds/$target log=$B/log/$target reach=$B/log/$target.reach
	rm -rf "$seeds" "$log" "$reach"
	mkdir -p "$work" "$seeds" "$log" "crashes/$target"
	[ -d "corpus/$target" ] && cp -r "corpus/$target/." "$seeds"
	[ "$B" = build ] || [ ! -d "build/work/$target" ] || cp -r "build/work/$target/." "$seeds"
	nr_seeds=$(find "$seeds" -type f | wc -l)
	pids=() swept=0 last_runs=0 last_time=${EPOCHREALTIME/./}
	end=$((EPOCHSECONDS + $1)) next=$((EPOCHSECONDS + PROGRESS_SECONDS))
	for ((job = 1; job <= JOBS; job++)); do start_engine $job; done
	while [ $EPOCHSECONDS -lt $end ] && [ $stop = 0 ] && [ $failures -lt 3 ]; do
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
}

# The report as the engine printed it, without the engine's own words.
print_report() {
	if grep -q '^FINDING' "$1"; then
		sed -n '/^FINDING/,/^SIGNATURE/p' "$1"
	else
		sed -n '/ERROR: \|runtime error:/,/^SUMMARY/p' "$1" | head -n 40
	fi
}

# Totals, and what was never reached.
what_was_reached() {
	awk '/^[a-z].*: [0-9]+ of [0-9]+$/ { group = $0; print "  " group }
		/never$/ && group !~ /^events/ { print "    never: " $1 }
		/^promises: / { print "  " $0 }
		/^  promise-/ { print "    " $1 " " $2 }
		/^programs: / { print "  " $0 }'
}

summary() {
	local name input

	for target in $done_targets; do
		[ -s "$B/log/$target.reach" ] || continue
		echo
		echo "$target: what was reached"
		"$B/asan/spbfuzz" reach --shared "$B/log/$target.reach" | what_was_reached
	done
	[ $stop = 1 ] && echo && echo "stopped before the time was up"
	for name in "${crash_names[@]}"; do
		input=${crash_file[$name]}
		echo
		echo "CRASH ${name#* } (target ${name%% *}, seen ${crash_count[$name]} times)"
		print_report "$B/log/${name%% *}/$(basename "$input").txt"
		echo "replay: make repro CRASH=$input$(build_words)"
	done
	echo
	if [ ${#crash_names[@]} -gt 0 ]; then
		echo "FAIL: distinct crashes: ${#crash_names[@]}"
	elif [ $failures -gt 0 ]; then
		echo "FAIL: an engine could not run"
	else
		echo "PASS"
	fi
}

check_arguments
say "building"
build build-fuzz || die "the build failed"

shopt -s nullglob
[ "$MUTATOR" = 0 ] && engine=-bytes || engine=
stop=0 failures=0 done_targets=""
declare -A crash_count crash_file
crash_names=() pids=()
trap 'stop=1' INT TERM HUP
began=$EPOCHSECONDS
share=$((TIME / $(wc -w <<<"$targets")))
[ $share -gt 0 ] || share=1
for target in $targets; do
	[ $stop = 0 ] && [ $failures = 0 ] || break
	done_targets="$done_targets $target"
	fuzz_target $share
done
summary
[ ${#crash_names[@]} = 0 ] && [ $failures = 0 ]
