#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make threads: the programs of race and walk on real threads, under ThreadSanitizer, for
# TIME seconds: a second opinion on races (docs/threads.md). Not deterministic.
#
#   TARGET=race|walk  one of them (default: both), from corpus/ and build/work/
#   WORK=0            from corpus/ alone
#   CRASH=file        that one program instead
#   RUNS=n            each program so many times, at most for TIME seconds
#   BUG=name          on the core with that bug of bugs/ planted
#
# A finding of the harness ends a process; the next one goes on with other programs. Status
# 0: nothing; 1: reports or findings, each kind listed once; 2: it could not run.
# scripts/threads.sh check  is what make check does.
# scripts/threads.sh table  each race of bugs/ for TIME seconds on the committed corpus, and
#                           what the scheduler with its own detector says there
set -u
. "$(dirname "$0")/common.sh"
export BUG
: "${WORK:=1}" "${RUNS:=}" "${CRASH:=}" "${BUG:=}" "${TARGET:=all}" "${TIME:=60}"

readonly KILL_AFTER=20 # seconds more than TIME: a program may hang for 10 of them
readonly LOG=$B/log/threads

die() {
	echo "threads: $*" >&2
	exit 2
}

tsan_clang() { "${MAKE:-make}" --no-print-directory -s print-tsan-clang; }

symbolizer() {
	command -v "$("$(tsan_clang)" -print-prog-name=llvm-symbolizer)" || command -v llvm-symbolizer
}

# Sets $program and how it is started. ThreadSanitizer wants its memory at fixed places: where
# the kernel spreads addresses too widely for it, without that.
prepare() {
	if [ -n "$BUG" ]; then
		program=$(scripts/run bugs-tool threads) || exit 2
	else
		program=$B/threads/threads
		build "$program" || die "the build failed"
	fi
	TSAN_OPTIONS="exitcode=1:history_size=4:second_deadlock_stack=1:external_symbolizer_path=$(symbolizer)"
	export TSAN_OPTIONS
	for start in "" "setarch -R"; do
		why=$($start timeout -k 1 20 "$program" --help 2>&1 >/dev/null) && return
	done
	return 1
}

