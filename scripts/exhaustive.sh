#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make exhaustive: every program of up to DEPTH operations out of ALPHABET, each state once, on
# two superpageblocks, with per-CPU lists off (geometry micro) and on (micro-pcp). Prints
# states and programs by depth. Ctrl-C keeps what was done; the same command goes on.
#
#   ALPHABET='...'   mix, wide, or letters (docs/exhaustive.md); default: mix, then wide
#   DEPTH=n          operations in the longest programs (default: 7 for mix, else 5)
#   GEOMETRY='...'   instead of both
#   build/exhaustive/<key>.checkpoint   where an interrupted search was
#
# scripts/exhaustive.sh check   what make check does
# scripts/exhaustive.sh bugs    for each planted bug (BUG=) the shortest program that shows it,
#                               of up to DEPTH operations
set -u
. "$(dirname "$0")/common.sh"
. tests/result.sh
. scripts/search-check.sh
: "${DEPTH:=}" "${ALPHABET:=}" "${GEOMETRY:=}" "${BUG:=}"

readonly CHECK_DEPTH=3 BUGS_DEPTH=4
readonly STATE=$B/exhaustive
area=exhaustive

geometries() { echo "${GEOMETRY:-micro micro-pcp}"; }
depth_of() { if [ "$1" = mix ]; then echo 7; else echo 5; fi; }

# run_one <alphabet> <geometry>
run_one() {
	local status

	echo "alphabet $1, geometry $2"
	"$B/gcc/exhaustive" --jobs "$JOBS" --alphabet "$1" --geometry "$2" \
		--depth "${DEPTH:-$(depth_of "$1")}" --checkpoint "$STATE" &
	# A Ctrl-C reaches both: wait for the one that has something to keep.
	trap 'kill -INT $! 2>/dev/null' INT TERM HUP
	wait $!
	status=$?
	[ $status -le 128 ] || { wait $!; status=$?; }
	trap - INT TERM HUP
	return $status
}

run_all() {
	local alphabet geometry

	mkdir -p "$STATE" crashes/alloc
	[ -n "$ALPHABET" ] && set -- "$ALPHABET" || set -- mix wide
	for alphabet; do
		for geometry in $(geometries); do
			run_one "$alphabet" "$geometry" || return
		done
	done
}

# ---- planted bugs -----------------------------------------------------------

# shortest <bug> <geometry> <program>: depth, rule and letters, or nothing.
shortest() {
	local dir=$STATE/bugs/$1 out=$STATE/bugs/$1/$2

	mkdir -p "$dir"
	"$3" --jobs "$JOBS" --alphabet "${ALPHABET:-wide}" --geometry "$2" \
		--depth "${DEPTH:-$BUGS_DEPTH}" --stop --crashes "$dir" >"$out" 2>"$out.err" && return
	sed -n 's/^FINDING \([a-z-]*\) .*/\1/p' "$out.err" | head -n 1 >"$out.rule"
	[ -s "$out.rule" ] || echo crash >"$out.rule"
	sed -n "s/^finding at depth \([0-9]*\): *\(.*\)/\1 $(cat "$out.rule") $2 \2/p" "$out" | head -n 1
}

print_bugs() {
	local bug geometry best program found=0 all=0

	printf '%-23s %5s  %-18s %-9s %s\n' bug depth rule geometry program
	for bug in $(BUG=${BUG:-*} scripts/run bugs names); do
		all=$((all + 1))
		program=$(BUG=$bug scripts/run bugs-tool exhaustive) || return 2
		best=$(for geometry in $(geometries); do shortest "$bug" "$geometry" "$program"; done |
			sort -s -n -k 1,1 | head -n 1)
		[ -n "$best" ] && found=$((found + 1))
		# shellcheck disable=SC2086 # words
		printf '%-23s %5s  %-18s %-9s %s\n' "$bug" $(set -- ${best:-- - -}; echo "$1 $2 $3") \
			"${best#* * * }"
		rm -f "$program"
	done
	echo "$found of $all found with up to ${DEPTH:-$BUGS_DEPTH} operations"
}

# ---- check ------------------------------------------------------------------

# What must not depend on how it was found.
numbers() { grep -E '^(states|programs)' "$1"; }

# compare <file> <text>: the numbers are those of the reference.
compare() {
	numbers "$1" >"$1.numbers"
	[ -s "$1.numbers" ] && cmp -s "$scratch/reference.numbers" "$1.numbers"
	result $? "$2"
	cmp -s "$scratch/reference.numbers" "$1.numbers" ||
		diff "$scratch/reference.numbers" "$1.numbers" | sed 's/^/  /'
}

