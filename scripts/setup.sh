#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Installs what is missing to build, fuzz and check: on Debian and Ubuntu through apt,
# as root or with a sudo that asks nothing. Elsewhere it says in one line what to install.
# Prints nothing when nothing is missing. What counts is whether a program works, not
# which package it came from.
set -u
cd "$(dirname "$0")/.." || exit 2
CC=${CC:-gcc} CLANG=${CLANG:-clang}
# For make threads. From 18 on ThreadSanitizer starts on kernels that spread addresses widely.
readonly TSAN_MAJOR=18 TSAN_WANTED=19
# Nobody waits for longer without a word.
readonly TELL_SECONDS=${TELL_SECONDS:-8}
# The packages of the default toolchain, and of llvm's tools for stacks and coverage.
probe_dir=$(mktemp -d) || exit 2
teller=
trap '[ -z "$teller" ] || kill "$teller" 2>/dev/null; rm -rf "$probe_dir"' EXIT

have() { command -v "$1" >/dev/null 2>&1; }

# builds <compiler> <flags and libraries> <source text>
builds() {
	printf '%s\n' "$3" >"$probe_dir/probe.c"
	# shellcheck disable=SC2086 # the flags are several words
	$1 -o "$probe_dir/probe" "$probe_dir/probe.c" $2 >/dev/null 2>&1
}

clang_major() { "$CLANG" -dumpversion 2>/dev/null | cut -d. -f1; }

sanitizers_work() {
	builds "$CLANG" "-fsanitize=fuzzer,address,undefined" \
		'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d && n > 9; }'
}

llvm_tool() { have "$("$CLANG" -print-prog-name="$1" 2>/dev/null)"; }

cmocka_program='#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
int main(void) { return cmocka_run_group_tests_name("x", (struct CMUnitTest *)0, 0, 0) < 0; }'

tsan_clang() { "${MAKE:-make}" --no-print-directory -s print-tsan-clang; }

tsan_works() { builds "$(tsan_clang)" "-fsanitize=thread" 'int main(void) { return 0; }'; }

# The packages of the clang that is wanted, or of the newest that there is.
tsan_packages() {
	local newest

	newest=$(apt-cache search --names-only '^clang-[0-9]+$' 2>/dev/null |
		sed -n 's/^clang-\([0-9]*\) .*/\1/p' | sort -n | tail -n 1)
	[ -n "$(apt-cache search --names-only "^clang-$TSAN_WANTED\$" 2>/dev/null)" ] &&
		newest=$TSAN_WANTED
	[ -n "$newest" ] && echo "clang-$newest libclang-rt-$newest-dev llvm-$newest"
}

