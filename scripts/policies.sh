#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make policies: the committed programs under changed policies, one table for each group
# (docs/policies.md has the tables of a run). The imported programs come from traces of real
# allocators; relax and callers make best-effort requests of their allocations.
set -u
. "$(dirname "$0")/common.sh"

build build-check || { echo "policies: the build failed"; exit 2; }

status=0
# compare <heading> <target> <files>...
compare() {
	local heading=$1 target=$2
	shift 2
	echo
	echo "$heading"
	"$B/gcc/spbfuzz" compare --target "$target" "$@" || status=1
}

imported=(corpus/alloc/imported-*)
compare "traces as they are" alloc "${imported[@]}"
compare "traces, allocations as requests that may not sleep" relax "${imported[@]}"
compare "traces, allocations as callers with a fallback" callers "${imported[@]}"
for target in alloc relax callers; do
	compare "corpus of $target" "$target" "corpus/$target"
done
exit $status
