#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/way.sh: with the README's commands, a planted bug goes from an empty corpus to found,
# triaged and minimised to a text program that shows it, under libFuzzer and under AFL++.
# And when nobody reads what make fuzz says any more, it ends.
set -u
. "$(dirname "$0")/../scripts/common.sh"

export BUG=split-remainder-lost TIME=10 JOBS=1 TARGET=alloc
readonly log=$B/check/way.log FEW_RECORDS=8

not_ok() {
	echo "not ok way: $*"
	tail -n 12 "$log" | sed 's/^/  /'
}

# way fuzz|afl
way() {
	local crashes smallest text records

	rm -rf "$B/bugs/$BUG/work" "$B/triage/smallest"
	scripts/run $1 >"$log" 2>&1
	crashes=$(sed -n 's/^replay: make repro CRASH=\([^ ]*\) BUG=.*/\1/p' "$log")
	[ -n "$crashes" ] || { not_ok "$1 finds nothing"; return; }
	echo "ok way: $1 finds $(wc -l <<<"$crashes") crashes from an empty corpus"
	DIR=$(tr '\n' ' ' <<<"$crashes") scripts/run triage >"$log" 2>&1
	smallest=$(find "$B/triage/smallest" -type f -printf '%s %p\n' 2>/dev/null |
		sort -n | head -n 1 | cut -d ' ' -f 2-)
	[ -n "$smallest" ] || { not_ok "$1: triage keeps nothing"; return; }
	echo "ok way: $1, triage keeps $(find "$B/triage/smallest" -type f | wc -l)"
	text=$B/min/$TARGET/$(basename "$smallest").spbt
	rm -f "$text"
	CRASH=$smallest scripts/run minimize >"$log" 2>&1
	# shellcheck disable=SC2086 # names without blanks
	rm -f $crashes
	[ -f "$text" ] || { not_ok "$1: no $text"; return; }
	records=$(sed '1,/^$/d' "$text" | grep -c .)
	if [ "$records" -le $FEW_RECORDS ] && shows "$text" "$(basename "$smallest")"; then
		echo "ok way: $1, minimised to $records records"
	else
		not_ok "$1: $records records in $text"
	fi
}

# shows <text> <signature with dots>: the program still has it, on the planted core.
shows() {
	"$B/bugs/$BUG/spbfuzz" run --close --target $TARGET "$1" 2>&1 |
		sed -n 's/^SIGNATURE //p' | tr / . | grep -qxF "$2"
}

mkdir -p "$B/check"
way fuzz
if command -v afl-fuzz >/dev/null; then way afl; else echo "skip way: AFL++ is not installed (make setup AFL=1)"; fi

# What is left of make fuzz in this tree, by the folder that it works in.
engines() {
	local pid

	for pid in $(pgrep -f "^$B/fuzz/alloc "); do
		[ "$(readlink "/proc/$pid/cwd")" = "$PWD" ] && echo "$pid"
	done
}

# As with a pager that is left, or a terminal that is gone.
unset BUG
TIME=60 scripts/run fuzz 2>"$log" | head -n 1 >/dev/null
for _ in {1..40}; do
	[ -z "$(engines)" ] && break
	sleep 0.5
done
if [ -z "$(engines)" ]; then
	echo "ok way: no engine outlives the reader of make fuzz"
else
	not_ok "an engine outlives the reader of make fuzz"
	engines | xargs kill -KILL
fi
