# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by the scripts that `make` starts: where things are, how they are built and run.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
export LC_ALL=C
: "${B:=build}" "${CLANG:=clang}" "${CC:=gcc}" "${JOBS:=1}" "${V:=0}" "${DROPIN:=}"
if [ -z "${FUZZ_TARGETS:-}" ]; then
	FUZZ_TARGETS=$(sed -n 's/^TARGET(\([a-z_]*\)[,)].*/\1/p' fuzz/targets.def | grep -v '^empty$' | paste -sd' ')
fi
if [ -z "${RACE_TARGETS+set}" ]; then
	RACE_TARGETS=$(sed -n 's/^TARGET(\([a-z_]*\), *accesses).*/\1/p' fuzz/targets.def | paste -sd' ')
fi

# The loop uses no heap, so leaks are not looked for. Abort is how a finding stops an engine.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0:handle_abort=1:detect_stack_use_after_return=0:allow_user_poisoning=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:handle_abort=1}
ASAN_SYMBOLIZER_PATH=$("$CLANG" -print-prog-name=llvm-symbolizer 2>/dev/null)
export ASAN_SYMBOLIZER_PATH

# build <make target>...: quiet unless it fails.
build() {
	"${MAKE:-make}" --no-print-directory -j"$(nproc)" "$@"
}

say() { [ "$V" = 1 ] && echo "$@"; return 0; }

# What a figure was measured on.
machine() {
	echo "$(nproc) x $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)," \
		"$("$CLANG" --version | head -n 1)"
}

# replace_block <markdown> <file>: the file in place of the one fenced block of the document.
replace_block() {
	awk -v file="$2" '/^```/ { inside = !inside; print
			if (inside) while ((getline line <file) > 0) print line
			next }
		!inside' "$1" >"$1.new" && mv "$1.new" "$1"
}

# choose_targets <names>: $targets is those of TARGET=, or all. The script has a die().
choose_targets() {
	local name

	targets=$1
	[ "${TARGET:-all}" = all ] && return
	targets=$TARGET
	for name in $targets; do
		[[ " $1 " == *" $name "* ]] || die "no target $name; there are: $1 all"
	done
}

# The target that an input belongs to: the folder it lies in, else TARGET, else alloc.
target_of() {
	local folder name
	folder=$(basename "$(dirname "$1")")
	for name in $FUZZ_TARGETS; do
		[ "$name" = "$folder" ] && echo "$name" && return
	done
	[ "${TARGET:-all}" = all ] && echo alloc || echo "$TARGET"
}

# bug_file <name> <ending>: where a planted bug has it, bugs/<area>/<name>.<ending>; also of a pattern.
bug_file() { compgen -G "bugs/*/$1.$2"; }

# field <bug> <name>: a line of the header of a planted bug's patch.
field() { sed -n "/^--- /q; s/^$2: *//p" "$(bug_file "$1" patch)"; }

# Schedules of some targets count memory accesses: those get the core with access hooks.
counts_accesses() { [[ " $RACE_TARGETS " == *" $1 "* ]]; }
# The replayer with sanitizers for a target.
replayer() { if counts_accesses "$1"; then echo "$B/race-asan/spbfuzz"; else echo "$B/asan/spbfuzz"; fi; }
