#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench: bench/bench.c in a plain build (clang -O2) and with ASan and UBSan, as one
# table. Figures are for one core; the machine should have nothing else to do.
set -u
. "$(dirname "$0")/common.sh"

mix=bench/mix.spbt plain=bench/plain.spbt
mkdir -p "$B/bench"
build build-bench || exit 2
for variant in race race-asan; do
	"$B/$variant/bench-spbfuzz" bench/race.spbt >"$B/bench/$variant" || exit 1
done
for variant in clang asan; do
	# shellcheck disable=SC2046 # names without blanks
	"$B/$variant/bench-spbfuzz" "$mix" "$plain" $(find corpus/alloc -type f ! -name '.*' | sort) \
		>"$B/bench/$variant" || exit 1
done

echo "$(nproc) x $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $("$CLANG" --version | head -n 1)"
echo "the mix ($mix):"
awk '!/^[ \t]*#/ && NF && /^[a-z_]+(@| |$)/ {
	split($1, op, "@")
	if (op[1] !~ /^(spbt|geometry|cpus|pcp|watermarks|switches|without|schedule|spare|reaches:|size)$/)
		count[op[1]]++
} END { for (name in count) printf "  %s %d\n", name, count[name] }' "$mix" | sort -k2,2nr -k1,1 |
	paste -sd' ' | fold -s -w 100
awk '{ v[$1] = $2 } END {
	printf "  %d records; %d of %d requests served; %d of %d search steps\n", v["mix_records"],
		v["mix_served"], v["mix_served"] + v["mix_refused"], v["mix_steps"], v["all_steps"]
}' "$B/bench/clang"
echo

awk '
FNR == 1 { build++ }
{ v[build, $1] = $2 }
function row(text, name, unit,    a, b) {
	a = v[1, name]; b = v[2, name]
	printf "%-44s %14s %14s %8s\n", text, grouped(a), grouped(b),
		(a && b) ? sprintf("%.2f", a > b ? a / b : b / a) : "-"
}
function grouped(n,    s) {
	for (s = ""; n >= 1000; n = int(n / 1000)) s = sprintf(" %03d", n % 1000) s
	return n s
}
END {
	printf "%-44s %14s %14s %8s\n", "", "plain", "ASan+UBSan", "ratio"
	row("empty target, executions/s", "empty_runs")
	row("64 plain requests, oracles and model, exec/s", "plain_model_runs")
	row("64 plain requests, oracles on, exec/s", "plain_runs")
	row("64 plain requests, oracles off, exec/s", "plain_bare_runs")
	row("mix, oracles and model, executions/s", "mix_model_runs")
	row("mix, oracles on, executions/s", "mix_runs")
	row("mix, oracles off, executions/s", "mix_bare_runs")
	row("mix, oracles on, operations/s", "mix_ops")
	row("mix, oracles off, operations/s", "mix_bare_ops")
	row("corpus, oracles and model, executions/s", "corpus_model_runs")
	row("corpus, oracles on, executions/s", "corpus_runs")
	row("corpus, oracles off, executions/s", "corpus_bare_runs")
	row("corpus, oracles on, operations/s", "corpus_ops")
	row("corpus, oracles off, operations/s", "corpus_bare_ops")
	row("reset after plain requests, median, ns", "plain_reset_median")
	row("reset after plain requests, 99th percentile", "plain_reset_p99")
	row("reset after the mix, median, ns", "mix_reset_median")
	row("reset after the mix, 99th percentile, ns", "mix_reset_p99")
	row("reset after the corpus, median, ns", "corpus_reset_median")
	row("reset after the corpus, 99th percentile, ns", "corpus_reset_p99")
}' "$B/bench/clang" "$B/bench/asan"

# Columns: without sanitizers, with ASan and UBSan, without sanitizers but the race detector.
echo
echo "schedules that count memory accesses (bench/race.spbt: 24 operations, random walk):"
awk '
FNR == 1 { build++ }
$1 == "switch-ns" { switch_ns[build] = $2; next }
{ key = $1 " " $2; runs[build, key] = $8; rate[build, key] = $10; accesses[$1] = $4; switches[$1] = $6 }
function row(text, a, b, c) { printf "%-44s %12s %12s %12s\n", text, a, b, c }
function millions(n) { return sprintf("%.1f M", n / 1000000) }
END {
	row("", "plain", "ASan+UBSan", "detector")
	for (target in accesses) {
		print target ": " accesses[target] " accesses and " switches[target] " switches per run"
		none = target " none-bare"; full = target " none-oracles"
		found = target " detector-bare"; all = target " detector-oracles"
		row("  runs/s, oracles off", runs[1, none], runs[2, none], runs[1, found])
		row("  accesses/s, oracles off", millions(rate[1, none]), millions(rate[2, none]), millions(rate[1, found]))
		row("  runs/s, oracles on", runs[1, full], runs[2, full], runs[1, all])
		row("  accesses/s, oracles on", millions(rate[1, full]), millions(rate[2, full]), millions(rate[1, all]))
	}
	row("a switch between fibers, ns", switch_ns[1], switch_ns[2], switch_ns[1])
}' "$B/bench/race" "$B/bench/race-asan"
