#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make mutants: changes core/ mechanically, one place at a time (fuzz/mutants/mutate.c), and sees
# whether anything here notices. Each mutant goes through these until one of them fails:
#
#   corpus   the corpus and the accepted crashes of every target, model and oracles on (but
#            for race, whose programs count the accesses of one build alone)
#   seeds    what the heads of seeds/ say is reached
#   tests    the unit tests
#   fuzzing  every target from its corpus, executions and seed fixed
#
#   SAMPLE=n      how many (default 200), or all;  SEED=n  another sample (default 1)
#   MUTANT='id id'  these alone (with wildcards), however large the sample
#   FUZZ=n        thousand executions of each survivor (default 24, some 5 s), or 0
#   LEAST=n       status 1 unless n percent of those that are not equivalent were killed
#   JOBS=n        processes
#
# A mutant is one shared library of the core; the programs around it are linked once. Its
# assembly is what counts: equal to the original's, or to that of another mutant, it is the
# same code. Results are kept below build/mutants/results/ under a hash of everything but
# the mutant, so a run that was interrupted goes on.
#
# bugs/mutants.verdicts: mutants that cannot be told from the original, each with its reason.
# scripts/mutants.sh doc writes the result of a run into docs/mutants.md.
set -u
. "$(dirname "$0")/common.sh"
[ -n "${SAMPLE:-}" ] || SAMPLE=200
[ -n "${SEED:-}" ] || SEED=1
[ -n "${LEAST:-}" ] || LEAST=0
[ -n "${FUZZ:-}" ] || FUZZ=24
: "${MUTANT:=}"

readonly DIR=$B/mutants VERDICTS=bugs/mutants.verdicts DOC=docs/mutants.md
# How the executions are shared: the first target has the whole alphabet.
readonly FUZZ_SHARES="alloc:6 relax:2 callers:2 walk:2" FUZZ_SHARES_ALL=12
# The whole corpus takes 1 CPU second, all tests 1: what takes longer hangs.
readonly CPU_LIMIT=5 WALL_LIMIT=600
readonly MAX_LEN=4096
TARGETS=$(tr ' ' '\n' <<<"$FUZZ_TARGETS" | grep -vx race | paste -sd ' ')

die() {
	echo "mutants: $*" >&2
	exit 2
}

build_lines() {
	eval "$("${MAKE:-make}" --no-print-directory -s "build-lines-$1")"
}

# ---- what mutants run in ----------------------------------------------------

# compile_core <variant> <source> <assembly>: as the core is compiled, for a shared library.
# Warnings of a mutant are its own affair; without -g the assembly has no line numbers.
compile_core() {
	${core_lines[$1]} -w -g0 -fPIC -ftls-model=initial-exec -MF "$3.d" -S -o "$3" "$2"
}

# assemble <variant> <assembly> <object>
assemble() { if [ "$1" = gcc ]; then "$CC" -c -o "$3" "$2"; else "$CLANG" -c -o "$3" "$2"; fi; }

# link_core <variant> <library> [<name> <object>]: the core, where one object takes the place
# of another.
link_core() {
	local name objects=()

	for name in $core_files; do
		if [ "$name" = "${3:-}" ]; then objects+=("$4"); else objects+=("$DIR/$1/$name.o"); fi
	done
	"$CC" -shared -o "$2" "${objects[@]}"
}