# What is run, as words for the program.
programs() {
	local target folder

	if [ -n "$CRASH" ]; then
		[ -r "$CRASH" ] || die "CRASH=$CRASH cannot be read"
		echo "-t $(target_of "$CRASH") $CRASH"
		return
	fi
	for target in $RACE_TARGETS; do
		[ "$TARGET" = all ] || [ "$TARGET" = "$target" ] || continue
		for folder in "corpus/$target" "build/work/$target"; do
			[ "$WORK" = 1 ] || [[ $folder == corpus/* ]] || continue
			[ -n "$(ls "$folder" 2>/dev/null)" ] && echo "-t $target $folder"
		done
	done
}

# One process. Return: whether there is anything left to do.
run_once() {
	local left=$((end - EPOCHSECONDS)) status

	[ $left -gt 0 ] && [ $stop = 0 ] || return 1
	nr_logs=$((nr_logs + 1))
	# shellcheck disable=SC2086 # words
	timeout -k 5 $((left + KILL_AFTER)) $start "$program" -s $left -r "${RUNS:-0}" \
		-f $((7 * (nr_logs - 1))) $words >"$LOG/$nr_logs.log" 2>&1 &
	pid=$!
	wait $pid
	status=$?
	if [ $stop = 1 ]; then
		wait $pid
		return 1
	fi
	[ $status != 2 ] || die "$(tail -n 3 "$LOG/$nr_logs.log")"
	! grep -q '^THREADS end' "$LOG/$nr_logs.log" || return
	if [ $status = 124 ] || [ $status = 137 ]; then
		echo "THREADS hang: killed" >>"$LOG/$nr_logs.log"
	elif ! grep -qE '^(FINDING|THREADS hang)|^SUMMARY|ThreadSanitizer:DEADLYSIGNAL' "$LOG/$nr_logs.log"; then
		echo "THREADS died: status $status" >>"$LOG/$nr_logs.log"
	fi
	[ -z "$RUNS" ]
}

# "kind<tab>first place<tab>second place<tab>program" for each report and finding: of a stack,
# the first function of the core, of a pair the smaller name first.
reports() {
	awk '
	function flush() {
		if (!kind) return
		if (place[2] != "" && place[2] < place[1]) { t = place[1]; place[1] = place[2]; place[2] = t }
		print kind "\t" place[1] "\t" place[2] "\t" program
		kind = ""
	}
	function begin(what) { flush(); kind = what; stack = 0; place[1] = place[2] = ""; program = "?" }
	/^WARNING: ThreadSanitizer: / { sub(/^WARNING: ThreadSanitizer: /, ""); sub(/ \(.*/, ""); begin($0) }
	/ERROR: ThreadSanitizer: / { begin($3) }
	/^FINDING / { begin("finding"); next }
	/^SIGNATURE / { place[1] = $2 }
	/^THREADS (hang|died)/ { begin(substr($2, 1, 4)) }
	/^THREADS program / { program = substr($0, 17); flush() }
	/^    #0 / { stack++ }
	/^    #[0-9]+ / && stack >= 1 && stack <= 2 && kind != "finding" {
		if (place[stack] == "" || (place[stack] !~ /@/ && $3 ~ /core\//)) {
			place[stack] = $2 ($3 ~ /core\// ? "@" : "")
		}
	}
	END { flush() }' "$LOG"/*.log | tr -d @
}

summary() {
	local runs seconds=$((EPOCHSECONDS - began)) all

	runs=$(cat "$LOG"/*.log | awk '/^THREADS runs / { n += $3 } END { print n + 0 }')
	[ $seconds -gt 0 ] || seconds=1
	reports >"$LOG/reports"
	all=$(wc -l <"$LOG/reports")
	sort "$LOG/reports" | awk -F'\t' '{ key = $1 "\t" $2 "\t" $3; if (!(key in n)) { order[++nr] = key; example[key] = $4 } n[key]++ }
		END { for (i = 1; i <= nr; i++) { split(order[i], p, "\t"); printf "%6d x %s: %s%s, with %s\n",
			n[order[i]], p[1], p[2], p[3] == "" ? "" : " and " p[3], example[order[i]] } }' >"$LOG/kinds"
	cat "$LOG/kinds"
	echo "$runs runs in $seconds s, $((runs / seconds)) per second; $all reports of $(wc -l <"$LOG/kinds") kinds"
	[ "$all" = 0 ] && return
	echo "what ThreadSanitizer said: $LOG/*.log; one program again: make threads$(build_words) CRASH=<file>"
	return 1
}

run_all() {
	[[ $TIME =~ ^[1-9][0-9]*$ ]] || die "TIME=$TIME is not a number of seconds"
	[[ $RUNS =~ ^[0-9]*$ ]] || die "RUNS=$RUNS is not a number"
	words=$(programs) || exit 2
	words=${words//$'\n'/ }
	[ -n "$words" ] || die "TARGET=$TARGET: one of $RACE_TARGETS, or all"
	rm -rf "$LOG"
	mkdir -p "$LOG"
	began=$EPOCHSECONDS end=$((EPOCHSECONDS + TIME)) nr_logs=0 stop=0
	trap 'stop=1; kill -TERM $pid 2>/dev/null' INT TERM HUP
	while run_once; do :; done
	trap - INT TERM HUP
	summary
}

cannot_run() { echo "ThreadSanitizer does not run on this machine: $(head -n 1 <<<"$why")"; }

# check_one <seconds> <wanted status> <pattern of the kinds> <what>
check_one() {
	local status

	TIME=$1
	run_all >"$B/log/threads.out" 2>&1
	status=$?
	if [ $status = "$2" ] && grep -q "$3" "$B/log/threads.out"; then
		echo "ok threads: $4: $(grep -m 1 "$3" "$B/log/threads.out")"
	else
		echo "not ok threads: $4: status $status"
		sed 's/^/  /' "$B/log/threads.out" | head -n 20
	fi
}

check() {
	local object

	mkdir -p "$B/log"
	WORK=0
	if ! prepare; then
		echo "skip threads: $(cannot_run)"
		return
	fi
	nm "$B/threads/core/spb.o" | grep -q ' U __tsan_write' &&
		nm "$B/threads/core/spb.o" "$B/threads/core/work.o" | grep -q ' U __tsan_atomic' &&
		! nm "$B/threads/fuzz/harness/owner/owner.o" | grep -q __tsan_
	if [ $? = 0 ]; then
		echo "ok threads: the core is instrumented, announced accesses are atomic, the harness is left alone"
	else
		echo "not ok threads: the core is not instrumented, or the harness is"
	fi
	check_one 4 0 '^[1-9][0-9]* runs' "the clean core"
	export BUG=race-drain-no-lock
	prepare && check_one 3 1 'x data race: ' "$BUG planted"
}

# What a bug's line shows of $LOG/kinds, or of the replayer: most frequent first, at most two.
brief() { paste -sd';' | sed 's/;/; /g'; }

# table_line <bug>
table_line() {
	local threads own target tool

	export BUG=$1
	prepare || die "$(cannot_run)"
	run_all >"$B/log/threads.out" 2>&1
	threads=$(sort -rn "$LOG/kinds" | sed 's/^ *[0-9]* x //; s/, with .*//; s/^finding: //; s,/.*,,
		s/^data race.*/data race/' | awk '!seen[$0]++' | head -n 3 | brief)
	tool=$(scripts/run bugs-tool tool race) || exit 2
	own=$(for target in $RACE_TARGETS; do
		timeout 100 "$tool" run --target "$target" "corpus/$target" 2>&1
	done | sed -n 's,^SIGNATURE \([^/]*\).*,\1,p' | sort | uniq -c | sort -rn |
		awk '{ print $2 }' | head -n 2 | brief)
	printf '%-30s %-42s %s\n' "$1" "${threads:--}" "${own:--}"
}

table() {
	local file

	echo "WORK=0 TIME=$TIME scripts/threads.sh table at $(git rev-parse --short HEAD), $(CLANG=$(tsan_clang) machine)"
	printf '\n%-30s %-42s %s\n' bug "real threads" "own scheduler and detector"
	WORK=0
	for file in $(bug_file "race-*" patch); do table_line "$(basename "$file" .patch)"; done
}

case ${1:-run} in
table) table ;;
run)
	prepare || die "$(cannot_run)"
	run_all
	;;
check) check ;;
*) die "no command $1" ;;
esac
