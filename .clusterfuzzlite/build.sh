#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds the targets for ClusterFuzzLite and OSS-Fuzz, which say how: CC CXX CFLAGS CXXFLAGS
# LIB_FUZZING_ENGINE FUZZING_ENGINE SANITIZER ARCHITECTURE, from SRC into OUT, with room in WORK.
# docs/continuous.md tells what goes where; scripts/run oss-fuzz tries it all out.
#
# What it needs beside that image is in the Dockerfile. Beside each target lie <target>_seed_corpus.zip, <target>.dict and <target>.options.
#
# RACE_CLANG (clang) compiles the core of the targets whose schedules count memory accesses, with
# flags of its own: wrappers drop them, and what counts must not depend on a sanitizer.
set -eu
: "${FUZZING_ENGINE:=libfuzzer}" "${SANITIZER:=address}" "${ARCHITECTURE:=x86_64}"
: "${CC:=clang}" "${CXX:=clang++}" "${CFLAGS=}" "${CXXFLAGS=}" "${RACE_CLANG:=clang}"
: "${LIB_FUZZING_ENGINE=-fsanitize=fuzzer}"

die() {
	echo "build.sh: $*" >&2
	exit 1
}

for folder in SRC OUT WORK; do
	[ -d "${!folder:-}" ] || die "$folder= names no folder"
done
case $ARCHITECTURE in
x86_64 | aarch64) ;;
*) die "ARCHITECTURE=$ARCHITECTURE: addresses of the arena take 64 bits" ;;
esac
case $FUZZING_ENGINE in
libfuzzer | afl | none) ;;
*) die "FUZZING_ENGINE=$FUZZING_ENGINE: there are libfuzzer, afl and none" ;;
esac
case $SANITIZER in
address | undefined | coverage | none) ;;
*) die "SANITIZER=$SANITIZER: there are address, undefined, coverage and none" ;;
esac

# In the image this is $SRC/build.sh.
root=$SRC/spbfuzz
[ -e "$root/fuzz/targets.def" ] || root=$(dirname "$0")/..
cd "$root"
mkdir -p "$WORK/spbfuzz"
scratch=$WORK/spbfuzz

# Does this compiler tell each load and store?
cat >"$scratch/probe.c" <<'PROBE'
int probe(int *p) { return *p ? ++*p : 0; }
PROBE
if ! "$RACE_CLANG" -O2 -fsanitize-coverage=trace-loads,trace-stores,inline-8bit-counters,pc-table \
	-c -o "$scratch/probe.o" "$scratch/probe.c" ||
	! grep -q __sanitizer_cov_load4 "$scratch/probe.o" ||
	! grep -q __sanitizer_cov_store4 "$scratch/probe.o"; then
	die "$RACE_CLANG ($("$RACE_CLANG" --version | head -n 1)) does not report memory accesses with" \
		"-fsanitize-coverage=trace-loads,trace-stores, which the targets race and walk are" \
		"made for: RACE_CLANG= names one that does (clang 14 to 19 do)"
fi

# A program without an engine has the main() of ours, unless there is one.
if [ "$FUZZING_ENGINE" = none ] && { [ -z "$LIB_FUZZING_ENGINE" ] ||
	[ "${LIB_FUZZING_ENGINE#/}" != "$LIB_FUZZING_ENGINE" ] && [ ! -e "$LIB_FUZZING_ENGINE" ]; }; then
	LIB_FUZZING_ENGINE=$scratch/$SANITIZER-none/oss/fuzz/harness/target/standalone.o
	own_main=$LIB_FUZZING_ENGINE
fi
# Which sources AFL++ counts; libFuzzer's are in make/variants.mk.
[ "$FUZZING_ENGINE" != afl ] || export AFL_QUIET=1 AFL_LLVM_ALLOWLIST="$PWD/scripts/afl-counted"
export FUZZING_ENGINE SANITIZER CC CXX CFLAGS CXXFLAGS LIB_FUZZING_ENGINE RACE_CLANG

targets=$(sed -n 's/^TARGET(\([a-z_]*\)[,)].*/\1/p' fuzz/targets.def | grep -v '^empty$')
made=$scratch/$SANITIZER-$FUZZING_ENGINE
quiet=(make --no-print-directory -s -j"$(nproc)")
# shellcheck disable=SC2086 # one word per target
"${quiet[@]}" WERROR= B="$made" ${own_main:-} $(printf "$made/oss/%s " $targets)

# What assembles the seeds runs here and now: no sanitizer, no engine.
env -u CFLAGS -u CXXFLAGS -u LDFLAGS -u FUZZING_ENGINE CC="$RACE_CLANG" \
	"${quiet[@]}" WERROR= B="$scratch/host" "$scratch/host/programs/made"

for target in $targets; do
	cp "$made/oss/$target" "$OUT/"
	[ ! -s "dict/$target.dict" ] || cp "dict/$target.dict" "$OUT/"
	# Programs beyond that size cost ten times more, and reach nothing else.
	printf '[libfuzzer]\nmax_len = 4096\nuse_value_profile = 0\n' >"$OUT/$target.options"
	[ ! -s "dict/$target.dict" ] || echo "dict = $target.dict" >>"$OUT/$target.options"
	find "corpus/$target" "crashes/$target" "$scratch/host/programs/$target" -type f \
		! -name '.*' ! -name '*.md' ! -name 'crash-*' -print0 2>/dev/null |
		xargs -0 -x -s 1000000 python3 -m zipfile -c "$OUT/${target}_seed_corpus.zip"
done
