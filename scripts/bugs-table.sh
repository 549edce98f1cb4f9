# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by scripts/bugs.sh: the results of trials as a table, and that table in docs/bugs.md.

median() { sort -g | awk '{ v[NR] = $1 } END { print NR ? v[int((NR + 1) / 2)] : "-" }'; }

# One line of the table.
print_bug() {
	local bug=$1 key n file lines rules verdict=yes rule

	key=$(key_of "$bug")
	lines=$(for ((n = 1; n <= TRIALS; n++)); do
		file=$(result_file "$bug" "$key" "$n")
		[ -f "$file" ] && cat "$file"
	done)
	[ -n "$lines" ] || return
	rules=$(awk '$3 { print $7 }' <<<"$lines" | sort | uniq -c | sort -rn | awk '{ print $2 }')
	[ -n "$rules" ] || verdict=-
	for rule in $rules; do is_expected "$bug" "$rule" || verdict=no; done
	grep -q ' no [^ ]*$' <<<"$lines" && verdict=clean-too
	awk -v bug="$bug" -v rules="$(tr '\n' ' ' <<<"${rules:--}" | sed 's/ $//; s/ /,/g')" \
		-v verdict=$verdict \
		-v cpu="$(awk '$3 { print $4 }' <<<"$lines" | median)" \
		-v execs="$(awk '$3 { print $6 }' <<<"$lines" | median)" '
		{ reached += $1 > 0; triggered += $2 > 0; detected += $3 }
		END { printf "%-23s %7d %9d %8d %2d %7s %7s  %-9s %s\n", bug, reached, triggered,
			detected, NR, cpu, execs, verdict, rules }' <<<"$lines"
}

print_table() {
	local bug

	printf '%-23s %7s %9s %8s %2s %7s %7s  %-9s %s\n' bug reached triggered detected of \
		"cpu s" execs expected "rule reported"
	for bug in $names; do print_bug "$bug"; done | tee "$B/bugs/table"
	awk '{ bugs++; all += $5; r += $2; t += $3; d += $4; found += $4 == $5; silent += $3 > $4
		wrong += $8 == "no"; clean += $8 == "clean-too" }
		END { printf "%d bugs, %d trials: reached %d, triggered %d, detected %d; found in every " \
			"trial: %d, triggered but not detected: %d, by another rule than expected: %d\n",
			bugs, all, r, t, d, found, silent, wrong
		if (clean) printf "inputs on which the clean core breaks a rule, too: %d\n", clean }' \
		"$B/bugs/table"
	echo "median of the medians: $(awk '$6 != "-" { print $6 }' "$B/bugs/table" | median) CPU s," \
		"$(awk '$7 != "-" { print $7 }' "$B/bugs/table" | median) executions"
	awk '$4 < $5 { list = list " " $1 } END { if (list != "") print "not in every trial:" list }' \
		"$B/bugs/table" | fold -s -w 100
}

# In place of what is between the fences of docs/bugs.md.
write_doc() {
	mkdir -p "$B/bugs"
	{
		echo "make bugs TRIALS=$TRIALS TIME=$TIME at $(git rev-parse --short HEAD), $(machine)"
		echo
		print_table
	} >"$B/bugs/report"
	replace_block docs/bugs.md "$B/bugs/report"
}
