#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Inputs that are committed keep their meaning: each still decodes to the program that it was
# when tests/data/decoded was written, and all of a target still reach whatever they reached
# then (tests/data/reached). Prints "ok ..." and "not ok ..." lines.
#
#   tests/format.sh           check
#   tests/format.sh refresh   write both anew: for more inputs, or after a change that was
#                             meant
#
# A new version of the format comes with a converter: "show" of the old tool and "asm" of the new
# one, as long as text keeps its meaning. Converted inputs change no line of either file but the
# first word of a text, which is its version.
set -u
. "$(dirname "$0")/../scripts/common.sh"
. tests/result.sh

readonly DECODED=tests/data/decoded REACHED=tests/data/reached
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
area=format
said=("$scratch/why")

inputs() { git ls-files -- 'corpus/*/*' 'crashes/*/*' | grep -v '/\.\|\.md$'; }

# decode <root>: hash of the text and name, of the files that standard input names.
decode() {
	local file

	while read -r file; do
		[ -f "$1/$file" ] || continue
		echo "$({ "$B/gcc/spbfuzz" show "$1/$file" 2>/dev/null || echo "does not decode"; } |
			sha1sum | cut -c1-12)  $file"
	done
}

# Names of what the corpus of a target reaches, one per line.
reach_of() {
	local tool=$B/gcc/spbfuzz

	counts_accesses "$1" && tool=$B/race/spbfuzz
	"$tool" reach --json --target "$1" "corpus/$1" 2>/dev/null | tr ',{}' '\n' |
		sed -n "s/^ *\"\([a-z0-9_-]*\)\": [1-9][0-9]*\$/$1 \1/p" | sort -u
}

if [ "${1:-}" = refresh ]; then
	inputs | decode . >"$scratch/new" && mv "$scratch/new" $DECODED
	for target in $FUZZ_TARGETS; do reach_of "$target"; done >"$scratch/new" && mv "$scratch/new" $REACHED
	exit
fi

# differing <root>: listed files that are there and decode to something else.
differing() { sed 's/^[^ ]*  //' $DECODED | decode "$1" | grep -vxF -f $DECODED; }

differing . >"$scratch/why"
[ ! -s "$scratch/why" ]
result $? "$(wc -l <$DECODED) committed inputs decode as they did (else: tests/format.sh refresh, if that was meant)"
[ "$(inputs | wc -l)" -le $((2 * $(wc -l <$DECODED))) ]
result $? "most of the committed inputs are listed"
for target in $FUZZ_TARGETS; do reach_of "$target"; done >"$scratch/reached"
comm -23 $REACHED "$scratch/reached" >"$scratch/why"
[ ! -s "$scratch/why" ] && [ "$(wc -l <$REACHED)" -ge 100 ]
result $? "the corpora still reach $(wc -l <$REACHED) things (else: the same, if that was meant)"

# It would be noticed: an operation, the version, a piece of the header that became another.
mkdir -p "$scratch/corpus/alloc"
first=$(sed -n 's/^[^ ]*  \(corpus\/alloc\/geometry.*\)/\1/p' $DECODED | head -n 4)
for file in $first; do cp "$file" "$scratch/corpus/alloc"; done
differing "$scratch" >"$scratch/why"
[ ! -s "$scratch/why" ] && [ "$(wc -w <<<"$first")" = 4 ]
result $? "copies decode to the same"
offset=0
for at in 0 1 16; do
	offset=$((offset + 1))
	file=$scratch/$(sed -n ${offset}p <<<"$first")
	old=$(od -An -tu1 -j $at -N 1 "$file")
	# shellcheck disable=SC2059 # an octal escape
	printf "\\$(printf %03o $((old ^ 3)))" | dd of="$file" bs=1 seek=$at conv=notrunc status=none
done
differing "$scratch" >"$scratch/why"
[ "$(wc -l <"$scratch/why")" = 3 ]
result $? "another version, geometry or operation in three of them is noticed"
exit $failed
