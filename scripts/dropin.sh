#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/dropin.sh DIR FILE...
#
# Finds which functions each FILE defines and which file of the core has them in an
# `#ifndef SPB_HAVE_<name>`, and prints one make variable per core file concerned:
#
#   dropin_relax := -DSPB_DROPIN_FILE='"/path/file.c"' -DSPB_HAVE_<name> ...
#
# A function that other files of the core call as well cannot be static there. Posted code
# may say so all the same: what is included is a copy of FILE in DIR without that word.
#
# A static function that is not replaceable is taken for a helper of the file when the
# file uses it. Everything else is an error that lists what can be replaced.
set -u
cd "$(dirname "$0")/.." || exit 2

die() {
	echo "DROPIN: $*" >&2
	exit 1
}

replaceable() { sed -n 's/^#ifndef SPB_HAVE_\([A-Za-z0-9_]*\).*/\1/p' core/*.c | sort -u; }

owner_of() { grep -l "^#ifndef SPB_HAVE_$1\$" core/*.c | sed 's|^core/\(.*\)\.c$|\1|'; }

# Prints "static name" or "global name" for each function defined in the file.
functions_of() {
	awk '
	# Comments, strings and preprocessor lines are no code.
	function code(line,    out, c, two) {
		out = ""
		while (line != "") {
			two = substr(line, 1, 2)
			c = substr(line, 1, 1)
			if (in_comment) {
				if (two == "*/") { in_comment = 0; line = substr(line, 3) }
				else line = substr(line, 2)
			} else if (two == "/*") { in_comment = 1; line = substr(line, 3) }
			else if (two == "//") return out
			else if (match(line, /^"([^"\\]|\\.)*"/) || match(line, /^\x27([^\x27\\]|\\.)*\x27/))
				line = substr(line, RLENGTH + 1)
			else { out = out c; line = substr(line, 2) }
		}
		return out
	}
	# The head of a definition ends in "name(arguments)": that name.
	function define(head,    i, c, paren) {
		sub(/[ \t]+$/, "", head)
		if (head !~ /\)$/ || head ~ /=/) return
		for (i = length(head); i > 0; i--) {
			c = substr(head, i, 1)
			if (c == ")") paren++
			else if (c == "(" && !--paren) break
		}
		name = substr(head, 1, i - 1)
		sub(/[ \t]+$/, "", name)
		linkage = name ~ /(^|[ \t])static[ \t]/ ? "static" : "global"
		sub(/^.*[^A-Za-z0-9_]/, "", name)
		if (name != "") print linkage, name
	}
	{
		directive = continued || (!in_comment && $0 ~ /^[ \t]*#/)
		continued = directive && $0 ~ /\\$/
		if (directive) next
		line = code($0) " "
		for (i = 1; i <= length(line); i++) {
			c = substr(line, i, 1)
			if (c == "{") { if (!depth++) { define(head); head = "" } }
			else if (c == "}") { if (!--depth) head = "" }
			else if (!depth) head = c == ";" ? "" : head c
		}
	}' "$1"
}

# Does the core keep this function to one file?
is_local() { grep -qE "^static .*\\b$1\\(" "core/$2.c"; }

# make_global <copy> <name>: its definition is not static. Lines stay where they are.
make_global() { sed -i -E "s/^static (inline )?(.*\\b$2\\(.*[^;])\$/\\2/" "$1"; }

list() { replaceable | tr '\n' ' ' | sed 's/ $//'; }

# Prints the make variable of one file.
flags_of() {
	local file=$1 path copy linkage name owner owners="" have=""

	[ -r "$file" ] || die "$file: cannot be read"
	path=$(cd "$(dirname "$file")" && pwd)/$(basename "$file")
	copy=$(cd "$dir" && pwd)/$(basename "$file")
	{ echo "#line 1 \"$path\""; cat "$file"; } >"$copy.new"
	while read -r linkage name; do
		owner=$(owner_of "$name")
		if [ -n "$owner" ]; then
			owners="$owners$owner"$'\n'
			have="$have -DSPB_HAVE_$name"
			[ "$linkage" = global ] || is_local "$name" "$owner" || make_global "$copy.new" "$name"
		elif [ "$linkage" != static ] || [ "$(grep -cw "$name" "$file")" -lt 2 ]; then
			die "$file: $name() is not a function that can be replaced: $(list)"
		fi
	done < <(functions_of "$file")
	owners=$(printf '%s' "$owners" | sort -u)
	[ -n "$owners" ] || die "$file: defines none of the functions that can be replaced: $(list)"
	[ "$(printf '%s\n' "$owners" | wc -l)" = 1 ] ||
		die "$file: replaces functions of several files (${owners//$'\n'/, }):" \
			"give each its own file, DROPIN='a.c b.c'"
	[[ " $seen " != *" $owners "* ]] || die "$file: core/$owners.c has a drop-in already"
	seen="$seen $owners"
	# A file that is the same as before causes no build.
	if cmp -s "$copy.new" "$copy"; then rm "$copy.new"; else mv "$copy.new" "$copy"; fi
	# Posted code keeps its own habits: its warnings are shown, not fatal.
	printf "dropin_%s := -DSPB_DROPIN_FILE='\"%s\"'%s %s\n" "$owners" "$copy" "$have" \
		"-iquote '${path%/*}' -Wno-error -Wno-sign-compare -Wno-unused-function"
}

seen=
[ $# -gt 1 ] || die "no file given"
dir=$1
shift
for file; do
	flags_of "$file" || exit 1
done
