#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make triage-truth: how well signatures tell bugs apart. Each planted bug of BUG= (default:
# all) is tried on the corpus of its target, on that of alloc and on its own program; EACH of
# the files that crash there are kept. All of them together are grouped by signature, as
# spbfuzz triage does, and compared with the truth: the bug that was planted. Bugs in one line of
# bugs/classes count as one. Prints B-cubed precision and recall:
#
#   precision  of the files in the group of a file, the share that has its bug
#   recall     of the files that have its bug, the share that is in the group of a file
#
# both as the mean over all files. LEAST=percent: status 1 when one of them is below, as found
# or shrunk, with classes as one. build/truth/<way>/table has one line per bug and signature;
# scattered and mixed are the bugs in more than one group, the groups of more than one bug.
set -u
. "$(dirname "$0")/common.sh"
: "${EACH:=10}"
[ -n "${LEAST:-}" ] || LEAST=0

readonly OUT=$B/truth

# crashed <file>...: those that do.
crashed() {
	"$tool" triage --target "$target" --json "$@" 2>/dev/null |
		sed -n 's/.*"files": \[\(.*\)\]}.*/\1/p' | tr -d '" ' | tr , '\n'
}

# crashing <bug>: EACH files that crash, its own program first. The others come in an order that
# says nothing about them, so that no more need to be tried than it takes.
crashing() {
	local inputs=("corpus/$target") some

	[ "$target" = alloc ] || inputs+=(corpus/alloc)
	bug_file "$1" spbt >"$OUT/files"
	while [ "$(wc -l <"$OUT/files")" -lt "$EACH" ] && mapfile -t -n $((4 * EACH)) some &&
		[ ${#some[@]} != 0 ]; do
		printf '%s\n' "${some[@]}" | grep -Fxf <(crashed "${some[@]}") >>"$OUT/files"
	done < <(find "${inputs[@]}" -type f | sort | shuf --random-source=<(yes))
	head -n "$EACH" "$OUT/files"
}

# groups <options>: "signature count" of the files on standard input.
groups() {
	xargs -d '\n' "$tool" triage --target "$target" --json "$@" 2>/dev/null |
		awk -F '"' '/"signature":/ { n = split($0, part, "\"files\": [[]"); files = gsub(/", "/, "", part[2]) + 1
			print $4, files }'
}

# score <way> <name> <classes>
score() {
	awk -v out="$1, $2" -v least="$LEAST" '
		FILENAME == ARGV[1] { for (i = 1; i <= NF; i++) class[$i] = $1; next }
		{ bug = $1 in class ? class[$1] : $1; pair[bug, $2] += $3; of_bug[bug] += $3
			of_group[$2] += $3; all += $3 }
		END { for (key in pair) { split(key, name, SUBSEP)
				precision += pair[key] ^ 2 / of_group[name[2]]
				recall += pair[key] ^ 2 / of_bug[name[1]]
				bugs_of[name[2]]++; groups_of[name[1]]++ }
			for (one in of_bug) { bugs++; scattered += groups_of[one] > 1 }
			for (one in of_group) { groups++; mixed += bugs_of[one] > 1 }
			printf "%s: %d files of %d bugs or classes in %d groups: precision %.3f, recall %.3f; " \
				"%d scattered, %d mixed\n", out, all, bugs, groups,
				precision / all, recall / all, scattered, mixed
			exit 100 * precision < least * all || 100 * recall < least * all }' \
		"$3" "$OUT/$1/table"
}

tools=$(scripts/run bugs-tool tool) || exit 2
rm -rf "$OUT"
mkdir -p "$OUT/as-found" "$OUT/minimized"
for tool in $tools; do
	bug=$(basename "$(dirname "$tool")") target=$(field "$bug" target)
	crashing "$bug" >"$OUT/chosen"
	[ -s "$OUT/chosen" ] || continue
	groups <"$OUT/chosen" | sed "s/^/$bug /" >>"$OUT/as-found/table"
	groups --minimize <"$OUT/chosen" | sed "s/^/$bug /" >>"$OUT/minimized/table"
done
grep -v '^#' bugs/classes >"$OUT/classes"
status=0
for way in as-found minimized; do
	LEAST=0 score $way "each bug for itself" /dev/null
	score $way "classes as one" "$OUT/classes" || status=1
done
[ $status = 0 ] || echo "less than $LEAST %"
exit $status
