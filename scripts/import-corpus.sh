#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/import-corpus.sh TRACE...: make the imported part of corpus/alloc anew.
#
# Each trace gives programs for several geometries, since what a zone looks like decides
# which search steps a request gets to. Windows are spread evenly over the trace. The
# numbers keep three traces at about 370 programs of 1 KiB.
set -eu
. "$(dirname "$0")/common.sh"

# programs | part of the name | options
readonly SETS="
40||
12|spb9|--geometry spb9 --watermarks tight
12|two-nodes|--geometry two-nodes --watermarks tight
12|holes|--geometry holes --watermarks lowmem
8|defrag|--switch defrag --watermarks tight
8|wide|--geometry wide160
8|large|--geometry real-ish --watermarks tight
8|clipped|--geometry clipped --pcp off
6|micro|--geometry micro --watermarks none
6|bigblock|--geometry bigblock --watermarks tight
4|spb2|--geometry spb2"

[ $# -gt 0 ] || { sed -n 's/^# \(scripts.*\)/\1/p' "$0" >&2; exit 2; }
build "$B/gcc/spbfuzz"
rm -f corpus/alloc/imported-*
for trace; do
	base=$(basename "$trace")
	base=${base%%.*}
	while IFS='|' read -r programs part options; do
		[ -n "$programs" ] || continue
		# shellcheck disable=SC2086 # options are words
		"$B/gcc/spbfuzz" import --quiet --output corpus/alloc --max "$programs" \
			--name "$base${part:+-$part}" $options "$trace"
	done <<<"$SETS"
done
echo "$(ls corpus/alloc/imported-* | wc -l) programs, $(cat corpus/alloc/imported-* | wc -c) bytes"
