#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench: what "spbfuzz bench" says of a plain build (clang -O2) and of one with ASan and
# UBSan, as tables. Figures are for one core; the machine should have nothing else to do.
#
#   MS=n  CPU time of each measurement in milliseconds (default: 1000)
set -u
. "$(dirname "$0")/common.sh"
[ -n "${MS:-}" ] || MS=1000

readonly OUT=$B/bench MIX=bench/mix.spbt PLAIN=bench/plain.spbt RACE=bench/race.spbt

# bench <variant> <name> <target> <program>...: figures into $OUT/<variant>-<name>
bench() {
	local variant=$1 name=$2 target=$3

	shift 3
	"$B/$variant/spbfuzz" bench --ms "$MS" --target "$target" "$@" >"$OUT/$variant-$name"
}

# row <text> <file> <figure>: of both builds, and the ratio
row() {
	awk -v text="$1" -v figure="$3" '
		function grouped(n,    s) {
			if (n < 100) return n
			for (s = ""; n >= 1000; n = int(n / 1000)) s = sprintf(" %03d", n % 1000) s
			return n s
		}
		$1 == figure { v[++n] = $2 }
		END { printf "%-48s %14s %14s %8s\n", text, grouped(v[1]), grouped(v[2]),
			(v[1] && v[2]) ? sprintf("%.2f", v[1] > v[2] ? v[1] / v[2] : v[2] / v[1]) : "-" }
	' "$OUT/$4-$2" "$OUT/$5-$2"
}

# rows <words> <file>: what every set of programs has
rows() {
	row "$1, oracles and model, runs/s" "$2" model-runs/s clang asan
	row "$1, oracles on, runs/s" "$2" oracles-runs/s clang asan
	row "$1, oracles off, runs/s" "$2" bare-runs/s clang asan
	row "$1, oracles on, operations/s" "$2" oracles-operations/s clang asan
	row "$1, oracles off, operations/s" "$2" bare-operations/s clang asan
	row "reset after it, median, ns" "$2" reset-median-ns clang asan
	row "reset after it, 99th percentile, ns" "$2" reset-99th-percentile-ns clang asan
}

figure() { awk -v name="$2" '$1 == name { print $2 }' "$OUT/$1"; }

describe_mix() {
	echo "the mix ($MIX):"
	awk '!/^[ \t]*#/ && NF && /^[a-z_]+(@| |$)/ {
		split($1, op, "@")
		if (op[1] !~ /^(spbt|geometry|cpus|pcp|watermarks|switches|without|schedule|spare|reaches:|size)$/)
			count[op[1]]++
	} END { for (name in count) printf "  %s %d\n", name, count[name] }' "$MIX" | sort -k2,2nr -k1,1 |
		paste -sd' ' | fold -s -w 100
	echo "  $(figure clang-mix records) records; $(figure clang-mix requests-served) of" \
		"$(($(figure clang-mix requests-served) + $(figure clang-mix requests-refused))) requests served;" \
		"$(figure clang-mix search-steps) of $(figure clang-mix search-steps-there-are) search steps"
}

races() {
	local target=$1 detector

	echo "$target: $(figure "race-$target" accesses-per-run) accesses and" \
		"$(figure "race-$target" switches-per-run) switches per run"
	for detector in '' detector-; do
		row "  ${detector:+race detector, }oracles and model, runs/s" "$target" ${detector}model-runs/s race race-asan
		row "  ${detector:+race detector, }oracles on, runs/s" "$target" ${detector}oracles-runs/s race race-asan
		row "  ${detector:+race detector, }oracles on, accesses/s" "$target" ${detector}oracles-accesses/s race race-asan
		row "  ${detector:+race detector, }oracles off, accesses/s" "$target" ${detector}bare-accesses/s race race-asan
	done
}

mkdir -p "$OUT"
build build-bench || exit 2
for variant in clang asan; do
	bench $variant mix alloc $MIX && bench $variant plain alloc $PLAIN &&
		bench $variant corpus alloc corpus/alloc || exit
done
for variant in race race-asan; do
	for target in $RACE_TARGETS; do bench $variant "$target" "$target" $RACE || exit; done
done

machine
describe_mix
echo
printf '%-48s %14s %14s %8s\n' "" plain ASan+UBSan ratio
row "a target that does nothing, runs/s" mix empty-runs/s clang asan
rows "64 plain requests" plain
rows "mix" mix
rows "corpus/alloc" corpus
echo
echo "schedules that count memory accesses ($RACE):"
for target in $RACE_TARGETS; do races "$target"; done
row "a switch between CPUs, ns" "${RACE_TARGETS%% *}" switch-ns race race-asan
