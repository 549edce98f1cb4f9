#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/aarch64.sh: the corpus gives the same trace hashes on another architecture, where
# fibers are those of ucontext. No part of make check; takes half a minute, and
#
#   apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static liblzma-dev
#
# Programs that count memory accesses run on a core that RACE_CLANG compiled for aarch64. Its
# accesses need not be those of x86-64: another result there is told, and is no failure.
#
# Not here: compressed traces (import), sanitizers, engines.
set -u
. "$(dirname "$0")/../scripts/common.sh"

readonly CROSS=aarch64-linux-gnu-gcc QEMU=qemu-aarch64-static
readonly dir=$B/aarch64
: "${RACE_CLANG:=$(command -v clang-14 || echo "$CLANG")}"

for program in $CROSS $QEMU; do
	command -v $program >/dev/null || { echo "aarch64: there is no $program; see $0" >&2; exit 2; }
done

# liblzma of this machine is of another architecture: its header, and functions that refuse.
make_lzma() {
	mkdir -p "$dir/lib/include"
	cp -r /usr/include/lzma.h /usr/include/lzma "$dir/lib/include" || return
	cat >"$dir/lib/lzma.c" <<'END'
#include <lzma.h>
lzma_ret lzma_stream_decoder(lzma_stream *stream, uint64_t limit, uint32_t flags)
{
	(void)stream, (void)limit, (void)flags;
	return LZMA_PROG_ERROR;
}
lzma_ret lzma_code(lzma_stream *stream, lzma_action action)
{
	(void)stream, (void)action;
	return LZMA_PROG_ERROR;
}
void lzma_end(lzma_stream *stream)
{
	(void)stream;
}
END
	$CROSS -O2 "-I$dir/lib/include" -c -o "$dir/lib/lzma.o" "$dir/lib/lzma.c" &&
		rm -f "$dir/lib/liblzma.a" && ar rcs "$dir/lib/liblzma.a" "$dir/lib/lzma.o"
}

build_all() {
	build "$B/gcc/spbfuzz" "$B/race/spbfuzz" && make_lzma &&
		build "B=$dir" CC=$CROSS CLANG=$CROSS \
			"RACE_CLANG=$RACE_CLANG --target=aarch64-linux-gnu" \
			"CFLAGS=-I$dir/lib/include" "LDFLAGS=-static -L$dir/lib" \
			"$dir/gcc/spbfuzz" "$dir/race/spbfuzz"
}

# compare <variant> <target>
compare() {
	local files

	files=$(git ls-files -- "corpus/$2" | grep -v '/\.\|\.md$')
	# shellcheck disable=SC2086 # names without blanks
	"$B/$1/spbfuzz" run --target "$2" --hash $files >"$dir/here" 2>&1
	# shellcheck disable=SC2086 # names without blanks
	$QEMU "$dir/$1/spbfuzz" run --target "$2" --hash $files >"$dir/there" 2>&1
	[ "$(wc -l <"$dir/here")" = "$(wc -l <<<"$files")" ] && cmp -s "$dir/here" "$dir/there"
}

status=0
build_all >"$B/aarch64.log" 2>&1 || { tail "$B/aarch64.log" >&2; exit 2; }
for target in $FUZZ_TARGETS; do
	if compare gcc "$target"; then
		echo "ok aarch64: $target: $(grep -vc '^needs' "$dir/there") programs give the same hashes"
	else
		echo "not ok aarch64: $target differs: cmp $dir/here $dir/there"
		status=1
	fi
done
for target in $RACE_TARGETS; do
	if compare race "$target"; then
		echo "ok aarch64: $target: so do those that count accesses, $(wc -l <"$dir/there") in all"
	else
		echo "other aarch64: $target: accesses of this compiler are others:" \
			"$(diff "$dir/here" "$dir/there" | grep -c '^>') programs differ"
	fi
done
exit $status
