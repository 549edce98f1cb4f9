#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/dropin.sh: a drop-in that decides as ours does changes no trace hash, one that is
# wrong is found under the rule it breaks, and a file that cannot be used is refused with
# the names that could be.
set -u
. "$(dirname "$0")/../scripts/common.sh"
. tests/result.sh

unset DROPIN
area=dropin
# dropin_tool <file>: builds with it; prints where the replayer is.
dropin_tool() {
	local dir

	dir=$(DROPIN=$1 make -s --no-print-directory build-dir 2>/dev/null) || return 1
	DROPIN=$1 build -s "$dir/gcc/spbfuzz" >&2 || return 1
	echo "$dir/gcc/spbfuzz"
}

build -s build/gcc/spbfuzz >&2
for file in tests/data/dropin-same.c tests/data/dropin-reserve.c; do
	same=$(dropin_tool $file)
	result $? "$file builds"
	for target in $FUZZ_TARGETS; do
		ours=$(build/gcc/spbfuzz run --target "$target" --hash "corpus/$target" 2>&1)
		theirs=$("$same" run --target "$target" --hash "corpus/$target" 2>&1)
		[ -n "$ours" ] && [ "$ours" = "$theirs" ]
		result $? "$file gives the hashes of ours on $target"
	done
done

for file in tests/data/dropin-wrong.c tests/data/dropin-decide.c; do
	wrong=$(dropin_tool $file)
	result $? "$file builds"
	"$wrong" run --target relax corpus/relax 2>&1 | grep -qE '^FINDING relax-model '
	result $? "$file is found: relax-model"
	# A finding ends a program anywhere: the next one must not notice.
	cmp -s <("$wrong" run --target relax --hash corpus/relax 2>/dev/null | sort) \
		<("$wrong" run --target relax --hash --reverse corpus/relax 2>/dev/null | sort)
	result $? "$file gives the same verdicts backwards"
done

# The walk without its lock, as README.md tells it: found by what is not held, or, without
# the race detector, by what it comes to; and the program there cannot be made smaller.
lockless() {
	local file=tests/data/dropin-lockless.c program=tests/data/lockless-walk.spbt
	local out=$B/dropin-lockless dir tool

	dir=$(DROPIN=$file make -s --no-print-directory build-dir 2>/dev/null)
	tool=$dir/race-asan/spbfuzz
	build -s build/race-asan/spbfuzz >&2 && DROPIN=$file build -s "$tool" "$dir/plain/walk" >&2
	result $? "$file builds"
	mkdir -p "$out"
	build/race-asan/spbfuzz run --target walk $program >"$out/clean" 2>&1
	result $? "$program is clean on the clean core"
	"$tool" run --target walk $program 2>&1 |
		grep -q '^SIGNATURE lockset/spb_tainted_can_serve_smaller$'
	result $? "$file is found: lockset"
	DROPIN=$file make -s repro TARGET=walk RACES=0 CRASH=$program >"$out/told" 2>&1
	sed -n "/^    # .*lockless-walk.spbt as target/,/^[^ ]/p" README.md |
		sed '/^[^ ]/,$d; s/^    //' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$out/readme"
	[ "$(wc -l <"$out/readme")" -gt 20 ] &&
		head -n "$(wc -l <"$out/readme")" "$out/told" | cmp -s - "$out/readme"
	result $? "README.md tells what make repro does" || diff "$out/readme" "$out/told" | head
	SPBFUZZ_RACES=0 "$tool" min --quiet --target walk -o "$out/min.spbt" $program &&
		cmp -s $program "$out/min.spbt"
	result $? "$program is minimal and shows endless"
	SPBFUZZ_RACES=0 timeout 300 "$dir/plain/walk" -dict=dict/walk.dict -artifact_prefix="$out/" \
		-max_len=4096 -len_control=0 -seed=1 -runs=20000 >"$out/log" 2>&1
	grep -qE '^SIGNATURE (endless|walk-answer)/' "$out/log"
	result $? "fuzzing without the race detector finds what it comes to"
}
lockless

! message=$(DROPIN=tests/data/dropin-unknown.c make -s build-dir 2>&1) && grep -q 'spb_no_such_function() is no function of core/' <<<"$message"
result $? "a function that cannot be replaced is refused"
exit $failed