# prepare_core <variant>: the original's assembly and objects.
prepare_core() {
	local name pids=()

	mkdir -p "$DIR/$1/core"
	for name in $core_files; do
		compile_core "$1" "$name.c" "$DIR/$1/$name.s" &&
			assemble "$1" "$DIR/$1/$name.s" "$DIR/$1/$name.o" &
		pids+=($!)
		[ ${#pids[@]} -lt "$JOBS" ] || { wait "${pids[@]}" || return; pids=(); }
	done
	wait "${pids[@]}" && link_core "$1" "$DIR/$1/libcore.so"
}

# link_program <variant> <output> <object>...: against the library, and with every hook in it.
link_program() {
	local variant=$1 output=$2

	shift 2
	# shellcheck disable=SC2086 # words of make
	${link_lines[$variant]} -rdynamic -o "$output" "$@" $host_objects \
		"-L$DIR/$variant" -lcore $libs
}

prepare_programs() {
	local name common=()

	mkdir -p "$DIR/bin/tests"
	# shellcheck disable=SC2086 # names without blanks
	link_program gcc "$DIR/bin/spbfuzz" $tool_objects || return
	for name in $tool_objects; do
		[[ $name == */main.o ]] || common+=("$name")
	done
	for name in tests/*.c; do
		[[ $name == tests/test_* ]] || common+=("$B/gcc/${name%.c}.o")
	done
	for name in tests/test_*.c; do
		name=$(basename "$name" .c)
		link_program gcc "$DIR/bin/tests/$name" "$B/gcc/tests/$name.o" "${common[@]}" -lcmocka ||
			return
	done
}

# Engines without sanitizers: four times as fast.
prepare_engines() {
	local target

	for target in $TARGETS; do
		# shellcheck disable=SC2086 # words of make
		link_program plain "$DIR/bin/$target" "$B/plain/engine-$target.o" $engine_words || return
	done
}

prepare() {
	local variant work result variants=gcc

	[ "$FUZZ" = 0 ] || variants="gcc plain"
	mkdir -p "$DIR/bin"
	# Everything that is linked here, but for the core.
	# shellcheck disable=SC2046 # one word per goal
	build "$B/gcc/spbfuzz" $([ "$FUZZ" = 0 ] || echo build-plain) \
		$(printf "$B/gcc/%s\n" tests/test_*.c | sed 's/\.c$//') >"$DIR/build.log" ||
		die "the build failed"
	"$CC" -std=gnu11 -O1 -Wall -Wextra -Werror -I. -o "$DIR/mutate" fuzz/mutants/mutate.c || exit 2
	for variant in $variants; do
		build_lines $variant
		core_lines[$variant]=$core_line
		link_lines[$variant]=$link_line
		prepare_core $variant || die "the core does not link"
	done
	build_lines gcc
	prepare_programs || die "the programs do not link"
	if [ "$FUZZ" != 0 ]; then
		build_lines plain
		prepare_engines || die "the engines do not link"
	fi
	inputs=$(for name in $TARGETS; do
		git ls-files --cached --others --exclude-standard -- "corpus/$name" "crashes/$name"
	done | grep -v '/\.\|\.md$')
	base=$({ cat "$DIR"/gcc/core/*.s "$DIR/bin/spbfuzz" "$DIR"/bin/tests/* \
		fuzz/mutator/*.[ch] seeds/*/*.spbt "$0" fuzz/mutants/mutate.c fuzz/mutants/mutations.h
		# shellcheck disable=SC2086 # names without blanks
		cat $inputs; } | sha1sum | cut -c1-12)
	results=$DIR/results/$base
	mkdir -p "$results"
	# What fails without a mutation would kill all of them.
	work=$DIR/gcc
	replay_mutant && test_mutant || die "the core as it is: $result: $work/log"
}

# ---- one mutant -------------------------------------------------------------

# limited <CPU seconds> <command>...: quiet; the status is 124 when it took too long.
limited() {
	local status seconds=$1

	shift
	{
		(ulimit -t "$seconds" -c 0 &&
			LD_LIBRARY_PATH=$work exec timeout -k 5 $WALL_LIMIT "$@") >"$work/log" 2>&1
		status=$?
	} 2>/dev/null
	# SIGXCPU and SIGKILL are what the limits send.
	[ $status = 152 ] || [ $status = 137 ] && status=124
	return $status
}

# step <how> <CPU seconds> <command>...: false when the mutant was killed, and $result says how.
step() {
	local how=$1 status

	shift
	limited "$@"
	status=$?
	case $status in
	0) return 0 ;;
	124) result="timeout $how" ;;
	125 | 126 | 127) result="error $how" ;;
	*) result="killed $how $(sed -n 's/^FINDING \([a-z-]*\) .*/\1/p' "$work/log" | head -n 1)" ;;
	esac
	return 1
}

