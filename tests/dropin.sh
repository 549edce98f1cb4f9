#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/dropin.sh: a drop-in that decides as ours does changes no trace hash, one that is
# wrong is found under the rule it breaks, and a file that cannot be used is refused with
# the names that could be.
set -u
. "$(dirname "$0")/../scripts/common.sh"

unset DROPIN
status=0
result() {
	if [ "$1" = 0 ]; then
		echo "ok dropin: $2"
	else
		echo "not ok dropin: $2"
		status=1
	fi
}

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

! message=$(DROPIN=tests/data/dropin-unknown.c make -s build-dir 2>&1) && grep -q 'spb_no_such_function.*spb_tainted_can_serve_smaller' <<<"$message"
result $? "a function that cannot be replaced is refused"
exit $status
