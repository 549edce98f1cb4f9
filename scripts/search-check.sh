# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by exhaustive.sh and schedules.sh: what make check asks of both searches. They
# set $area (tests/result.sh) and $scratch.

# check_signal <checkpoints> <search>...: a signal instead of a limit, while much is left to do.
check_signal() {
	local pattern=$1 search status files

	shift
	"$@" --checkpoint "$scratch" --crashes "$scratch" >"$scratch/signal" 2>&1 &
	search=$!
	sleep 1
	kill -INT $search
	wait $search
	status=$?
	files=$(find "$scratch" -name "$pattern" | wc -l)
	[ $status = 1 ] && [ "$files" = 1 ] && grep -q '^interrupted; the same' "$scratch/signal"
	result $? "a signal ends it with status 1 and one checkpoint (status $status, $files files)"
	find "$scratch" -name "$pattern" -delete
}

# check_usage <program> <words>...: arguments that make no sense.
check_usage() {
	local program=$1 words

	shift
	for words; do
		# shellcheck disable=SC2086 # words
		"$program" $words >"$scratch/out" 2>&1
		[ $? = 2 ] && [ -s "$scratch/out" ]
		result $? "'$words' is complained about with status 2"
	done
}

# check_planted <bug> <program of bugs-tool> <variant> <target> <option>...: the search finds it.
check_planted() {
	local bug=$1 variant=$3 target=$4 dir=$scratch/$1 program tool crash

	mkdir -p "$dir"
	said=("$scratch/log")
	program=$(BUG=$bug scripts/run bugs-tool "$2" 2>"$scratch/log") &&
		tool=$(BUG=$bug scripts/run bugs-tool tool "$variant" 2>>"$scratch/log")
	result $? "$bug can be planted"
	said=()
	shift 4
	"$program" --stop --crashes "$dir" "$@" >"$scratch/planted" 2>&1
	[ $? = 1 ] && grep -q '^finding' "$scratch/planted"
	result $? "finds $bug"
	crash=$(sed -n 's/^  \(.*crash-.*\)/\1/p' "$scratch/planted" | head -n 1)
	"$tool" run --target "$target" "$crash" 2>&1 | grep '^SIGNATURE' >"$scratch/replayed"
	[ -s "$scratch/replayed" ] && grep -qxFf "$scratch/replayed" "$scratch/planted"
	result $? "its bytes replay with the same signature"
	"$B/$variant/spbfuzz" run --target "$target" "$crash" >"$scratch/clean" 2>&1
	result $? "and show nothing on the clean core"
}
