#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make coverage: the lines of core/ that the committed corpus runs. HTML and the lists go
# to build/coverage/; the summary and the lines that nothing reaches are printed.
# docs/coverage.md has the reasons for those that nothing can reach.
set -u
. "$(dirname "$0")/common.sh"

readonly LEAST_PERCENT=90

out=$B/coverage
tool=$B/cov/spbfuzz
profdata=$("$CLANG" -print-prog-name=llvm-profdata)
cov=$("$CLANG" -print-prog-name=llvm-cov)

build build-cov || exit 2
rm -rf "$out"
mkdir -p "$out"
for target in $FUZZ_TARGETS; do
	LLVM_PROFILE_FILE=$out/$target.profraw "$tool" run --target "$target" "corpus/$target" \
		>"$out/$target.log" 2>&1 || { cat "$out/$target.log"; exit 1; }
done
"$profdata" merge -o "$out/corpus.profdata" "$out"/*.profraw || exit 2
"$cov" show "$tool" -instr-profile="$out/corpus.profdata" -format=html -output-dir="$out/html" \
	-show-line-counts-or-regions core include || exit 2
"$cov" report "$tool" -instr-profile="$out/corpus.profdata" core include >"$out/report.txt"
"$cov" export "$tool" -instr-profile="$out/corpus.profdata" -format=lcov core include >"$out/lcov"

# Lines of the core that the compiler has counters for and that were never run, with their text.
awk -F'[:,]' '/^SF:/ { core = sub(/.*\/core\//, "core/", $2) ; name = $2 }
	/^DA:/ && core && $3 == 0 { print name, $2 }' "$out/lcov" |
	while read -r file line; do
		printf '%s:%s:%s\n' "$file" "$line" "$(sed -n "${line}p" "$file")"
	done >"$out/uncovered.txt"
awk -F'[:,]' '/^SF:/ { core = $2 ~ /\/core\// }
	/^DA:/ && core { lines++; hit += $3 > 0 }
	END { printf "%d of %d lines of core/ (%.1f %%)\n", hit, lines, lines ? 100 * hit / lines : 0 }' \
	"$out/lcov" >"$out/summary.txt"

cat "$out/report.txt"
if [ -s "$out/uncovered.txt" ]; then
	echo
	echo "lines that the corpus does not reach:"
	cat "$out/uncovered.txt"
fi
echo
cat "$out/summary.txt"
echo "HTML: $out/html/index.html"
awk -v least=$LEAST_PERCENT '{ sub(/[(]/, ""); exit !($7 >= least) }' "$out/summary.txt" ||
	{ echo "below $LEAST_PERCENT %"; exit 1; }
