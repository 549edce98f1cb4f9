#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bugs: plants each bug of bugs/ into a copy of the core, fuzzes that from an empty
# corpus until the first finding, and prints what it took.
#
#   MUTATOR=0        leave mutation to libFuzzer
#   BUG='name name'  which (default: all; a name may have wildcards)
#   TRIALS=n         of each (default 3)    TIME=CPU seconds  of each trial (default 60)
#   LEAST=n          status 1 unless n percent of the trials detected the bug
#
#   bugs/<area>/<name>.patch   header, then a unified diff with one line of context
#   bugs/<area>/<name>.spbt    the smallest program known that shows it
#   build/bugs/<name>/   the core with the bug, and the engine
#   build/bugs/results/  one line per trial, named after a hash of all that it depends on
#
# scripts/bugs.sh refresh  rebases the patches     (make bugs-refresh)
# scripts/bugs.sh shrink   makes bugs/<area>/<name>.spbt out of what the trials found
# scripts/bugs.sh tool     builds the command with each bug and prints its path
# scripts/bugs.sh tool VARIANT    builds the command of a variant with the one BUG
# scripts/bugs.sh engine VARIANT  builds an engine with the one BUG for a session
# scripts/bugs.sh threads, exhaustive, schedules   builds the program of make threads, ... with
#                          each bug and prints its path
# scripts/bugs.sh names    of the bugs that BUG= stands for
# scripts/bugs.sh check    what make check does with bugs/
# scripts/bugs.sh races    replays the programs of races again and again
# scripts/bugs.sh doc      the table of the results that there are, into docs/bugs.md
set -u
: "${TIME:=60}"
. "$(dirname "$0")/common.sh"
. scripts/bugs-table.sh
. scripts/bugs-check.sh
[ -n "${TRIALS:-}" ] || TRIALS=3
[ -n "${BUG:-}" ] || BUG='*'
: "${ALL:=0}" "${MUTATOR:=1}"
[ -n "${LEAST:-}" ] || LEAST=0

# Few operations that meet often are worth more than many that each meet once.
readonly MAX_LEN=4096 RACE_MAX_LEN=640 SAMPLE=8
readonly CPU_LIMIT_REACHED=152 # 128 + SIGXCPU
readonly RESULTS=$B/bugs/results

die() {
	echo "bugs: $*" >&2
	exit 2
}

# ---- the catalogue ----------------------------------------------------------

bug_names() {
	local patterns pattern file

	read -ra patterns <<<"$BUG"
	for pattern in "${patterns[@]}"; do
		[ -n "$(bug_file "$pattern" patch)" ] || die "there is no bug $pattern"
		for file in $(bug_file "$pattern" patch); do basename "$file" .patch; done
	done | sort -u
}

# is_expected <bug> <rule>
is_expected() { [[ ",$(field "$1" rule | tr -d ' ')," == *",$2,"* ]]; }

# plant <bug>: a copy of the core with the bug, where an unchanged file stays as it was.
plant() {
	local dir=$B/bugs/$1 file

	rm -rf "$dir/new"
	mkdir -p "$dir/new/core" "$dir/core"
	cp core/*.[ch] "$dir/new/core"
	patch -s -p1 -F0 --no-backup-if-mismatch -d "$dir/new" <"$(bug_file "$1" patch)" || return
	for file in "$dir"/new/core/*; do
		cmp -s "$file" "$dir/core/${file##*/}" || cp "$file" "$dir/core/"
	done
	rm -rf "$dir/new"
}

