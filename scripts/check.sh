#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make check: every part of the checks, one line each, then "N passed, M failed".
# scripts/check.sh PART... runs single parts; without a part, all of them:
#
#   unit       cmocka tests, built with gcc and with clang and sanitizers
#   python     unit tests of scripts/spb
#   replay     corpus and accepted crashes: no finding, and the same trace hashes with
#              gcc -O2, gcc -O0, clang and sanitizers, forwards and backwards
#   tool       the spbfuzz command: statuses, messages, files
#   seeds      text programs: assemble to their bytes, reach what their head names
#   format     tests/format.sh: committed inputs decode to what they were, reach what they did
#   policies   corpus under changed policies: all rules hold, differences are explained
#   share      programs of relax and callers that reach the relax sequence
#   rules      each rule is put to the test by the corpus
#   gates      tests/gates.sh
#   canaries   each sanitizer still finds what it is there for
#   bugs       planted bugs apply and compile; the programs of a sample (all with ALL=1)
#              are clean on the core, and show the bug where it is planted
#   races      programs of planted races (a sample; all with ALL=1) replay 100 of 100 times
#              with one signature, and keep it when they are minimised
#   exhaustive short programs, all of them: the same states however they are found
#   schedules  every schedule of pairs of operations, in short; pruning loses nothing
#   dropin     tests/dropin.sh
#   import     the imported part of the corpus reaches half of the search steps
#   afl        targets build and run with AFL++, when it is installed
#   threads    make threads for a moment: nothing on the clean core, a planted race is reported
#   way        a planted bug, from an empty corpus to its smallest program, with both engines
#   determinism  a sample of make determinism: engines, order, replays of planted bugs
#   reports    tests/reports.sh: planted races give the same reports everywhere
#   truth      signatures tell planted bugs apart, a sample of make triage-truth
#
# A part prints "ok ..." and "not ok ..." lines; with V=1 they are shown.
set -u
. "$(dirname "$0")/common.sh"

readonly PARTS="unit python replay tool seeds format share policies import rules gates canaries bugs races exhaustive schedules dropin afl determinism reports threads way truth"
readonly RELAX_SHARE=20 # percent of the programs, from the issue that asked for the targets

ok() { echo "ok $*"; }
not_ok() {
	echo "not ok $*"
	return 1
}
# result <status> <text>: the line, and the status once more.
result() { if [ "$1" = 0 ]; then ok "$2"; else not_ok "$2"; fi; }

tool() {
	local variant=$1
	shift
	"$B/$variant/spbfuzz" "$@"
}

# cmocka's TAP lines already say ok and not ok.
one_test() {
	local variant=$1 name=$2 output status

	output=$(CMOCKA_MESSAGE_OUTPUT=TAP timeout 120 "$B/$variant/tests/$name" 2>&1)
	status=$?
	grep -E '^(not )?ok [0-9]' <<<"$output" | sed "s/^\(not ok\|ok\) [0-9]* - /\1 $variant $name: /"
	# A test program that dies has no line for what killed it.
	if [ $status != 0 ] && ! grep -q '^not ok' <<<"$output"; then
		not_ok "$variant $name: exit status $status"
	fi
	[ $status = 0 ] || { grep -vE '^ok ' <<<"$output" | tail -n 40 | sed 's/^/  /'
		echo "  alone: make $B/$variant/tests/$name && $B/$variant/tests/$name"; }
}

part_unit() {
	local variant source

	for variant in gcc asan; do
		for source in tests/test_*.c; do one_test $variant "$(basename "$source" .c)"; done
	done
}

part_python() { python3 tests/python/run.py 2>&1; }

# Inputs of a target that git knows or would take.
inputs() { git ls-files --cached --others --exclude-standard -- "corpus/$1" "crashes/$1" |
	grep -v '/\.\|\.md$' | while read -r f; do [ -f "$f" ] && echo "$f"; done; }

