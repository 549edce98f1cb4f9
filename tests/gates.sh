#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/gates.sh: what holds for the whole tree, one "ok" or "not ok" line each.
#
#   objects   the linked core calls the hooks of include/shim only, and has no state
#   sources   length of functions, files and lines; includes; licence; no leftovers
#   files     dictionaries are current, the corpus is small and of this version
#
# Not here: warnings (the build stops at them), behaviour (the tests and replays).
set -u
. "$(dirname "$0")/../scripts/common.sh"

readonly MAX_FUNCTION=69 MAX_FILE=499 MAX_TARGET=60 MAX_COLUMNS=100
readonly MAX_CORPUS_FILES=1000 MAX_CORPUS_BYTES=1048576
# Division of what a 32-bit machine cannot divide itself.
readonly COMPILER_HELPERS='__u?(div|mod|divmod)[dt]i[34]'

# gate <name>: reads complaints on standard input; none is a pass.
gate() {
	local complaints
	complaints=$(cat)
	if [ -z "$complaints" ]; then
		echo "ok gate: $1"
	else
		echo "not ok gate: $1"
		head -n 20 <<<"$complaints" | sed 's/^/  /'
		status=1
	fi
}

sources() { git ls-files --cached --others --exclude-standard -- "$@" 2>/dev/null | while read -r f; do [ -f "$f" ] && echo "$f"; done; }

# Functions and objects that the shim's headers declare for the host to define.
hooks() {
	cat include/shim/*.h | grep -v '^static' |
		sed -n 's/^[a-z_].*[ *]\([a-z_][a-z_]*\)(.*);$/\1/p; s/^extern .*[ *]\([a-z_]*\);$/\1/p'
}

undefined_symbols() {
	nm -u "$1" | awk '{ print $NF }' | grep -vxE "$COMPILER_HELPERS|_GLOBAL_OFFSET_TABLE_" |
		grep -vxF -f <(hooks)
}

# Sections for constants, and those for pointers to constants, are no state.
state_sections() {
	size -A "$1" | awk '$1 ~ /^\.(data|bss|tdata|tbss|lbss|ldata|common)/ &&
		$1 !~ /^\.data\.rel\.ro/ && $2 > 0 { print $1, $2, "bytes" }'
}

foreign_includes() {
	grep -nE '^[ \t]*#[ \t]*include' $(sources 'include/*.h') |
		grep -vE 'include "(shim|spb)/[a-z_]+\.h"'
	grep -nE '^[ \t]*#[ \t]*include' $(sources 'core/*.c' 'core/*.h') |
		grep -vE 'include "(shim|spb|core)/[a-z_]+\.h"'
}

# Kernel style puts the braces of a function, and of nothing else, into the first column.
long_functions() {
	awk -v limit=$MAX_FUNCTION '
	FNR == 1 { head = 0 }
	/^[A-Za-z_].*[^;]$/ && !/^[a-z_]+:$/ { if (!head) head = FNR; name = $0 }
	/^$|^#|^\/|^ \*|;$/ && !inside { head = 0 }
	/^{/ { inside = 1; first = head ? head : FNR }
	/^}/ {
		if (inside && FNR - first + 1 > limit)
			printf "%s:%d: %d lines: %s\n", FILENAME, first, FNR - first + 1, name
		inside = head = 0
	}' $(sources '*.c' '*.h')
}

long_files() {
	wc -l $(sources '*.c' '*.h' '*.sh' '*.py' Makefile) |
		awk -v limit=$MAX_FILE '$2 != "total" && $1 > limit { print $2 ": " $1 " lines" }'
	wc -l $(sources 'fuzz/*.c' | grep -v '/.*/') |
		awk -v limit=$MAX_TARGET '$2 != "total" && $1 > limit { print $2 ": " $1 " lines, a target has " limit }'
}

long_lines() {
	for file in $(sources '*.c' '*.h' '*.py'); do
		# Columns, not bytes: continuation bytes of UTF-8 take none.
		expand -t 8 "$file" | tr -d '\200-\277' | awk -v limit=$MAX_COLUMNS -v file="$file" \
			'length($0) > limit { print file ":" NR ": " length($0) " columns" }'
	done
}

without_licence() {
	for file in $(sources '*.c' '*.h' '*.sh' '*.py' '*.def' scripts/run Makefile '.ci/*' 'dict/*.dict'); do
		head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-only' || echo "$file"
	done
}

# The patterns are spelt so that this file does not match itself.
leftovers() { grep -nE '\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b' $(sources '*.c' '*.h' '*.sh' '*.py' '*.md' Makefile '.ci/*'); }

