#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make repro CRASH=file: the program as text, then what happens when it runs, with the
# sanitizers on. With V=1 the records are numbered as the report numbers its steps, and
# each operation is told. The target is that of the folder, elsewhere TARGET=. The targets
# relax, callers, walk and race shape records before they run: V=1 shows what ran.
# BUG=name runs it on the core with that bug of bugs/ planted.
set -u
. "$(dirname "$0")/common.sh"

if [ ! -r "${CRASH:-}" ]; then
	echo "repro: CRASH=${CRASH:-} is not a file that can be read; make repro CRASH=crashes/<target>/<name>" >&2
	exit 2
fi
target=$(target_of "$CRASH")
if [ -n "${BUG:-}" ]; then
	spbfuzz=$(scripts/run bugs-tool tool) || exit 2
else
	spbfuzz=$(replayer "$target")
	build "$spbfuzz" || exit 2
fi
echo "# $CRASH as target $target"
verbose=()
[ "$V" = 1 ] && verbose=(--verbose)
"$spbfuzz" show -n "$CRASH" || exit 2
echo
"$spbfuzz" run --target "$target" "${verbose[@]}" "$CRASH"
status=$?
[ $status = 0 ] && echo "no finding: $CRASH runs to its end with target $target"
exit $status
