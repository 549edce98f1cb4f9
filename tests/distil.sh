#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Triage and distil on folders: what is lost (nothing), what a second run changes (nothing),
# and what happens to folders when something goes wrong. Prints "ok ..." and "not ok ..." lines.
set -u
. "$(dirname "$0")/../scripts/common.sh"
. tests/result.sh

readonly BUG_NAME=alloc-nr-free-twice
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
out=$scratch/out err=$scratch/err
area=folders
said=("$out" "$err")

# expect <status> <words> <name> <command>...: words in what it prints, "" = any
expect() {
	local want=$1 words=$2 name=$3 status

	shift 3
	"$@" </dev/null >"$out" 2>"$err"
	status=$?
	[ $status = "$want" ] && cat "$out" "$err" | grep -qF -- "$words"
	result $? "$name (status $status)"
}

features() { sed -n 's/.*\("edge_features.*\), "lost".*/\1/p' "$1"; }

build "$B/plain/spbfuzz" "$B/asan/spbfuzz" >"$out" 2>"$err"
result $? "distil: its build" || exit 1
distil() { "$B/plain/spbfuzz" distil --target alloc "$@"; }
new=$scratch/new

# --- distil ---

# one_in <n> <folder>: copies one program in n of the corpus there. All would say the same.
one_in() {
	mkdir "$2"
	ls corpus/alloc | awk -v n="$1" 'NR % n == 1' |
		while read -r name; do cp "corpus/alloc/$name" "$2"; done
}

one_in 4 "$scratch/many"
expect 0 "" "distil: a folder" distil --json -o "$new" "$scratch/many"
all=$(features "$out")
cp -r "$new" "$scratch/copy"
expect 0 "" "distil: what it chose, once more" distil --json -o "$new" "$new"
[ -n "$all" ] && [ "$(features "$out")" = "$all" ]
result $? "distil: no feature is lost: $all"
diff -r "$new" "$scratch/copy" >"$out" 2>"$err"
result $? "distil: a second run changes nothing"
[ "$(find "$new" -type f | wc -l)" -lt "$(find "$scratch/many" -type f | wc -l)" ]
result $? "distil: there are fewer"
distil -o "$scratch/third" "$scratch/many" "$new" >"$out" 2>"$err"
diff -r "$new" "$scratch/third" >"$out" 2>"$err"
result $? "distil: copies under the same names are one file"
expect 2 "holds what is not read" "distil: a folder of something else is left alone" \
	distil -o "$new" corpus/walk
expect 1 "the limits cost" "distil: limits that cost coverage" distil -f 10 -o "$new" "$new"
diff -r "$new" "$scratch/copy" >"$out" 2>"$err"
result $? "distil: neither has changed the folder"
expect 0 "10 of" "distil: limits that may" distil -f 10 --lossy -o "$scratch/ten" "$new"
[ "$(find "$scratch/ten" -type f | wc -l)" = 10 ]
result $? "distil: the limit holds"
expect 0 "10 of" "distil: one that must be" distil -f 10 --lossy --must corpus/walk/claim-during-walk \
	-o "$scratch/must" "$new"
[ -f "$scratch/must/claim-during-walk" ]
result $? "distil: it is there"

# What it says goes through a pipe, since no file may grow.
no_room() {
	(trap '' XFSZ; ulimit -f 0; distil -o "$1" "$1" 2>&1) | cat
	return "${PIPESTATUS[0]}"
}
expect 2 "nothing was changed" "distil: no room to write" no_room "$new"
mkdir "$new/below"
expect 2 "there are folders in it" "distil: a folder with a folder in it" distil -o "$new" "$new"
rmdir "$new/below"
echo hidden >"$new/.keep"
expect 0 "" "distil: in place" distil -o "$new" "$new"
[ -f "$new/.keep" ]
result $? "distil: hidden files stay"
rm "$new/.keep"
"$B/plain/spbfuzz" distil --target alloc -o "$new" "$new" "$scratch/many" >/dev/null 2>&1 &
sleep 0.02
kill -KILL $! 2>/dev/null
wait $! 2>/dev/null
diff -r "$new" "$scratch/copy" >"$out" 2>"$err"
result $? "distil: killed in the middle"
[ -z "$(find "$scratch" -name '*.new.*' -newer "$scratch/ten" -empty)" ] && [ -d "$new" ]
result $? "distil: the folder is whole"

mkdir "$scratch/engine"
cp corpus/walk/claim-during-walk "$scratch/engine"
printf '\325rest' >"$scratch/engine/unknown"
printf 'x' >"$scratch/engine/text"
expect 2 "neither an operation" "distil: what an engine keeps may be no program" distil "$scratch/engine"
expect 0 "1 of 1 programs" "distil: which can be left out" distil --skip "$scratch/engine"
grep -q '2 files are no programs' "$out"
result $? "distil: and is counted"