# hashes <variant> <target> [--reverse]: one line per input, sorted by name.
hashes() {
	local variant=$1 target=$2
	shift 2
	# shellcheck disable=SC2046 # names without blanks
	timeout 240 "$B/$variant/spbfuzz" run --target "$target" --hash "$@" $(inputs "$target") \
		>"$scratch/out" 2>"$scratch/err" || echo "exit status $?" >>"$scratch/out"
	sort "$scratch/out"
}

compare_hashes() {
	local target=$1 name=$2
	shift 2
	hashes "$@" >"$scratch/$name"
	if cmp -s "$scratch/reference" "$scratch/$name"; then
		ok "$target: $name gives the same hashes"
		return
	fi
	not_ok "$target: $name differs from the first"
	diff "$scratch/reference" "$scratch/$name" | head -n 6 | sed 's/^/  /'
	head -n 20 "$scratch/err" | sed 's/^/  /'
	echo "  alone: $B/$2/spbfuzz run --target $target --hash corpus/$target"
}

# Schedules that count memory accesses: with the hooked core only, and the same with it in
# every build. Programs without one give the hashes of the other builds.
replay_accesses() {
	grep -v '^needs-access-hooks ' "$scratch/reference" >"$scratch/locks"
	hashes race "$1" >"$scratch/accesses"
	grep -xF -f "$scratch/accesses" "$scratch/locks" | cmp -s - "$scratch/locks"
	result $? "$1: programs with lock-point schedules are the same with the hooked core"
	mv "$scratch/accesses" "$scratch/reference"
	compare_hashes "$1" race-reverse race "$1" --reverse
	compare_hashes "$1" race-asan race-asan "$1"
	compare_hashes "$1" race-asan-reverse race-asan "$1" --reverse
	compare_hashes "$1" race-ucontext race-ucontext "$1"
}

part_replay() {
	local target

	for target in $FUZZ_TARGETS; do
		if [ -z "$(inputs "$target")" ]; then
			not_ok "$target: no inputs"
			continue
		fi
		hashes gcc "$target" >"$scratch/reference"
		if grep -q '^exit status' "$scratch/reference"; then
			not_ok "$target: replay with gcc, $(grep '^exit status' "$scratch/reference")"
			head -n 30 "$scratch/err" | sed 's/^/  /'
			echo "  alone: $B/gcc/spbfuzz run --target $target corpus/$target"
			continue
		fi
		sed 's/.*/ok replay &/' "$scratch/reference"
		compare_hashes "$target" gcc-reverse gcc "$target" --reverse
		compare_hashes "$target" gcc-O0 gcc-O0 "$target"
		compare_hashes "$target" clang clang "$target"
		compare_hashes "$target" asan asan "$target"
		compare_hashes "$target" asan-reverse asan "$target" --reverse
		counts_accesses "$target" && replay_accesses "$target"
	done
}

