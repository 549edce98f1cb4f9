#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/dicts.sh [--check]: write dict/<target>.dict anew, or say which are not current.
set -u
. "$(dirname "$0")/common.sh"

mkdir -p "$B" dict
"$CC" -std=gnu11 -Wall -Wextra -Werror -Iinclude -I. -o "$B/mkdict" fuzz/mutator/dict/mkdict.c \
	fuzz/harness/program/{program,operations,fields,geometry}.c || exit 2
status=0
for target in $FUZZ_TARGETS; do
	"$B/mkdict" "$target" >"$B/$target.dict" || exit 2
	if [ "${1:-}" != --check ]; then
		mv "$B/$target.dict" "dict/$target.dict"
	elif ! cmp -s "$B/$target.dict" "dict/$target.dict"; then
		echo "dict/$target.dict is not what operations.def and gfp.h say: run make dicts"
		status=1
	fi
done
exit $status