# --- make distil ---

# A choice without what shows the bug: nothing may be written then. (callers has few programs.)
cat >"$scratch/forgetful" <<END
#!/bin/bash
"$PWD/$B/plain/spbfuzz" "\$@"
status=\$?
while [ "\$1" != -o ]; do shift; done
find "\$2" -type f ! -name single-page -delete
exit \$status
END
chmod +x "$scratch/forgetful"
mkdir "$scratch/shows"
"$B/gcc/spbfuzz" asm -o "$scratch/shows/shows" bugs/request/kvmalloc-nofail.spbt
make_distil() { BUG=kvmalloc-nofail TARGET=callers FROM="$scratch/shows" OUT="$scratch/made" scripts/distil.sh; }
no_such_target() { TARGET=nope scripts/distil.sh; }
expect 2 "no target nope; there are: alloc" "make distil: no such target" no_such_target
expect 0 "bugs shown: 1" "make distil: a bug is still shown" make_distil
[ -n "$(ls "$scratch/made/callers")" ] && cp -r "$scratch/made" "$scratch/made.old"
result $? "make distil: programs are written"
COUNTER=$scratch/forgetful expect 1 "these bugs would be lost: kvmalloc-nofail" \
	"make distil: a bug would be lost" make_distil
diff -r "$scratch/made" "$scratch/made.old" >"$out" 2>"$err"
result $? "make distil: nothing is written then"

# --- triage ---

triage() { "$tool" triage --target alloc "$@"; }
few=$scratch/few
one_in 8 "$few"
tool=$B/asan/spbfuzz
expect 0 "$(find corpus/walk -type f ! -name ".*" | wc -l) run to their end" "triage: nothing crashes" triage corpus/walk
tool=$(BUG=$BUG_NAME scripts/run bugs-tool tool 2>"$err")
[ -x "$tool" ]
result $? "triage: the core with $BUG_NAME is built" || exit 1
expect 1 "groups: " "triage: crashes" triage -w "$scratch/base" -J "$scratch/junit.xml" \
	-S "$scratch/sarif" --keep "$scratch/smallest" "$few"
groups=$(sed -n 's/.*groups: \([0-9]*\).*/\1/p' "$out")
[ "$(grep -vc '^#' "$scratch/base")" = "$groups" ] &&
	[ "$(find "$scratch/smallest" -type f | wc -l)" = "$groups" ] &&
	[ "$(grep -c '"ruleId"' "$scratch/sarif")" = "$groups" ] &&
	[ "$(grep -c '<testcase' "$scratch/junit.xml")" = "$(find "$few" -type f | wc -l)" ]
result $? "triage: baseline, reports and kept files have all $groups groups"
cp "$scratch/base" "$scratch/base.old"
expect 0 "of which 0 new" "triage: all known" triage -b "$scratch/base" -w "$scratch/base" "$scratch/smallest"
sort "$scratch/base" | cmp -s - <(sort "$scratch/base.old")
result $? "triage: a baseline keeps what is not seen again"
sed -i '$d' "$scratch/base"
expect 1 "of which 1 new" "triage: one is new" triage -b "$scratch/base" "$few"
expect 1 "::error file=$few/" "triage: annotations" triage --github "$few"
expect 1 "groups: " "triage: crashes shrunk first" triage --minimize --keep "$scratch/least" "$scratch/smallest"
[ "$(sed -n 's/.*groups: \([0-9]*\).*/\1/p' "$out")" -le "$groups" ] &&
	[ "$(cat "$scratch"/least/* | wc -c)" -lt "$(cat "$scratch"/smallest/* | wc -c)" ]
result $? "triage: there are not more groups then, and smaller programs"
expect 2 "No such file" "triage: no baseline" triage -b "$scratch/nothing" "$few"
printf '\x82rest' >"$scratch/smallest/newer"
expect 2 "1 cannot be read" "triage: a file that is no program" triage "$scratch/smallest"
expect 2 "/dev/full" "triage: a report that cannot be written" triage -S /dev/full "$few"
expect 1 "SIGNATURE" "bench: nothing is measured of a crash" "$tool" bench -m 1 corpus/alloc
grep -q 'runs/s' "$out"
[ $? = 1 ]
result $? "bench: no figure is printed then"
expect 1 "programs crash" "distil: crashes are not distilled" "$tool" distil --target alloc -o "$scratch/none" corpus/alloc
[ ! -e "$scratch/none" ]
result $? "distil: nothing is written then"
exit $failed