part_seeds() {
	local text bytes target

	tool gcc reach --quiet bench/mix.spbt >"$scratch/out" 2>&1
	result $? "bench/mix.spbt reaches every search step" || sed 's/^/  /' "$scratch/out"
	for text in seeds/*/*.spbt; do
		[ -f "$text" ] || { not_ok "seeds: there is no text program"; return; }
		target=$(basename "$(dirname "$text")")
		bytes=corpus/$target/$(basename "$text" .spbt)
		tool gcc asm -o "$scratch/bytes" "$text" 2>"$scratch/err" && cmp -s "$scratch/bytes" "$bytes"
		result $? "$text assembles to $bytes" || sed 's/^/  /' "$scratch/err"
		tool gcc show "$bytes" >"$scratch/text" 2>&1 &&
			tool gcc asm -o "$scratch/again" "$scratch/text" 2>&1 &&
			cmp -s "$scratch/again" "$bytes"
		result $? "$bytes survives show and asm"
		tool gcc reach --target "$target" --quiet "$text" >"$scratch/out" 2>&1
		result $? "$text reaches what its head names" || sed 's/^/  /' "$scratch/out"
	done
}

# relaxed <target>: percent of its corpus that reaches the relax sequence.
relaxed() {
	tool gcc reach --target "$1" "corpus/$1" 2>&1 |
		sed -n 's/^programs: .*(\([0-9]*\)%) reached the relax sequence$/\1/p'
}

part_share() {
	local target percent

	for target in relax callers; do
		percent=$(relaxed $target)
		[ "${percent:-0}" -ge $RELAX_SHARE ]
		result $? "$target: ${percent:-no} % of the corpus reaches the relax sequence, at least $RELAX_SHARE"
	done
}

# Counted nowhere: broken promises are findings under STRICT=1 alone, and counted by
# "spbfuzz reach"; each access is looked at in a build with hooks, which is too often to count,
# and the processor looks at stacks.
readonly UNCOUNTED='promise-*|undefined|wild-access|stack-overflow|data-race|lockset'

part_rules() {
	local target variant times rule

	for target in $FUZZ_TARGETS; do
		variant=gcc
		[[ " $RACE_TARGETS " == *" $target "* ]] && variant=race
		# shellcheck disable=SC2046 # names without blanks
		tool $variant run --target "$target" --rules $(inputs "$target") ||
			not_ok "$target: replay"
	done >"$scratch/counts" 2>"$scratch/err"
	awk '/^not ok/ { print "failed", $0; next }
		{ if (!($2 in sum)) order[++n] = $2; if ($1 == "-") sum[$2] = "-"; else sum[$2] += $1 }
		END { for (i = 1; i <= n; i++) print sum[order[i]], order[i] }' "$scratch/counts" \
		>"$scratch/sums"
	[ "$(wc -l <"$scratch/sums")" -ge 80 ] || not_ok "spbfuzz run --rules says little"
	while read -r times rule; do
		case $times in
		failed) echo "$rule" ;;
		0) not_ok "$rule: the corpus never puts it to the test" ;;
		-) [[ $rule == @($UNCOUNTED) ]] || not_ok "$rule: nobody counts how often it is tested" ;;
		*) ok "$rule was put to the test $times times" ;;
		esac
	done <"$scratch/sums"
}

# Every rule under every policy; runs part only where the policy says why.
part_policies() {
	local target table

	for target in relax callers; do
		tool gcc compare --target "$target" "corpus/$target" >"$scratch/table" 2>&1
		result $? "corpus/$target under changed policies" || head -n 20 "$scratch/table"
		# The last column: programs that differ from the usual run.
		table=$(awk '$8 ~ /^[0-9]+$/ && $8 > 0 { n++ } END { print n + 0 }' "$scratch/table")
		[ "$table" -ge 5 ]
		result $? "$target: $table policies make a difference, at least 5"
	done
}

part_import() {
	local files reached total

	files=$(ls corpus/alloc/imported-* 2>/dev/null)
	# shellcheck disable=SC2086 # names without blanks
	read -r reached total < <(tool gcc reach --target alloc $files 2>/dev/null |
		sed -n 's/^search steps: \([0-9]*\) of \([0-9]*\)$/\1 \2/p')
	[ $((2 * ${reached:-0})) -ge "${total:-1}" ]
	result $? "imported programs reach ${reached:-0} of ${total:-?} search steps, at least half"
}

part_tool() { tests/tool.sh 2>&1; tests/files.sh 2>&1; tests/min.sh 2>&1; tests/distil.sh 2>&1; }
part_format() { tests/format.sh 2>&1; }
part_gates() { tests/gates.sh 2>&1; }
part_canaries() { tests/canary/run.sh 2>&1; }
part_bugs() {
	if [ -n "$DROPIN" ]; then
		echo "skip bugs: this build has other functions"
	else
		BUG='' scripts/run bugs check 2>&1
	fi
}
part_races() {
	if [ -n "$DROPIN" ]; then
		echo "skip races: this build has other functions"
	else
		BUG='' scripts/run bugs races 2>&1
	fi
}
part_exhaustive() {
	if [ -n "$DROPIN" ]; then
		echo "skip exhaustive: this build has other functions"
	else
		scripts/exhaustive.sh check 2>&1
	fi
}
part_schedules() {
	if [ -n "$DROPIN" ]; then
		echo "skip schedules: this build has other functions"
	else
		STATE='' LETTERS='' BOUND=2 scripts/schedules.sh check 2>&1
	fi
}
part_dropin() {
	if [ -n "$DROPIN" ]; then
		echo "skip dropin: this build is one"
	else
		tests/dropin.sh 2>&1
	fi
}

part_afl() {
	if ! command -v afl-fuzz >/dev/null || ! command -v "${AFL_CLANG:-afl-clang-fast}" >/dev/null; then
		echo "skip afl: AFL++ is not installed (make setup AFL=1)"
		return
	fi
	tests/afl.sh 2>&1
}

part_way() { tests/way.sh 2>&1; }
part_threads() {
	if [ -n "$DROPIN" ]; then
		echo "skip threads: this build has other functions"
	else
		scripts/threads.sh check 2>&1
	fi
}
part_determinism() { SAMPLE=8 REPLAYS=100 scripts/determinism.sh 2>&1; }

part_reports() {
	if [ -n "$DROPIN" ]; then
		echo "skip reports: this build has other functions"
	else
		tests/reports.sh 2>&1
	fi
}

# Five bugs of different kinds, each met by many rules: what makes their signatures differ from
# crash to crash shows here. All of them are told apart today.
part_truth() {
	local bugs='alloc-nr-free-twice borrow-opposite-never free-bit-kept merge-wrong-list steal-nofragment'

	if [ -n "$DROPIN" ]; then
		echo "skip truth: this build has other functions"
		return
	fi
	BUG=$bugs EACH=4 LEAST=90 scripts/triage-truth.sh 2>&1
	result $? "signatures tell five bugs apart: precision and recall are 90 % at least"
}

run_part() {
	local part=$1 began=$EPOCHSECONDS passed failed note

	scratch=$B/check/$part
	rm -rf "$scratch"
	mkdir -p "$scratch"
	"part_$part" >"$scratch/log" 2>&1
	passed=$(grep -c '^ok ' "$scratch/log")
	failed=$(grep -c '^not ok ' "$scratch/log")
	note=$(sed -n 's/^skip [a-z]*: /  skipped: /p' "$scratch/log" | head -n 1)
	# A part that says nothing at all did not run.
	if [ $((passed + failed)) = 0 ] && [ -z "$note" ]; then
		not_ok "$part said nothing" >>"$scratch/log"
		failed=1
	fi
	printf '%-10s %5d passed %3d failed %4d s%s\n' "$part" "$passed" "$failed" \
		$((EPOCHSECONDS - began)) "$note"
	[ "$V" = 1 ] && cat "$scratch/log"
	if [ "$failed" != 0 ]; then
		[ "$V" = 1 ] || grep -v '^ok ' "$scratch/log" | head -n 60
		echo "  alone: scripts/check.sh $part; everything it said: $scratch/log"
	fi
	all_passed=$((all_passed + passed))
	all_failed=$((all_failed + failed))
}

all_passed=0 all_failed=0
echo "building"
if ! build build-check; then
	echo "the build failed"
	echo "0 passed, 1 failed"
	exit 1
fi
# shellcheck disable=SC2086 # one word per part
[ $# -gt 0 ] || set -- $PARTS
for part; do
	[[ " $PARTS " == *" $part "* ]] || { echo "check: no part $part; there are: $PARTS" >&2; exit 2; }
	run_part "$part"
done
echo "$all_passed passed, $all_failed failed"
[ "$all_failed" = 0 ]