replay_mutant() {
	local target

	for target in $TARGETS; do
		# shellcheck disable=SC2046 # names without blanks
		step corpus $CPU_LIMIT "$DIR/bin/spbfuzz" run --first --target "$target" \
			$(grep "/$target/" <<<"$inputs") || return
	done
	for target in $TARGETS; do
		step seeds $CPU_LIMIT "$DIR/bin/spbfuzz" reach --quiet --target "$target" \
			seeds/"$target"/*.spbt || return
	done
}

test_mutant() {
	local test

	for test in "$DIR"/bin/tests/*; do
		step tests $CPU_LIMIT "$test" || return
	done
}

fuzz_mutant() {
	local name=$1 pair target

	[ "$FUZZ" -gt 0 ] || return 0
	compile_core plain "$work/$name.c" "$work/plain.s" >"$work/log" 2>&1 &&
		assemble plain "$work/plain.s" "$work/plain.o" &&
		link_core plain "$work/libcore.so" "$name" "$work/plain.o" || return
	for pair in $FUZZ_SHARES; do
		target=${pair%:*}
		# What is new goes to the first folder.
		rm -rf "$work/new"
		mkdir "$work/new"
		step fuzzing $((60 + FUZZ)) "$DIR/bin/$target" "-dict=dict/$target.dict" -seed=1 \
			"-runs=$((FUZZ * 1000 * ${pair#*:} / FUZZ_SHARES_ALL))" -max_len=$MAX_LEN -timeout=25 "-artifact_prefix=$work/" \
			-use_value_profile=0 "$work/new" "corpus/$target" || return
	done
}

# Through all of it, or only what an earlier run left out; $result is the outcome.
judge_mutant() {
	local name=$1 earlier=$2

	assemble gcc "$work/gcc.s" "$work/gcc.o" &&
		link_core gcc "$work/libcore.so" "$name" "$work/gcc.o" 2>"$work/log"
	# What calls a function that does not exist is found by the loader alone.
	if [ $? != 0 ]; then
		result="uncompiled -"
		return
	fi
	[ -n "$earlier" ] || { replay_mutant && test_mutant; } || return
	fuzz_mutant "$name" || return
	result="survived $FUZZ"
}

file_of() { echo "$results/$(tr / _ <<<"$1")"; }

# run_mutant <id>: $work is the folder of this process.
run_mutant() {
	local id=$1 name=${1%%:*} file same earlier="" runs
	local result="error compile"

	file=$(file_of "$id")
	if [ -f "$file" ]; then
		read -r earlier runs _ <"$file"
		[ "$earlier" = survived ] && [ "$runs" -lt "$FUZZ" ] || return 0
	fi
	name=${name%.c}
	mkdir -p "$work/core"
	"$DIR/mutate" make "$id" >"$work/$name.c" || return
	if ! compile_core gcc "$work/$name.c" "$work/gcc.s" >"$work/log" 2>&1; then
		result="uncompiled -"
	elif cmp -s "$work/gcc.s" "$DIR/gcc/$name.s"; then
		result="same -"
	else
		same=$results/code-$(sha1sum <"$work/gcc.s" | cut -c1-20)
		if [ -f "$same" ] && [ "$(cat "$same")" != "$id" ]; then
			result="same $(cat "$same")"
		else
			judge_mutant "$name" "$earlier"
			[ -f "$DIR/stop" ] && return
			echo "$id" >"$same.$$" && mv "$same.$$" "$same"
		fi
	fi
	echo "$result" >"$work/result" && mv "$work/result" "$file"
	say "$id $result"
}

# ---- all of them ------------------------------------------------------------

# worker <n>: every JOBS-th mutant of the list.
worker() {
	local id work=$DIR/work.$1

	while read -r id; do
		[ -f "$DIR/stop" ] && return
		run_mutant "$id"
	done < <(awk -v n="$1" -v jobs="$JOBS" 'NR % jobs == n { print $1 }' "$DIR/chosen")
}

# The mutants of this run: "id line", those with the lowest hash first.
choose() {
	local head=(head -n "$SAMPLE") id line pattern patterns

	[ "$SAMPLE" = all ] && head=(cat)
	"$DIR/mutate" list "$SEED" core/*.c | sort | cut -d ' ' -f 2- >"$DIR/list"
	if [ -z "$MUTANT" ]; then
		"${head[@]}" "$DIR/list"
		return
	fi
	read -ra patterns <<<"$MUTANT"
	while read -r id line; do
		for pattern in "${patterns[@]}"; do
			# shellcheck disable=SC2053 # a pattern
			[[ $id == $pattern ]] && echo "$id $line" && break
		done
	done <"$DIR/list"
}

run_all() {
	local job

	choose >"$DIR/chosen"
	[ -s "$DIR/chosen" ] || die "there is no mutant $MUTANT"
	rm -f "$DIR/stop"
	trap 'touch "$DIR/stop"' INT TERM HUP
	for ((job = 0; job < JOBS; job++)); do worker $job & done
	# A signal ends the first wait; what runs needs a moment to end.
	while [ -n "$(jobs -pr)" ]; do wait; done
	trap - INT TERM HUP
	[ ! -f "$DIR/stop" ] || stopped=1
}

# ---- verdicts ---------------------------------------------------------------

# change_of <id>: the first line of the original, and what the mutant has in its place.
change_of() {
	"$DIR/mutate" show "$1" | awk '/^[-+]/ && !seen[substr($0, 1, 1)]++ {
		sub(/^[-+][ \t]*/, substr($0, 1, 1) " "); printf "%s ", $0 }'
}

# Each verdict as "id<TAB>change<TAB>reason".
verdicts() {
	awk '/^#/ || NF == 0 { next }
		/^[^ \t]/ { if (id != "") print id "\t" line "\t" reason; id = $0; line = reason = ""; next }
		{ sub(/^[ \t]+/, "") }
		/^[-+] / { line = line $0 " "; next }
		{ reason = reason (reason == "" ? "" : " ") $0 }
		END { if (id != "") print id "\t" line "\t" reason }' $VERDICTS
}

