# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by what runs engines (fuzz.sh, afl.sh): their arguments, what becomes of a crash,
# and what is said in the end.
: "${TARGET:=all}" "${TIME:=60}" "${MUTATOR:=1}"
[ -n "${RUNS:-}" ] || RUNS=0

readonly PROGRESS_SECONDS=5
# Most inputs are 64 records; the format ends at 16 KiB, where an execution costs 10 times more.
readonly MAX_LEN=4096
readonly STOP_SECONDS=10
readonly FOR_EVER=100000000

die() {
	echo "$me: $*" >&2
	exit 2
}

check_arguments() {
	case $TIME in '' | *[!0-9]* | 0*) die "TIME=$TIME is not a number of seconds" ;; esac
	case $JOBS in '' | *[!0-9]* | 0*) die "JOBS=$JOBS is not a number of processes" ;; esac
	case $RUNS in *[!0-9]*) die "RUNS=$RUNS is not a number of programs" ;; esac
	choose_targets "$FUZZ_TARGETS"
}

# prepare <variant>: builds what TARGET needs. With BUG=name that is the core with the bug
# of bugs/, in a place of its own, from an empty corpus.
#
#   state     folder of the working corpus, logs and reach files
#   engine_of <target>, tool_of <target>: what runs inputs, with and without an engine
prepare() {
	local suffix=""

	[ "$MUTATOR" = 0 ] && [ "$1" != afl ] && suffix=-bytes
	if [ -z "${BUG:-}" ]; then
		build "build-$1" || die "the build failed"
		state=$B engine_path=$B/$1/%$suffix bug_tool=""
		return
	fi
	[ -f "$(bug_file "$BUG" patch)" ] || die "BUG=$BUG is not one bug: there is no bugs/*/$BUG.patch"
	targets=$(field "$BUG" target)
	engine_path=$(scripts/run bugs-tool engine "$1") && bug_tool=$(scripts/run bugs-tool tool) || exit 2
	state=$B/bugs/$BUG
}

engine_of() { echo "${engine_path//%/$1}"; }
tool_of() { echo "${bug_tool:-$(replayer "$1")}"; }

# fuzz_all: each of $targets for its share of TIME by the caller's fuzz_target, until a signal
# or an engine that cannot run.
fuzz_all() {
	local share=$((TIME / $(wc -w <<<"$targets")))

	began=$EPOCHSECONDS
	[ $share -gt 0 ] || share=1
	for target in $targets; do
		[ $stop = 0 ] && [ $failures = 0 ] || break
		done_targets="$done_targets $target"
		fuzz_target $share
	done
}

# The seeds that a session starts from, into $seeds.
copy_seeds() {
	[ -z "${BUG:-}" ] || return 0
	[ ! -d "corpus/$target" ] || find "corpus/$target" -type f ! -name '.*' -exec cp -t "$seeds" {} +
	[ "$B" = build ] || [ ! -d "build/work/$target" ] || cp -r "build/work/$target/." "$seeds"
}

# The name under which a crash counts: the report's, else what the sanitizer sums up.
signature_of() {
	local name

	name=$(sed -n 's/^SIGNATURE //p' "$1" | head -n 1)
	[ -n "$name" ] || name=$(sed -n 's/^SUMMARY: //p' "$1" | head -n 1)
	name=${name% in }
	echo "${name:-unknown}"
}

declare -A crash_count crash_file
crash_names=() stop=0 failures=0 done_targets=""

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
		/^  (promise|dropped)-/ { print "    " $1 " " $2 }
		/^a dropped lock / || /^schedules: / { print "  " $0 }
		/^programs: / { print "  " $0 }'
}

summary() {
	local name input

	for target in $done_targets; do
		[ -s "$state/log/$target.reach" ] || continue
		echo
		echo "$target: what was reached"
		"$(tool_of "$target")" reach --shared "$state/log/$target.reach" | what_was_reached
	done
	[ $stop = 1 ] && echo && echo "stopped before the time was up"
	for name in "${crash_names[@]}"; do
		input=${crash_file[$name]}
		echo
		echo "CRASH ${name#* } (target ${name%% *}, seen ${crash_count[$name]} times)"
		print_report "$state/log/${name%% *}/$(basename "$input").txt"
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