# Which core files must be compiled for it: all of them where a header has changed.
changed_files() {
	local dir=$B/bugs/$1 name changed=""

	for name in $core_files; do
		cmp -s "$name.c" "$dir/$name.c" || changed="$changed $name"
	done
	for name in core/*.h; do
		cmp -s "$name" "$dir/$name" || changed=$core_files
	done
	echo "$changed"
}

# build_lines <variant> [core variant]: make's own words for a variant, as variables. A
# target whose schedules count memory accesses gets the core with access hooks.
build_lines() {
	core_variant=${2:-$1}
	eval "$("${MAKE:-make}" --no-print-directory -s "build-lines-$1")"
	eval "$("${MAKE:-make}" --no-print-directory -s "build-lines-$core_variant" | grep '^core_line=')"
}
core_of() { if counts_accesses "$(field "$1" target)"; then echo hooked; else echo "$2"; fi; }
tool_of() { if counts_accesses "$(field "$1" target)"; then echo race-asan; else echo asan; fi; }

# link_bug <bug> <variant> <output> <object>...: the core with the bug, and everything else.
link_bug() {
	local bug=$1 variant=$2 output=$3 dir=$B/bugs/$1 name changed objects=()

	shift 3
	changed=$(changed_files "$bug")
	for name in $core_files; do
		if [[ " $changed " == *" $name "* ]]; then
			$core_line -DSPB_BUG "-I$dir" -c -o "$dir/$core_variant-${name#core/}.o" "$dir/$name.c" || return
			objects+=("$dir/$core_variant-${name#core/}.o")
		else
			objects+=("$B/$core_variant/$name.o")
		fi
	done
	# shellcheck disable=SC2206 # names without blanks
	objects+=($host_objects)
	# shellcheck disable=SC2086 # words of make
	$link_line $engine -o "$output" "$@" "${objects[@]}" "$B/bugs/canary-$variant.o" $libs
}

build_canaries() {
	local variant

	mkdir -p "$B/bugs"
	for variant; do
		build_lines $variant
		$host_line -c -o "$B/bugs/canary-$variant.o" bugs/canary.c || return
	done
}

# What only a sanitizer sees needs one; anything else is found four times as fast without.
variant_of() {
	if [[ $(field "$1" rule) == *Sanitizer* ]]; then echo fuzz; else echo plain; fi
}

# build_engine <bug> <variant> <output>
build_engine() {
	plant "$1" && build_lines "$2" "$(core_of "$1" "$2")" || return
	engine=$engine_words
	link_bug "$1" "$2" "$3" "$B/$2/engine-$(field "$1" target).o"
}

# build_tool <bug> [variant]: the command with the bug, to replay what was found. That of a
# variant of one's own is spbfuzz-<variant>; where it is none for races its core has no hooks.
build_tool() {
	local variant=${2:-} core

	[ -n "$variant" ] || variant=$(tool_of "$1")
	core=$variant
	[[ $variant != race* ]] || core=$(core_of "$1" "$variant")
	plant "$1" && build_lines "$variant" "$core" || return
	engine=
	# shellcheck disable=SC2086 # names without blanks
	link_bug "$1" "$variant" "$B/bugs/$1/spbfuzz${2:+-$2}" $tool_objects
}

# For a session with the one bug (make fuzz BUG=, make afl BUG=), or a comparison of builds.
print_one() {
	"build_$1" "$names" "$2" "$3" >"$B/bugs/$names.log" 2>&1 ||
		die "$names does not build: $B/bugs/$names.log"
	echo "$3"
}

# build_program <bug> <name> <variant> <core variant> <object or -l>...: one of ours beside the command.
build_program() {
	local bug=$1 name=$2 variant=$3

	plant "$bug" && build_lines "$variant" "$4" || return
	shift 4
	engine=
	link_bug "$bug" "$variant" "$B/bugs/$bug/$name" "$@"
}

# objects <variant> <source>...: as make names them.
objects() { "${MAKE:-make}" --no-print-directory -s "objects-$1" SOURCES="${*:2}"; }

# make threads, make exhaustive and make schedules on the core with the bug.
build_threads() { build_program "$1" threads threads threads; }
# shellcheck disable=SC2046 # names without blanks
build_exhaustive() { build_program "$1" exhaustive gcc gcc $(objects gcc fuzz/explore/{exhaustive,pool}/*.c) -lm; }
# shellcheck disable=SC2046
build_schedules() {
	build_program "$1" schedules race hooked \
		$(objects race fuzz/explore/{schedules,pool}/*.c fuzz/tool/[!m]*.c fuzz/tool/*/*.c)
}

