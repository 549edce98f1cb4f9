#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The spbfuzz command: exit statuses, what it says about bad input, and that files are
# written whole or not at all. Prints "ok ..." and "not ok ..." lines.
set -u
. "$(dirname "$0")/../scripts/common.sh"

tool=${TOOL:-$B/gcc/spbfuzz}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# expect <status> <words> <name> <arguments>...: words in what it prints, "" = any
expect() {
	local want=$1 words=$2 name=$3 output status
	shift 3
	output=$("$tool" "$@" </dev/null 2>&1)
	status=$?
	if [ $status = "$want" ] && grep -qF -- "$words" <<<"$output"; then
		echo "ok $name"
	else
		echo "not ok $name: status $status instead of $want, or not '$words'"
		head -n 5 <<<"$output" | sed 's/^/  /'
		failed=1
	fi
}

cd "$scratch" || exit 2
case $tool in /*) ;; *) tool=$OLDPWD/$tool ;; esac
root=$OLDPWD
printf 'spbt 1\nreaches: event:alloc\nalloc s1 gfp=GFP_KERNEL\nfree s1\n' >good.spbt
printf 'reaches: step:contig\nalloc s1\n' >missed.spbt
printf 'alloc s1\n\nalloc s1 gfp=GFP_KERNELL\n' >typo.spbt
printf '\x82rest' >newer
head -c 1048577 /dev/zero >huge
: >empty
mkdir none
head -c 50000 "$root/tests/data/fs-cut.trace.xz" >cut.xz

expect 2 "usage:" "no command"
expect 0 "import" "help" --help
expect 0 "0x81" "version" --version
expect 2 "'walk' is no command" "unknown command" walk
expect 0 "" "run text" run good.spbt
expect 0 "good.spbt" "hash" run --hash good.spbt
expect 0 "alloc s1" "told step by step" run -v good.spbt
expect 2 "No such file" "missing file" run nothing
expect 2 "empty" "empty file" show empty
expect 2 "1 MiB" "huge file" show huge
expect 2 "version 0x82" "unknown version" run newer
expect 2 "no file in this" "empty directory" run none
expect 2 "alloc" "unknown target" run -t nothing good.spbt
expect 2 "typo.spbt:3: 'GFP_KERNELL'" "error with its line" asm -o out typo.spbt
expect 0 "events" "reach" reach good.spbt
expect 0 "refusal-off" "compare" compare good.spbt
expect 2 "usage:" "compare without a file" compare
expect 2 "version 0x82" "compare of an unknown version" compare newer
for text in "$root"/seeds/alloc/promise-*.spbt; do
	kind=$(basename "$text" .spbt)
	expect 0 "promises: " "$kind is counted" run -v "$text"
	[ "$kind" = promise-kept ] || expect 1 "FINDING $kind " "$kind is a finding" run --strict "$text"
done
expect 1 "does not reach step:contig" "reaches too little" reach -q missed.spbt
expect 0 "" "assemble" asm -o out good.spbt
expect 2 "No such file" "a folder that is not there" asm -o none/none/out good.spbt
expect 2 "4.18" "unknown gfp layout" import -l 2.6 -o programs cut.xz
expect 2 "two-nodes" "unknown geometry" import -g mars -o programs cut.xz
expect 2 "is it the text of a tracer?" "no trace" import -o programs good.spbt
expect 0 "ends too early" "cut trace" import -m 3 -o programs cut.xz

expect 0 '"status": "good", "hash"' "run --json" run --json good.spbt
expect 2 '"status": "error"' "run --json of what is no program" run --json good.spbt newer
expect 2 "neither --hash" "run --json --hash" run --json --hash good.spbt
expect 0 "dropped-list-busy" "what a dropped lock explains" run --counts -t walk "$root/corpus/walk"
expect 0 "a dropped lock explains nothing" "who is alone needs no explanation" run --counts -t alloc good.spbt
expect 0 '"pcp-get": 1' "reach --json" reach --json good.spbt
expect 0 "model-runs/s" "bench" bench -m 1 good.spbt
expect 0 '"programs": 2,' "bench --json" bench -j -m 1 good.spbt missed.spbt
expect 2 "'0': a number" "bench for no time" bench -m 0 good.spbt
expect 2 "version 0x82" "bench of an unknown version" bench -m 1 good.spbt newer
expect 2 "does not see" "bench of a schedule that counts accesses" bench -t race -m 1 "$root/bench/race.spbt"
expect 2 "Is a directory" "a folder is no program" show none
expect 2 "'x': a number" "no number" min -n x good.spbt
expect 2 "nothing to shrink" "min of a good program" min good.spbt
expect 2 "cannot be kept" "min keeps something else" min --keep all good.spbt
expect 2 "huge: larger than 1 MiB" "triage of a huge file" triage huge
expect 2 "empty: empty" "triage of an empty file" triage empty
[ "$("$tool" triage - <good.spbt)" = "1 files: 0 crash, 1 run to their end, 0 cannot be read; groups: 0" ]
if [ $? = 0 ]; then echo "ok triage of the standard input"; else echo "not ok triage of the standard input"; failed=1; fi
expect 2 "holds what is not read" "distil into something else" distil -o "$root/corpus/alloc" good.spbt
expect 2 "newer: version 0x82" "distil of an unknown version" distil -o distilled good.spbt newer
[ ! -e distilled ] && echo "ok nothing is distilled then" || { echo "not ok nothing is distilled"; failed=1; }
if [ "$(id -u)" != 0 ]; then
	mkdir -m 0 closed
	expect 2 "Permission denied" "a folder that cannot be read" triage closed
else
	# Nothing is closed to root: a name that is no folder any more says the same way.
	expect 2 "Not a directory" "a folder that cannot be read" triage good.spbt/below
fi

# options <command>: long and short ones of its --help, one per line.
options() {
	"$tool" "$1" --help | sed 's/--\[no-\]\([a-z]*\)/--\1 --no-\1/' |
		sed -n 's/^  *\(-.*\)$/\1/p' | sed 's/   *.*//' | grep -oE -- '--?[a-zA-Z0-9-]+' |
		grep -vx -- '-h\|--help' | sort -u
}
# documented <command>: those of the manual page.
documented() {
	awk -v name="$1" '/^\.S[SH] / { inside = $2 == name } inside' "$root/docs/spbfuzz.1" | sed 's/\\-/-/g' |
		grep '^\.B[RI]\? -' | grep -oE -- '--?[a-zA-Z0-9-]+' | grep -vx -- '-h\|--help' | sort -u
}
for command in $("$tool" --help | sed -n 's/^  \([a-z]*\)  *.*/\1/p'); do
	if [ -n "$(options "$command")" ] && difference=$(diff <(options "$command") <(documented "$command")); then
		echo "ok the manual page has the options of $command"
	else
		echo "not ok the manual page and $command --help differ"
		echo "$difference" | sed 's/^/  /'
		failed=1
	fi
done

[ "$("$tool" asm - <good.spbt | "$tool" show - | tail -n 2)" = "alloc s1 gfp=GFP_KERNEL
free s1" ] && [ "$(ls programs | wc -l)" = 3 ] && [ ! -e none/none ]
if [ $? = 0 ]; then echo "ok pipes"; else echo "not ok pipes"; failed=1; fi
if "$tool" show good.spbt >/dev/full 2>/dev/null; [ $? = 2 ]; then
	echo "ok full disk"
else
	echo "not ok full disk"
	failed=1
fi
[ -z "$(find . -name '.*.[0-9]*')" ] && echo "ok nothing left behind" ||
	{ echo "not ok nothing left behind"; failed=1; }
exit $failed
