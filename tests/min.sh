#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The minimiser on a planted bug: the signature stays, the result is the same each time,
# whatever ends it leaves a whole file, and make minimize prints what it should. Prints
# "ok ..." and "not ok ..." lines.
set -u
. "$(dirname "$0")/../scripts/common.sh"
. tests/result.sh

readonly BUG_NAME=alloc-nr-free-twice NR_RECORDS=203
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
area=min
said=("$scratch/err")

tool=$(BUG=$BUG_NAME scripts/run bugs-tool tool 2>"$scratch/err")
[ -x "$tool" ]
result $? "the core with $BUG_NAME is built" || exit 1

# Records that cannot show it, then one that does, then more of each kind.
{
	printf 'spbt 1\ngeometry holes\ncpus 4\npcp large\nswitches defrag\n\n'
	for ((i = 0; i < 100; i++)); do printf 'time arg=%d cpu=%d\nfree s%d\n' $i $((i % 4)) $i; done
	printf 'vmalloc s9 gfp=GFP_KERNEL|__GFP_NOWARN arg=3 cpu=2 pre=7>1\nfree s9\nwork\n'
} >"$scratch/crash.spbt"

signature() { "$tool" run --close "$1" 2>&1 | sed -n 's/^SIGNATURE //p'; }

before=$(signature "$scratch/crash.spbt")
began=${EPOCHREALTIME/./}
"$tool" min -o "$scratch/small" "$scratch/crash.spbt" 2>"$scratch/err"
result $? "a crash of $NR_RECORDS operations becomes smaller"
[ $((${EPOCHREALTIME/./} - began)) -lt 10000000 ]
result $? "in less than 10 seconds"
[ -n "$before" ] && [ "$(signature "$scratch/small")" = "$before" ]
result $? "the signature stays: $before"
[ "$("$tool" show "$scratch/small" | sed '1,/^$/d')" = "vmalloc s0" ]
result $? "one operation is left, its values are zero"
"$tool" min -q "$scratch/crash.spbt" >"$scratch/again.spbt" 2>"$scratch/err" &&
	"$tool" asm -o "$scratch/again" "$scratch/again.spbt" && cmp -s "$scratch/small" "$scratch/again"
result $? "text on the standard output is the same program"
"$tool" min --json - <"$scratch/crash.spbt" >"$scratch/json" 2>"$scratch/err" &&
	grep -q "\"signature\": \"$before\".*\"records_before\": $NR_RECORDS, \"records\": 1," "$scratch/json"
result $? "JSON, from the standard input"
"$tool" min --keep rule -o "$scratch/rule.spbt" "$scratch/crash.spbt" 2>"$scratch/err" &&
	[ "$("$tool" run "$scratch/rule.spbt" 2>&1 | sed -n 's/^FINDING \([a-z-]*\) .*/\1/p')" = "${before%%/*}" ]
result $? "one that keeps the rule alone"

"$tool" min --tries 3 -o "$scratch/early" "$scratch/crash.spbt" 2>"$scratch/err"
[ $? = 1 ] && [ "$(signature "$scratch/early")" = "$before" ]
result $? "too few tries: what there is, and status 1"

# Ended in the middle, it keeps the best so far, whole.
interrupted() {
	local out=$scratch/$1

	"$tool" min -q -o "$out" "$scratch/crash.spbt" 2>"$scratch/err" &
	while kill -0 $! 2>/dev/null && [ ! -s "$out" ]; do :; done
	kill "-$1" $! 2>/dev/null
	wait $! 2>/dev/null
	[ "$(signature "$out")" = "$before" ]
}
for number in INT TERM KILL; do
	interrupted $number
	result $? "SIG$number leaves a program that shows the same"
done

"$tool" min -o /dev/full "$scratch/crash.spbt" >"$scratch/err" 2>&1
[ $? = 2 ] && [ -c /dev/full ] && grep -q '/dev/full: No space' "$scratch/err"
result $? "an output that cannot be written is an error"
"$B/asan/spbfuzz" min corpus/alloc/bad-frees >"$scratch/err" 2>&1
[ $? = 2 ] && grep -q 'nothing to shrink' "$scratch/err"
result $? "a program without a finding is an input error"

CRASH=$scratch/crash.spbt BUG=$BUG_NAME B=$B scripts/minimize.sh >"$scratch/out" 2>"$scratch/err" &&
	[ "$(grep -c '^vmalloc s' "$scratch/out")" = 2 ] && [ -f "$B/min/alloc/crash.spbt" ]
result $? "make minimize prints the program before and after, and writes it"
CRASH=nothing scripts/minimize.sh >"$scratch/err" 2>&1
[ $? = 2 ]
result $? "make minimize without a crash is a usage error"
exit $failed