check_search() {
	local geometry=$1 binary=$B/gcc/exhaustive name
	local -a options=(--geometry "$1" --depth $CHECK_DEPTH --crashes "$scratch")

	"$binary" "${options[@]}" --sample 4 >"$scratch/reference" 2>"$scratch/err"
	result $? "$geometry: no finding in $(sed -n 's/^programs: //p' "$scratch/reference") programs"
	numbers "$scratch/reference" >"$scratch/reference.numbers"
	"$binary" "${options[@]}" --no-prune >"$scratch/unpruned"
	compare "$scratch/unpruned" "$geometry: the same states when every program is continued"
	"$binary" "${options[@]}" --jobs 3 >"$scratch/jobs"
	compare "$scratch/jobs" "$geometry: the same numbers with three processes"
	"$B/asan/exhaustive" "${options[@]}" >"$scratch/asan" 2>&1
	compare "$scratch/asan" "$geometry: the same states with sanitizers"
	"$binary" "${options[@]}" --checkpoint "$scratch" --limit 300 >"$scratch/resumed"
	grep -q '^interrupted; the same command' "$scratch/resumed"
	result $? "$geometry: an interrupted search leaves a checkpoint"
	for name in "$scratch"/*.checkpoint; do cp "$name" "$scratch/kept"; done
	"$binary" "${options[@]}" --checkpoint "$scratch" >"$scratch/resumed"
	grep -q '^going on' "$scratch/resumed"
	result $? "$geometry: the next one goes on from there"
	compare "$scratch/resumed" "$geometry: and ends with the same numbers"
	head -c 4000 "$scratch/kept" >"$name"
	"$binary" "${options[@]}" --checkpoint "$scratch" >"$scratch/damaged" 2>"$scratch/err"
	grep -q 'damaged: starting anew' "$scratch/err"
	result $? "$geometry: a damaged checkpoint is told"
	compare "$scratch/damaged" "$geometry: and changes no number"
}

# A hash that leaves something out makes one state of two, and that is noticed.
check_hash() {
	local dir=$scratch/hash name objects=()

	eval "$("${MAKE:-make}" --no-print-directory -s build-lines-gcc)"
	mkdir -p "$dir"
	sed '/hash_lines(run->arena/d' fuzz/explore/exhaustive/state.c >"$dir/state.c"
	for name in $core_files; do objects+=("$B/gcc/$name.o"); done
	# shellcheck disable=SC2206 # names without blanks
	objects+=($host_objects)
	for name in fuzz/explore/{exhaustive,pool,calls}/*.c; do
		[ "$name" = fuzz/explore/exhaustive/state.c ] || objects+=("$B/gcc/${name%.c}.o")
	done
	$host_line -Wno-unused-function -MF "$dir/d" -c -o "$dir/state.o" "$dir/state.c" &&
		$link_line -o "$dir/exhaustive" "$dir/state.o" "${objects[@]}" $libs -lm
	result $? "a hash of pages alone can be built"
	"$dir/exhaustive" --depth 4 --sample 1 --crashes "$dir" >"$dir/out" 2>"$dir/err"
	[ $? = 1 ] && grep -q 'should end alike and do not' "$dir/err"
	result $? "it makes one state of two, and following merges notices"
}

check_all() {
	local geometry

	ALPHABET='' JOBS=1
	scratch=$STATE/check
	rm -rf "$scratch"
	mkdir -p "$scratch"
	for geometry in micro micro-pcp; do check_search $geometry; done
	check_usage "$B/gcc/exhaustive" "--alphabet bogus" "--geometry mars" "--depth 99" "--jobs 0" "--what" "word"
	check_signal '*.checkpoint' "$B/gcc/exhaustive" --depth 12
	check_planted free-no-settle exhaustive gcc alloc --geometry micro --depth 2
	check_hash
}

case ${1:-run} in
run)
	build "$B/gcc/exhaustive" || exit 2
	run_all
	;;
bugs)
	mkdir -p "$STATE"
	print_bugs
	;;
check)
	build "$B/gcc/exhaustive" "$B/asan/exhaustive" "$B/gcc/spbfuzz" || exit 2
	check_all
	;;
*)
	echo "no command $1; there are run, bugs, check" >&2
	exit 2
	;;
esac