# ---- trials -----------------------------------------------------------------

hash_of_tree() {
	cat core/*.[ch] include/*/*.h include/*/*.def fuzz/*.[ch] fuzz/*/*.[ch] fuzz/*/*/*.[ch] fuzz/targets.def dict/*.dict \
		bugs/canary.c Makefile 2>/dev/null | sha1sum | cut -c1-12
}

# What a result depends on: the tree, the part of the patch that is code, and how it is run.
key_of() {
	{ echo "$tree $(field "$1" target) mutator=$MUTATOR" && sed -n '/^--- /,$p' "$(bug_file "$1" patch)"; } |
		sha1sum | cut -c1-12
}

result_file() { echo "$RESULTS/$1.$2.$3"; }

# Has the trial been made, and was it long enough?
is_done() {
	local reached triggered detected cpu rest

	[ -f "$1" ] || return
	# shellcheck disable=SC2034 # names of columns
	read -r reached triggered detected cpu limit rest <"$1"
	[ "$detected" = 1 ] || [ "$limit" -ge "$TIME" ]
}

counts_of() { od -An -tu8 -w16 "$1" 2>/dev/null | awk '{ print $1 + 0, $2 + 0 }'; }

rule_of() {
	local rule

	rule=$(sed -n 's/^FINDING \([a-z-]*\) .*/\1/p' "$1" | head -n 1)
	[ -n "$rule" ] || rule=$(sed -n 's/^SUMMARY: \([A-Za-z]*\): \([a-z-]*\).*/\1:\2/p' "$1" | head -n 1)
	echo "${rule:-unknown}"
}

# Does the clean core stay silent? Else the finding is no merit of the bug.
is_clean() {
	timeout 60 "$B/$(tool_of "$1")/spbfuzz" run --target "$(field "$1" target)" "$2" >/dev/null 2>&1
}

# run_trial <bug> <n> <file>: writes the file when the trial came to its end.
run_trial() {
	local bug=$1 file=$3 dir=$B/bugs/$1/$2 target status counts cpu execs rule=- detected=0 clean=-
	local length=$MAX_LEN
	local TIMEFORMAT='%U %S'

	target=$(field "$bug" target)
	if counts_accesses "$target"; then length=$RACE_MAX_LEN; fi
	rm -rf "$dir"
	mkdir -p "$dir"
	# A busy machine must not make a trial shorter: the limit is one of CPU time.
	# time says nothing of a child that a signal ended, so the shell in between must live.
	{ time (
		ulimit -S -t "$TIME"
		ulimit -c 0
		SPBFUZZ_CANARY=$dir/canary "$B/bugs/$bug/engine" "-dict=dict/$target.dict" \
			"-artifact_prefix=$dir/" -max_len=$length "-seed=$2" \
			-len_control=$((MUTATOR ? 0 : 10)) "${ENGINE_FLAGS[@]}" >"$dir/log" 2>&1
		exit $?
	); } 2>"$dir/time"
	status=$?
	cpu=$(awk '/^[0-9.]+ [0-9.]+$/ { printf "%.1f", $1 + $2 }' "$dir/time")
	execs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/log")
	read -r counts < <(counts_of "$dir/canary")
	if [ $status = $CPU_LIMIT_REACHED ]; then
		say "bugs: $bug $2: the time is up"
	elif [ $status != 0 ]; then
		input=$(sed -n 's/.*Test unit written to //p' "$dir/log" | tail -n 1)
		[ -f "$input" ] || return 1
		rule=$(rule_of "$dir/log") detected=1 clean=no
		is_clean "$bug" "$input" && clean=yes
	elif grep -q 'run interrupted' "$dir/log"; then
		return 1
	fi
	echo "${counts:-0 0} $detected ${cpu:-0} $TIME ${execs:-0} $rule $clean ${input:--}" >"$file.new"
	mv "$file.new" "$file"
}

