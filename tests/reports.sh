#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/reports.sh: the same bytes give the same report, word for word, and otherwise the same
# hash, on cores with a planted race
#
#   without an engine, under libFuzzer (with and without ASan and UBSan) and under AFL++
#   (where it is installed), forwards, backwards and shuffled in one process,
#
# and programs whose schedules count locks only give the same report with gcc, -O2 and -O0, and
# with clang and its sanitizers: without access hooks, so where what is found needs none.
# The inputs are the corpus of the target and the programs of all its planted races.
#
# BUG='race-*' chooses other bugs than the usual one. ALL=1 takes every planted race, most of them
# in the replayer alone, with and without ASan and UBSan: all of it costs eight builds and 45 CPU
# seconds for a bug.
set -u
. "$(dirname "$0")/../scripts/common.sh"

# A lock of which half is missing.
readonly USUAL="race-run-under-lock"
# Of all races, those that every engine and compiler is asked about: also a torn counter, and an
# endless walk with its picture.
readonly EVERYWHERE="$USUAL race-refill-unlocked race-walk-endless"
# Found with access hooks only, or drawn with what they know.
readonly HOOKED='data-race|lockset|wild-access|undefined|endless'
readonly scratch=$B/reports

ok() { echo "ok reports: $*"; }
not_ok() {
	echo "not ok reports: $*"
	status=1
}

bugs() {
	local file

	if [ -z "${BUG:-}" ] && [ "${ALL:-0}" != 1 ]; then
		tr ' ' '\n' <<<"$USUAL"
		return
	fi
	# Of the others no program is known yet that finds anything.
	for file in $(bug_file "${BUG:-*}" spbt); do
		file=$(basename "$file" .spbt)
		counts_accesses "$(field "$file" target)" && echo "$file"
	done
}

# Programs of a target as bytes, which is all that engines read.
inputs_of() {
	local program bug

	mkdir -p "$scratch/$1"
	git ls-files "corpus/$1" | grep -v '/\.\|\.md$'
	for program in bugs/*/*.spbt; do
		bug=$(basename "$program" .spbt)
		[ "$(field "$bug" target)" = "$1" ] || continue
		"$B/gcc/spbfuzz" asm -o "$scratch/$1/$bug" "$program" && echo "$scratch/$1/$bug"
	done
}

# reports <file with the names of inputs>: of what was run in that order, a line per input,
# by name: its report and its hash. libFuzzer runs an empty input before all others.
reports() {
	awk 'NR == FNR { file[++files] = $0; next }
		/^FINDING / { inside = 1; text = "" }
		inside { text = text $0 "|" }
		/^SIGNATURE / { inside = 0 }
		/^finding:/ || $1 == "needs-access-hooks" || (length($1) == 16 && $1 !~ /[^0-9a-f]/) {
			line[++lines] = text $1
			text = ""
		}
		END { for (i = 1; i <= files; i++) print file[i] "  " line[lines - files + i] }' "$1" - | sort
}

run_tool() { xargs "$1" run --target "$target" --hash <"$2" 2>&1 | reports "$2"; }

run_engine() {
	local files

	mapfile -t files <"$2"
	SPBFUZZ_HASH=1 ASAN_OPTIONS=$ASAN_OPTIONS:handle_abort=0 "$1" "${files[@]}" 2>&1 | reports "$2"
}

# compare <name>: what standard input says against $1 of the reference.
compare() {
	cat >"$scratch/other"
	if [ -s "$scratch/other" ] && cmp -s "$scratch/$1" "$scratch/other"; then
		ok "$bug: $2 says the same"
	else
		not_ok "$bug: $2 says something else than the replayer"
		diff "$scratch/$1" "$scratch/other" | head -n 6 | cut -c 1-300 | sed 's/^/  /'
	fi
}

shuffled() { sort -R --random-source=<(yes "$1") "$scratch/list"; }

compare_engines() {
	local variant variants="fuzz plain" engine seed=2

	[ $afl = 0 ] || variants="$variants afl"
	for variant in $variants; do
		engine=$(BUG=$bug scripts/run bugs-tool engine $variant) || { not_ok "$bug: no engine"; continue; }
		shuffled $((seed++)) >"$scratch/order"
		run_engine "$engine" "$scratch/order" | compare reference "the engine of $variant"
	done
}

# Programs that need no hook, to be found out.
compare_compilers() {
	local variant tool

	tool=$(BUG=$bug scripts/run bugs-tool tool gcc) || { not_ok "$bug: no tool"; return; }
	run_tool "$tool" "$scratch/list" | grep -v 'needs-access-hooks$' |
		sed 's/  .*//' >"$scratch/locks"
	grep -F -f <(sed 's/$/  /' "$scratch/locks") "$scratch/reference" |
		grep -vE "  (FINDING ($HOOKED) |.*finding:($HOOKED)\$)" >"$scratch/compilers"
	[ -s "$scratch/compilers" ] || return
	sed 's/  .*//' "$scratch/compilers" >"$scratch/order"
	for variant in gcc gcc-O0 asan; do
		tool=$(BUG=$bug scripts/run bugs-tool tool $variant) || { not_ok "$bug: no tool"; continue; }
		run_tool "$tool" "$scratch/order" | compare compilers "$variant, $(wc -l <"$scratch/order") programs,"
	done
}

compare_bug() {
	local tool

	tool=$(BUG=$bug scripts/run bugs-tool tool race) || { not_ok "$bug does not build"; return; }
	target=$(field "$bug" target)
	inputs_of "$target" >"$scratch/list"
	run_tool "$tool" "$scratch/list" >"$scratch/reference"
	if ! grep -q 'FINDING .*SIGNATURE .*finding:' "$scratch/reference"; then
		not_ok "$bug: no program finds anything"
		return
	fi
	ok "$bug: $(grep -c 'FINDING ' "$scratch/reference") of $(wc -l <"$scratch/list") programs find something"
	tac "$scratch/list" >"$scratch/order"
	run_tool "$tool" "$scratch/order" | compare reference "backwards"
	shuffled 1 >"$scratch/order"
	run_tool "$tool" "$scratch/order" | compare reference "shuffled"
	tool=$(BUG=$bug scripts/run bugs-tool tool race-asan) || { not_ok "$bug does not build"; return; }
	run_tool "$tool" "$scratch/order" | compare reference "ASan and UBSan, shuffled,"
	[ "${ALL:-0}" != 1 ] || [[ " $EVERYWHERE " = *" $bug "* ]] || return
	compare_engines
	compare_compilers
}

status=0 afl=0
rm -rf "$scratch"
mkdir -p "$scratch"
if command -v afl-fuzz >/dev/null && command -v "${AFL_CLANG:-afl-clang-fast}" >/dev/null; then afl=1; fi
for bug in $(bugs); do compare_bug; done
exit $status
