#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bad input and bad luck, for every subcommand of spbfuzz: what cannot be read is told and has
# status 2; and whichever file operation is the one after which the disk is full, or the
# process gone, results are whole or not there, and what was there before is whole.
# Prints "ok ..." and "not ok ..." lines.
set -u
. "$(dirname "$0")/../scripts/common.sh"
. tests/result.sh

readonly BUG_NAME=alloc-nr-free-twice READERS="run show asm import compare reach min triage distil bench"
scratch=$(mktemp -d)
chmod 755 "$scratch"
trap 'rm -rf "$scratch"' EXIT
area=files
said=("$scratch/said")
root=$PWD

tool=$(BUG=$BUG_NAME scripts/run bugs-tool tool 2>"$scratch/said")
[ -x "$tool" ] && tool=$root/$tool
result $? "the core with $BUG_NAME is built" || exit 1
"$CC" -shared -fPIC -O1 -Wall -Wextra -o "$scratch/failing.so" tests/files/failing.c -ldl 2>"$scratch/said"
result $? "tests/files/failing.c is built"
[ $failed = 0 ] || exit 1
cp "$B/gcc/spbfuzz" "$scratch/spbfuzz"
plain=$scratch/spbfuzz

# ---- what cannot be read ----------------------------------------------------

# refused <words> <name> <command>...: status 2, and the words
refused() {
	local words=$1 name=$2 status

	shift 2
	timeout 20 "$@" </dev/null >"$scratch/said" 2>&1
	status=$?
	[ $status = 2 ] && grep -qF -- "$words" "$scratch/said"
	result $? "$name (status $status)"
}

cd "$scratch" || exit 2
printf '\x82rest' >newer
head -c 1048577 /dev/zero >huge
: >empty
printf 'spbt 2\nalloc s1\n' >newer.spbt
mkdir none closed there link pipe
ln -s nothing dangling
cp newer closed/
ln -s ../nothing link/dangling
printf 'alloc s1\n' >link/good.spbt
mkfifo pipe/pipe
chmod 0 closed

# What of it a command looks at first: import reads something else.
for command in $READERS; do
	options=""
	case $command in
	import) options="-o programs" ;;
	distil) options="-o distilled" ;;
	asm | show | min) options="-o out" ;;
	bench) options="-m 1" ;;
	esac
	# shellcheck disable=SC2086 # one word per option
	{
		refused "nothing: No such file" "$command: a missing file" "$plain" $command $options nothing
		refused "dangling: No such file" "$command: a link to nowhere" "$plain" $command $options dangling
		refused "spbfuzz: " "$command: an empty file" "$plain" $command $options empty
		refused "huge" "$command: a huge file" "$plain" $command $options huge
		refused "spbfuzz: " "$command: an empty folder" "$plain" $command $options none
		refused "usage: spbfuzz $command" "$command: no file at all" "$plain" $command $options
		[ $command = import ] && continue
		refused "newer: version 0x82" "$command: an unknown version" "$plain" $command $options newer
		refused "newer.spbt:1: " "$command: an unknown version of the text" "$plain" $command $options newer.spbt
		case $command in asm | show | min) continue ;; esac
		refused "dangling: No such file" "$command: a folder with a link to nowhere" "$plain" $command $options link
		refused "pipe/pipe: neither a file nor a folder" "$command: a folder with a pipe in it" "$plain" $command $options pipe
	}
done
[ ! -e out ] && [ ! -e programs ] && [ ! -e distilled ]
result $? "none of them has made a file"

# Nothing is closed to root, so somebody else has to look.
somebody=()
[ "$(id -u)" != 0 ] || somebody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
for command in run compare reach triage distil bench; do
	refused "closed: Permission denied" "$command: a folder that may not be read" "${somebody[@]}" "$plain" $command closed
done
refused "Permission denied" "asm: a folder that may not be written" "${somebody[@]}" "$plain" asm -o closed/out link/good.spbt
chmod 755 closed

# ---- bad luck ---------------------------------------------------------------

# What each command begins with: results of another day under the same names.
before() {
	rm -rf now
	mkdir -p now/folder now/keep
	cp "$root/corpus/walk/claim-during-walk" now/folder/old
	for file in out.spbt out base junit sarif; do echo "# another day" >now/$file; done
}

