#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make triage DIR=folders: which of the crashes there are the same, and which are new.
# Without DIR, those of crashes/. BASELINE=file names the known ones; BUG=name runs them on
# the core with that bug of bugs/ planted.
#
#   build/triage/smallest/    the smallest of each signature
#   build/triage/junit.xml    build/triage/triage.sarif
#
# Under GitHub's CI the table is followed by annotations.
set -u
. "$(dirname "$0")/common.sh"

die() {
	echo "triage: $*" >&2
	exit 2
}

# The folders of crashes/ with a crash in them.
default_folders() {
	local target

	for target in $FUZZ_TARGETS; do
		[ -z "$(find "crashes/$target" -maxdepth 1 -type f ! -name '.*' 2>/dev/null)" ] || echo "crashes/$target"
	done
}

# The replayer that sees what the programs of these folders do.
tool_for() {
	local folder

	for folder; do
		counts_accesses "$(target_of "$folder/program")" && replayer "$(target_of "$folder/program")" && return
	done
	replayer alloc
}

out=$B/triage
folders=${DIR:-$(default_folders)}
if [ -z "$folders" ]; then
	echo "no crashes in crashes/"
	exit 0
fi
if [ -n "${BUG:-}" ]; then
	tool=$(scripts/run bugs-tool tool) || exit 2
else
	# shellcheck disable=SC2086 # one word per folder
	tool=$(tool_for $folders)
	build "$tool" || exit 2
fi
options=()
[ -z "${BASELINE:-}" ] || options+=(--baseline "$BASELINE")
[ "${TARGET:-all}" = all ] || options+=(--target "$TARGET")
rm -rf "$out/smallest"
mkdir -p "$out"
# shellcheck disable=SC2086 # one word per folder
set -- $folders
"$tool" triage "${options[@]}" --keep "$out/smallest" --junit "$out/junit.xml" \
	--sarif "$out/triage.sarif" "$@"
status=$?
[ $status = 2 ] || echo "the smallest of each: $out/smallest; reports: $out/junit.xml $out/triage.sarif"
[ -z "${GITHUB_ACTIONS:-}" ] || "$tool" triage "${options[@]}" --github "$@"
exit $status