# All trials of one bug that are missing.
run_bug() {
	local bug=$1 key file n built=0

	key=$(key_of "$bug")
	for ((n = 1; n <= TRIALS; n++)); do
		file=$(result_file "$bug" "$key" "$n")
		is_done "$file" && continue
		if [ $built = 0 ] &&
			! build_engine "$bug" "$(variant_of "$bug")" "$B/bugs/$bug/engine" >"$B/bugs/$bug.log" 2>&1; then
			echo "bugs: $bug does not build: $B/bugs/$bug.log" >&2
			return 1
		fi
		built=1
		[ -f "$B/bugs/stop" ] && return 1
		run_trial "$bug" "$n" "$file" || return
		say "$bug $n: $(cat "$file")"
	done
}

interrupt_below() {
	local child

	for child in $(pgrep -P "$1"); do
		kill -INT "$child" 2>/dev/null
		interrupt_below "$child"
	done
}

stop_trials() {
	local worker

	touch "$B/bugs/stop"
	for worker in $(jobs -p); do interrupt_below "$worker"; done
}

run_all() {
	local bug running=0

	rm -f "$B/bugs/stop"
	mkdir -p "$RESULTS"
	trap stop_trials INT TERM HUP
	for bug in $names; do
		[ -f "$B/bugs/stop" ] && break
		if [ $running -ge "$JOBS" ]; then
			wait -n
			running=$((running - 1))
		fi
		run_bug "$bug" &
		running=$((running + 1))
	done
	# A signal ends the first wait; the trials need a moment to end.
	wait
	wait
	trap - INT TERM HUP
	print_table
	if [ -f "$B/bugs/stop" ]; then
		echo "stopped; the same command goes on from here"
		return 1
	fi
	awk -v least="$LEAST" '{ all += $5; found += $4 }
		END { exit 100 * found < least * all }' "$B/bugs/table" && return
	echo "fewer than $LEAST % of the trials detected their bug"
	return 1
}

# ---- smallest programs ------------------------------------------------------

# shows <bug> <text>: the planted core breaks an expected rule on it, the clean one does not.
shows() {
	timeout 60 "$B/bugs/$1/spbfuzz" run --target "$(field "$1" target)" "$2" \
		>"$2.out" 2>&1
	is_expected "$1" "$(rule_of "$2.out")"
}

# shrink_bug <bug>: of the inputs that its trials found, the one with the fewest records.
shrink_bug() {
	local bug=$1 best="" file input text=$B/bugs/$1/small.spbt committed

	for file in "$RESULTS/$bug.$(key_of "$bug")".*; do
		[ -f "$file" ] || continue
		input=$(awk '$3 && $8 == "yes" { print $9 }' "$file")
		[ -f "$input" ] || continue
		[ -n "$best" ] && [ "$(stat -c %s "$best")" -le "$(stat -c %s "$input")" ] || best=$input
	done
	[ -n "$best" ] || return 0
	build_tool "$bug" >"$B/bugs/$bug.log" 2>&1 || { cat "$B/bugs/$bug.log"; return 1; }
	"$B/asan/spbfuzz" show -o "$text" "$best" || return
	if ! shows "$bug" "$text"; then
		echo "bugs: $bug: $(rule_of "$text.out") is not what the patch expects"
		return 1
	fi
	"$B/bugs/$bug/spbfuzz" min --quiet --keep rule --target "$(field "$bug" target)" -o "$text" "$text"
	[ $? -le 1 ] || return
	is_clean "$bug" "$text" || { echo "bugs: $bug: the clean core breaks a rule, too"; return 1; }
	committed=$(bug_file "$bug" patch)
	committed=${committed%.patch}.spbt
	if [ ! -f "$committed" ] || ! shows_committed "$bug" ||
		[ "$(wc -l <"$text")" -lt "$(wc -l <"$committed")" ]; then
		cp "$text" "$committed"
	fi
}