# Complains of verdicts that no mutant fits, or that have no reason; writes the ids of the others.
check_verdicts() {
	local id line reason

	while IFS=$'\t' read -r id line reason; do
		if [ "$(change_of "$id" 2>/dev/null)" != "$line" ]; then
			echo "obsolete verdict: $id" >&2
		elif [ -z "$reason" ]; then
			echo "verdict without a reason: $id" >&2
		else
			echo "$id"
		fi
	done < <(verdicts)
}

# ---- the result -------------------------------------------------------------

# "id line result how rule" for each mutant that has been run; equivalents by verdict too.
outcomes() {
	local id line file result how rest

	while read -r id line; do
		file=$(file_of "$id")
		[ -f "$file" ] || continue
		read -r result how rest <"$file"
		if grep -qxF "$id" "$DIR/equivalent"; then
			case $result in
			survived) result=equivalent ;;
			killed | timeout) echo "wrong verdict: $id is $result by $how $rest" >&2 ;;
			esac
		fi
		echo "$id $line $result $how $rest"
	done <"$DIR/chosen"
}

print_summary() {
	awk -v chosen="$(wc -l <"$DIR/chosen")" -v all="$(wc -l <"$DIR/list")" -v seed="$SEED" '
		function line(name, n) { printf "%-28s %6d  %5.1f %%\n", name, n, 100 * n / (alive ? alive : 1) }
		{ n[$3]++; if ($3 == "killed" || $3 == "timeout") by[$3 " " $4]++ }
		END {
			printf "%d mutants of %d, SEED=%s; %d have been run\n", chosen, all, seed, NR
			printf "%-28s %6d\n", "not compiling", n["uncompiled"]
			printf "%-28s %6d\n", "same code", n["same"]
			printf "%-28s %6d\n", "judged equivalent", n["equivalent"]
			if (n["error"]) printf "%-28s %6d\n", "could not be run", n["error"]
			alive = n["killed"] + n["timeout"] + n["survived"]
			print "of the others:"
			line("killed by corpus replay", by["killed corpus"])
			line("timed out in corpus replay", by["timeout corpus"])
			line("killed by seeds", by["killed seeds"] + by["timeout seeds"])
			line("killed by tests", by["killed tests"] + by["timeout tests"])
			line("killed by fuzzing", by["killed fuzzing"] + by["timeout fuzzing"])
			line("survived", n["survived"])
			line("killed, all together", n["killed"] + n["timeout"])
		}' "$DIR/outcomes"
}

print_survivors() {
	local id line result rest

	while read -r id line result rest; do
		[ "$result" = survived ] || continue
		echo
		echo "$id (line $line)"
		"$DIR/mutate" show "$id" | sed 's/^\([-+]\)[ \t]*/  \1 /' | grep '^  [-+]'
	done < <(sort "$DIR/outcomes")
}

enough() {
	awk -v least="$LEAST" '$3 == "killed" || $3 == "timeout" { killed++ } $3 == "survived" { left++ }
		$3 == "error" { errors++ }
		END { exit !(100 * killed >= least * (killed + left) && !errors) }' "$DIR/outcomes"
}

report() {
	local status=0

	check_verdicts >"$DIR/equivalent" 2>"$DIR/complaints"
	outcomes >"$DIR/outcomes" 2>>"$DIR/complaints"
	{
		echo "make mutants SAMPLE=$SAMPLE SEED=$SEED FUZZ=$FUZZ at $(git rev-parse --short HEAD)"
		machine
		echo
		print_summary
		print_survivors
	} >"$DIR/report"
	cat "$DIR/report"
	if [ -s "$DIR/complaints" ]; then
		echo
		cat "$DIR/complaints"
	fi
	if ! enough; then
		echo "fewer than $LEAST % were killed, or some could not be run"
		status=1
	fi
	return $status
}

write_doc() {
	[ -s "$DIR/report" ] || die "there is no run yet: make mutants"
	replace_block $DOC "$DIR/report"
}

stopped=0
declare -A core_lines link_lines # by variant
case ${1:-run} in
doc) write_doc ;;
run)
	case $SAMPLE in all) ;; '' | *[!0-9]* | 0*) die "SAMPLE=$SAMPLE is not a number, nor all" ;; esac
	prepare
	run_all
	report || exit 1
	if [ $stopped = 1 ]; then
		echo "stopped; the same command goes on from here"
		exit 1
	fi
	;;
*) die "no command $1" ;;
esac
