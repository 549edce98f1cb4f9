#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make minimize CRASH=file: the program as text, the smallest one with the same signature,
# and where that was written, as bytes and as text. The target is that of the folder,
# elsewhere TARGET=. BUG=name runs it on the core with that bug of bugs/ planted.
# Ctrl-C ends it with the smallest so far.
set -u
. "$(dirname "$0")/common.sh"

die() {
	echo "minimize: $*" >&2
	exit 2
}

# Prints the tools that may show the crash.
tools() {
	local tool

	if [ -n "${BUG:-}" ]; then
		scripts/run bugs-tool tool
		return
	fi
	# The one that sees most first.
	for tool in "$(replayer "$target")" "$B/gcc/spbfuzz"; do
		build "$tool" >&2 || return
		echo "$tool"
	done
}

# The first tool that does not run it to its end, or nothing.
tool_that_shows() {
	local tool

	for tool; do
		"$tool" run --target "$target" "$CRASH" >/dev/null 2>&1
		[ $? = 0 ] || { echo "$tool"; return; }
	done
}

[ -r "${CRASH:-}" ] || die "CRASH=${CRASH:-} is not a file that can be read; make minimize CRASH=crashes/<target>/<name>"
target=$(target_of "$CRASH")
all=$(tools) || exit 2
# shellcheck disable=SC2086 # one word per tool
set -- $all
"$1" show "$CRASH" >/dev/null || exit 2
# shellcheck disable=SC2086
tool=$(tool_that_shows $all)
[ -n "$tool" ] || die "$CRASH runs to its end with target $target, nothing to shrink (TARGET= says as which target)"
name=$(basename "$CRASH" .spbt)
small=$B/min/$target/$name
mkdir -p "$B/min/$target"

echo "# $CRASH as target $target, with $tool"
"$tool" show "$CRASH"
trap '' INT TERM HUP # the tool ends, and what it has is printed
(trap - INT TERM HUP && exec "$tool" min --target "$target" -o "$small" "$CRASH")
status=$?
[ $status -le 1 ] || exit 2
"$tool" show -o "$small.spbt" "$small" || exit 2
echo
echo "# $small, and as text $small.spbt"
cat "$small.spbt"
exit $status