shows_committed() {
	mkdir -p "$B/bugs/$1"
	cp "$(bug_file "$1" spbt)" "$B/bugs/$1/committed.spbt"
	shows "$1" "$B/bugs/$1/committed.spbt"
}

# for_each <jobs> <command> <bug>...: so many at a time.
for_each() {
	local most=$1 command=$2 bug

	shift 2
	for bug; do
		"$command" "$bug" &
		while [ "$(jobs -pr | wc -l)" -ge "$most" ]; do wait -n; done
	done
	wait
}

# shellcheck disable=SC2086 # one word per bug
shrink_all() { for_each "$JOBS" shrink_bug $names; }

# ---- refresh and check ------------------------------------------------------

# Patches that apply with an offset or with fuzz are made anew; the others need a hand.
refresh_bug() {
	local bug=$1 dir=$B/bugs/refresh/$1 patch

	patch=$(bug_file "$bug" patch)

	rm -rf "$dir"
	mkdir -p "$dir/a" "$dir/b"
	cp -r core "$dir/a"
	cp -r core "$dir/b"
	if ! patch -s -p1 -F3 --no-backup-if-mismatch -d "$dir/b" <"$patch" >"$dir/log" 2>&1; then
		echo "needs a hand: $patch"
		sed 's/^/  /' "$dir/log"
		return 1
	fi
	sed '/^--- /,$d' "$patch" >"$dir/patch"
	(cd "$dir" && diff -U1 -r a b | grep -v '^diff ' |
		sed 's/^\(--- [^\t]*\)\t.*/\1/; s/^\(+++ [^\t]*\)\t.*/\1/') >>"$dir/patch"
	cmp -s "$dir/patch" "$patch" && return
	cp "$dir/patch" "$patch"
	echo "rebased: $patch"
}

refresh_all() {
	local bug status=0

	for bug in $names; do refresh_bug "$bug" || status=1; done
	return $status
}

# print_built tool|threads|...: one path per bug; what does not build is told and left out.
print_built() {
	local bug program=spbfuzz status=0

	[ "$1" = tool ] || program=$1
	for bug in $names; do
		if "build_$1" "$bug" >"$B/bugs/$bug.log" 2>&1; then
			echo "$B/bugs/$bug/$program"
		else
			echo "bugs: $bug does not build: $B/bugs/$bug.log" >&2
			status=1
		fi
	done
	return $status
}

command=${1:-run}
names=$(bug_names) && [ -n "$names" ] || exit 2
tree=$(hash_of_tree)
case $command in
run) variants="fuzz plain asan race-asan" ;;
tool) variants=${2:-asan race-asan} ;;
shrink | check | races) variants="asan race-asan" ;;
engine) variants=$2 ;;
threads) variants=threads ;;
exhaustive) variants=gcc ;;
schedules) variants=race ;;
*) variants="" ;;
esac
if [ -n "$variants" ]; then
	wanted="$B/asan/spbfuzz $B/race-asan/spbfuzz"
	[ $command != run ] || wanted="build-fuzz build-plain"
	[ $command != engine ] || wanted=build-$2
	[ $command != tool ] || [ -z "${2:-}" ] || wanted=$B/$2/spbfuzz
	[[ $command != @(threads|exhaustive|schedules) ]] || wanted=$B/$variants/$command
	# shellcheck disable=SC2086 # one word per goal
	build $wanted || die "the build failed"
	# shellcheck disable=SC2086 # one word per variant
	build_canaries $variants || die "bugs/canary.c does not compile"
fi
case $command in
run) run_all ;;
shrink) shrink_all ;;
refresh) refresh_all ;;
names) echo "$names" ;;
doc) write_doc ;;
tool) if [ -n "${2:-}" ]; then print_one tool "$2" "$B/bugs/$names/spbfuzz-$2"; else print_built tool; fi ;;
threads | exhaustive | schedules) print_built "$command" ;;
engine) print_one engine "$2" "$B/bugs/$names/session-$2" ;;
check) check_all ;;
races) check_races ;;
*) die "no command $command" ;;
esac
