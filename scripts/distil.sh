#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make distil: corpus/<target>/ becomes the fewest small programs of it and of
# build/work/<target>/ that cover, beside seeds/<target>/, what all of them do. Kept whatever it
# covers: for each planted bug of bugs/ the smallest program that shows it, if one does.
# Afterwards every bug is tried again, and nothing is written when coverage or a bug is lost.
#
#   TARGET=name   one of them (default: all)
#   BUG=names     which bugs (default: all; BUG=none leaves them out)
#   FROM=folders  more to choose from
#   OUT=folder    write OUT/<target>/ instead of corpus/<target>/
set -u
. "$(dirname "$0")/common.sh"
: "${OUT:=corpus}" "${FROM:=}" "${BUG:=}"

readonly scratch=$B/distil

die() {
	echo "distil: $*" >&2
	exit 2
}

# The tool that counts edges of what the target's programs run on. (COUNTER: a test's.)
counter() { if [ -n "${COUNTER:-}" ]; then echo "$COUNTER"; elif counts_accesses "$1"; then echo "$B/race/spbfuzz"; else echo "$B/plain/spbfuzz"; fi; }

# keep <folder> <file>: another one of that name stays, too.
keep() {
	local to=$1/${2##*/}

	[ ! -e "$to" ] || cmp -s "$2" "$to" || to=$to-$(sha1sum <"$2" | cut -c1-8)
	cp "$2" "$to"
}

# What there is to choose from.
sources() {
	local folder

	for folder in "corpus/$1" "build/programs/$1" "$B/work/$1" $FROM; do
		[ -n "$(find "$folder" -maxdepth 1 -type f ! -name '.*' 2>/dev/null | head -n 1)" ] && echo "$folder"
	done
}

# The planted bugs that show up on a folder's programs: one line each, with the smallest.
bugs_shown() {
	local target=$1 tool bug

	shift
	for tool in $tools; do
		bug=$(basename "$(dirname "$tool")")
		[ "$(field "$bug" target)" = "$target" ] || continue
		"$tool" triage --target "$target" --json "$@" 2>/dev/null |
			sed -n 's/.*"smallest": "\([^"]*\)", "records": \([0-9]*\),.*/\2 \1/p' |
			sort -n | head -n 1 | sed "s|^[0-9]*|$bug|"
	done
}

distil_target() {
	local target=$1 from new=$scratch/$1 must=$scratch/$1.must seed
	local -a options=()

	from=$(sources "$target")
	[ -n "$from" ] || return 0
	rm -rf "$new" "$must"
	mkdir -p "$must"
	for seed in build/programs/"$target"/*; do keep "$must" "$seed"; done
	# shellcheck disable=SC2086 # one word per folder
	bugs_shown "$target" $from >"$scratch/$target.before"
	while read -r _ seed; do keep "$must" "$seed"; done <"$scratch/$target.before"
	[ -z "$(ls "$must")" ] || options+=(--must "$must")
	# shellcheck disable=SC2086
	"$(counter "$target")" distil --skip --target "$target" "${options[@]}" -o "$new" $from >"$scratch/$target.said" || {
		cat "$scratch/$target.said"
		return 1
	}
	bugs_shown "$target" "$new" >"$scratch/$target.after"
	lost=$(join -v 1 <(cut -d ' ' -f 1 "$scratch/$target.before") <(cut -d ' ' -f 1 "$scratch/$target.after"))
	if [ -n "$lost" ]; then
		echo "$target: nothing is written, since these bugs would be lost: $lost"
		return 1
	fi
	echo "$target: $(cat "$scratch/$target.said"); bugs shown: $(wc -l <"$scratch/$target.after")"
	mkdir -p "$OUT/$target"
	# The new ones take the place of the old ones, which add nothing to them. Seeds have their own.
	for seed in build/programs/"$target"/*; do
		! cmp -s "$seed" "$new/${seed##*/}" || rm "$new/${seed##*/}"
	done
	[ -z "$(ls "$OUT/$target")" ] || set -- "$target" "$OUT/$target"
	shift
	"$(counter "$target")" distil --skip --target "$target" --must "$new" -o "$OUT/$target" "$new" "$@" >/dev/null
}

# (Children that end well on Ctrl-C would let the rest go on.)
trap 'echo "distil: stopped; what was being chosen is not written" >&2; exit 130' INT TERM
choose_targets "$FUZZ_TARGETS"
build seeds "$B/plain/spbfuzz" "$B/race/spbfuzz" || die "the build failed"
mkdir -p "$scratch"
tools=""
if [ "$BUG" != none ]; then
	tools=$(scripts/run bugs-tool tool) || die "a planted bug does not build"
fi
status=0
for target in $targets; do distil_target "$target" || status=1; done
exit $status