machine_paths() {
	git grep --untracked -nIE '(^|[^A-Za-z0-9_.-])/(wor[k]|hom[e]|roo[t])/|\.\./share[d]|\.librar[y]' -- . ':!LICENSE'
}

corpus_sizes() {
	local target files bytes
	for target in $FUZZ_TARGETS; do
		files=$(sources "corpus/$target/" | wc -l)
		bytes=$(sources "corpus/$target/" | tr '\n' '\0' | xargs -0 -r cat | wc -c)
		[ "$files" -gt 0 ] || echo "corpus/$target: empty"
		[ "$files" -le $MAX_CORPUS_FILES ] || echo "corpus/$target: $files files"
		[ "$bytes" -le $MAX_CORPUS_BYTES ] || echo "corpus/$target: $bytes bytes"
	done
	find corpus -name '*.spbt'
}

other_versions() {
	local version
	version=$(sed -n 's/^#define PROGRAM_VERSION 0x//p' fuzz/harness/program/program.h)
	for file in $(sources corpus/ crashes/); do
		case $file in */.gitkeep | *.md) continue ;; esac
		[ "$(head -c 1 "$file" | od -An -tx1 | tr -d ' ')" = "$version" ] || echo "$file"
	done
}

# The flags can be dropped without a word: by a compiler's wrapper, or without a kind of edge.
missing_hooks() {
	local size hook
	for size in 1 2 4 8; do
		for hook in load store; do
			nm -u "$1" | grep -qx " *U __sanitizer_cov_$hook$size" || echo "$1: no __sanitizer_cov_$hook$size"
		done
	done
	nm -u "$1" | grep -E '__(asan|tsan)_|_cov_trace_pc' | sed "s|^ *|$1: |"
}

# A file of the core that reports nothing: all of them touch the arena.
unhooked() { nm -u "$1" | grep -q __sanitizer_cov_load || echo "$1"; }
unhooked_files() {
	local source
	for source in core/*.c; do unhooked "$B/hooked/${source%.c}.o"; done
}

# The above must notice, and so must whoever starts: core/ as other flags compile it.
unnoticed_loss() {
	local object=$B/race-unhooked/free.o core_line=""

	build "$B/race-unhooked/spbfuzz" "$B/race-unhooked/race" || return
	[ -n "$(missing_hooks "$B/clang/core.o")" ] || echo "a core without hooks passes for one with"
	refuses_to_start "$B/race-unhooked/spbfuzz" --version
	refuses_to_start "$B/race-unhooked/race" -runs=1
	# Loads and stores without a kind of edge: nothing is instrumented, and nobody says so.
	eval "$("${MAKE:-make}" --no-print-directory -s build-lines-hooked | grep '^core_line=')"
	${core_line//inline-8bit-counters,pc-table/trace-loads} -c -o "$object" core/free.c ||
		echo "core/free.c does not compile without edges"
	[ -n "$(unhooked "$object")" ] || echo "edges are no longer needed for hooks: see core_hooked"
}

# refuses_to_start <program> <argument>
refuses_to_start() {
	local output

	output=$("$@" 2>&1 </dev/null)
	[ $? = 2 ] && [[ $output == *"the core of this build reports no memory access"* ]] ||
		echo "$1 starts though its core has no hooks"
}

status=0
unnoticed_loss 2>&1 | gate "who drops the hooks is stopped: the object, the replayer, the engine"
missing_hooks "$B/hooked/core.o" | gate "the core of race builds has its access hooks, and no sanitizer's"
unhooked_files | gate "each file of it has"
for compiler in gcc clang; do
	undefined_symbols "$B/$compiler/core.o" | gate "core calls only the hooks of the shim ($compiler)"
	state_sections "$B/$compiler/core.o" | gate "core has no .data and no .bss ($compiler)"
done
# A list of hooks that came out empty would hide a change of the header's style.
[ "$(hooks | wc -l)" -ge 10 ] || echo "found only: $(hooks)" | gate "hooks are found"
foreign_includes | gate "core and include use only include"
long_functions | gate "functions have at most $MAX_FUNCTION lines"
long_files | gate "files have at most $MAX_FILE lines, targets $MAX_TARGET"
long_lines | gate "lines have at most $MAX_COLUMNS columns"
without_licence | gate "sources name their licence"
leftovers | gate "nothing is left to do"
machine_paths | gate "no path of one machine"
corpus_sizes | gate "the corpus is there, and small"
other_versions | gate "corpus and crashes are of this version"
scripts/dicts.sh --check 2>&1 | gate "dictionaries are current"
exit $status