# A line for each file: its content and its name. Temporary ones begin with a dot or have a number.
# Times do not count.
contents() {
	(cd now 2>/dev/null && find . -path './*.new.*' -prune -o -type f ! -name '.*' -print | sort |
		while read -r file; do echo "$(sed 's/ time="[^"]*"//' "$file" | sha1sum | cut -d ' ' -f 1)  $file"; done)
}

# Files that are neither as they were nor as they shall be; the folder of distil is all or
# nothing, and min may leave any program that shows the same.
torn() {
	[ "$name" != min ] || ! shows_crash now/out || return
	contents | grep -vxF -f contents.old -f contents.new
	[ "$name" != distil ] || [ "$(contents)" = "$(cat contents.old)" ] || [ "$(contents)" = "$(cat contents.new)" ] ||
		echo "the folder is neither the old nor the new one"
}
shows_crash() { [ "$("$tool" run --close "$1" 2>&1 | grep '^SIGNATURE ')" = "$signature" ]; }
# A name that was there must still be there.
gone() { (cd now 2>/dev/null; find . -type f | sort) | comm -13 - <(cut -c43- contents.old | sort) | comm -23 - <(expected_gone); }
# What distil's choice replaces may be gone.
expected_gone() { [ "$name" != distil ] || echo ./folder/old; }

# with_luck <kill|full> <n> <command>...
with_luck() {
	local how=$1 at=$2

	shift 2
	rm -f mark
	# (The shell has a word to say about each process that is killed.)
	{ env LD_PRELOAD="$scratch/failing.so" FAIL_AT="$at" FAIL_HOW="$how" FAIL_MARK="$scratch/mark" \
		"$@" </dev/null >said 2>&1; } 2>/dev/null
}

# unlucky <name> <status when all is well> <command>...
unlucky() {
	local name=$1 well=$2 how at status bad left places

	shift 2
	before
	contents >contents.old
	"$@" </dev/null >said 2>&1
	status=$?
	contents >contents.new
	[ $status = "$well" ] && ! cmp -s contents.old contents.new
	result $? "$name writes (status $status)"
	for how in kill full; do
		bad="" places=0
		for ((at = 1; at <= 400; at++)); do
			before
			with_luck $how $at "$@"
			status=$?
			[ -e mark ] || break
			places=$at
			[ -z "$(torn; gone)" ] || bad="$bad $at: torn $(torn; gone | head -n 1)"
			[ $how = kill ] && continue
			# (What comes after the last rename cannot be undone, nor has it to be.)
			[ $status = 2 ] || [ "$(contents)" = "$(cat contents.new)" ] || bad="$bad $at: status $status"
			[ $status != 2 ] || grep -q '^spbfuzz: .*No space left' said || bad="$bad $at: says nothing"
			left=$(find . -name '.*.[0-9]*' -o -name '*.new.[0-9]*')
			[ -z "$left" ] || bad="$bad $at: leaves $left"
		done
		rm -rf now ./*.new.*
		[ $places -gt 2 ] && [ $places -lt 400 ] && [ -z "$bad" ]
		result $? "$name: $how at each of $places file operations${bad:+:$bad}"
	done
}

xz -dc "$root/tests/data/fs-cut.trace.xz" | head -n 3000 >trace
mkdir crashes
cp "$root"/bugs/*/"$BUG_NAME.spbt" crashes/one.spbt
{ cat crashes/one.spbt; echo 'alloc s2'; } >crashes/two.spbt
mkdir good
cp "$root"/corpus/relax/geometry-spb[1-9]* good/

signature=$("$tool" run --close crashes/one.spbt 2>&1 | grep '^SIGNATURE ')
[ -n "$signature" ]
result $? "the crash shows: $signature"

unlucky show 0 "$plain" show -o now/out.spbt link/good.spbt
unlucky asm 0 "$plain" asm -o now/out link/good.spbt
unlucky min 0 "$tool" min -q -o now/out crashes/one.spbt
unlucky import 0 "$plain" import -q -m 2 -o now/folder trace
unlucky triage 1 "$tool" triage -w now/base -J now/junit -S now/sarif --keep now/keep crashes
unlucky distil 0 "$plain" distil -t relax -o now/folder now/folder good
exit $failed