# An old one does, where no newer one can be had.
prefer_new_tsan() {
	local major packages

	major=$("$(tsan_clang)" -dumpversion 2>/dev/null | cut -d. -f1)
	[ "${major:-0}" -lt $TSAN_MAJOR ] || return 0
	packages=$(tsan_packages)
	[[ $packages =~ ^clang-([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -gt "${major:-0}" ] || return 0
	echo "setup: installing $packages"
	# shellcheck disable=SC2086 # one word per package
	install $packages || echo "setup: could not; make threads uses clang $major" >&2
}

# What Kbuild calls beside the compiler; the linker and llvm's tools are of the same number.
kernel_packages() {
	local tool number

	for tool in flex bison bc; do
		have $tool || echo $tool
	done
	number=$(sed -n 's/^clang\(-[0-9]*\)$/\1/p' <<<"${CLANG##*/}")
	have "ld.lld$number" || echo "lld$number"
	have "llvm-objcopy$number" && have "llvm-ar$number" || echo "llvm$number"
}

# Pages about findings are looked at in a browser; where none can be had, that test says so.
prefer_chromium() {
	have chromium && return 0
	echo "setup: installing chromium"
	install chromium && have chromium || echo "setup: could not; pages are not looked at" >&2
}

# Prints the packages that would supply what does not work here.
missing() {
	builds "$CC" "" 'int main(void) { return 0; }' || echo gcc libc6-dev binutils
	have "${LD:-ld}" && have nm && have size || echo binutils
	have "$CLANG" || echo clang
	if have "$CLANG" && ! sanitizers_work; then
		# The runtime is a package of its own from clang 14 on Debian and 15 on Ubuntu.
		echo "libclang-rt-$(clang_major)-dev"
	fi
	if have "$CLANG" && ! { llvm_tool llvm-cov && llvm_tool llvm-profdata &&
		llvm_tool llvm-symbolizer; }; then
		echo llvm
	fi
	builds "$CC" "-lcmocka" "$cmocka_program" || echo libcmocka-dev
	builds "$CC" "-llzma" '#include <lzma.h>
int main(void) { return !lzma_version_number(); }' || echo liblzma-dev
	have xz || echo xz-utils
	have git || echo git
	python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || echo python3
	if [ "${THREADS:-0}" = 1 ] && have "$CLANG" && ! tsan_works; then
		tsan_packages || echo "libclang-rt-$(clang_major)-dev"
	fi
	[ "${AFL:-0}" = 1 ] && ! have afl-fuzz && echo afl++
	if [ "${MEASURE:-0}" = 1 ]; then
		have valgrind || echo valgrind
		have gnuplot || echo gnuplot-nox
	fi
	[ -z "${KERNEL:-}" ] || kernel_packages
	return 0
}

# What apt is at, from time to time, until it is ended or its parent is.
tell() {
	local waited=0

	# (A sleep that is left behind must not keep whoever reads from here waiting.)
	while sleep 1 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
		waited=$((waited + 1))
		[ $((waited % TELL_SECONDS)) = 0 ] || continue
		echo "setup: $waited s: $(tail -n 1 "$probe_dir/apt.log" 2>/dev/null | cut -c 1-80)"
	done
}

# patiently <command>...: what it says goes to the log.
patiently() {
	local status

	tell &
	teller=$!
	"$@" >>"$probe_dir/apt.log" 2>&1
	status=$?
	kill "$teller" 2>/dev/null
	wait "$teller" 2>/dev/null
	teller=
	return $status
}

install() {
	local as_root=()
	if [ "$(id -u)" != 0 ]; then
		have sudo && sudo -n true 2>/dev/null || return 1
		as_root=(sudo -n)
	fi
	have apt-get || return 1
	if [ -z "$updated" ]; then
		updated=yes
		patiently "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq update
	fi
	patiently "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		--no-install-recommends install "$@"
}

# What the answer depends on, where dpkg tells when a package comes or goes; else nothing.
depends_on() {
	[ -e /var/lib/dpkg/status ] || return 0
	echo "$CC $CLANG ${LD:-ld} $PATH"
	stat -Lc '%n %y %s' scripts/setup.sh /var/lib/dpkg/status \
		"$(command -v "$CC")" "$(command -v "$CLANG")" 2>/dev/null
}

# Compilers that are tried out take seconds, at the beginning of each command.
readonly remembered=build/set-up.${AFL:-0}${THREADS:-0}${MEASURE:-0}${PAGES:-0}${KERNEL:+k}
before=$(depends_on)
[ -z "$before" ] || [ "$before" != "$(cat "$remembered" 2>/dev/null)" ] || exit 0

updated=
# Twice more after the first: what clang lacks shows only when clang is there.
for turn in 1 2 3 last; do
	packages=$(missing | tr ' ' '\n' | sort -u | tr '\n' ' ')
	packages=${packages% }
	[ -n "$packages" ] && [ $turn != last ] || break
	echo "setup: installing $packages"
	# shellcheck disable=SC2086 # one word per package
	if ! install $packages; then
		[ -s "$probe_dir/apt.log" ] && tail -n 3 "$probe_dir/apt.log" >&2
		break
	fi
	echo "setup: installed $packages"
done
if [ -z "$packages" ]; then
	[ "${THREADS:-0}" = 0 ] || prefer_new_tsan
	[ "${PAGES:-0}" = 0 ] || prefer_chromium
	{ mkdir -p build && depends_on >"$remembered"; } 2>/dev/null
	exit 0
fi
echo "setup: please install: $packages (Debian and Ubuntu: apt install $packages)" >&2
exit 1
