# SPDX-License-Identifier: GPL-2.0-only
# The variants of a build: for each its compiler, its options, and which objects it shares with another.
# A new variant is a word in variants and its lines here; rules.mk makes the rest of that.

variants := gcc gcc-O0 clang native asan fuzz plain afl afl-cmplog cov hooked race race-asan threads $(if $(FUZZING_ENGINE),oss)
# Most objects of a drop-in build are elsewhere, so no rule for them makes its folders.
made := $(if $(dropin_folder),$(shell mkdir -p $(patsubst %,$(B)/%/tests,$(variants) race-ucontext)))

sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

cc_gcc := $(CC)
cc_gcc-O0 := $(CC)
cc_clang := $(CLANG)
cc_native := $(CLANG)
cc_asan := $(CLANG)
cc_fuzz := $(CLANG)
cc_plain := $(CLANG)
cc_afl := env AFL_QUIET=1 AFL_LLVM_ALLOWLIST=$(CURDIR)/scripts/afl-counted $(AFL_CLANG)
cc_afl-cmplog := $(cc_afl:env%=env AFL_LLVM_CMPLOG=1%)
cc_cov := $(CLANG)
cc_hooked := $(RACE_CLANG)
cc_race := $(CLANG)
cc_race-asan := $(CLANG)
cc_threads := $(TSAN_CLANG)

# opt: both parts; core, host: on top; link: the linker's
opt_gcc := -O2
opt_gcc-O0 := -O0
opt_clang := -O2
opt_native := -O2
opt_asan := -O2 $(sanitize)
opt_fuzz := -O2 $(sanitize)
opt_plain := -O2
opt_afl := -O2
opt_afl-cmplog := $(opt_afl)
opt_cov := -O0
opt_hooked := -O2
opt_race := -O2
opt_race-asan := -O2 $(sanitize)
opt_threads := -O2 -DSHIM_THREADS

# Conversions that change a value are findings in the core only. The engine counts edges
# of the core and of the executor: those of the oracles would drown them. Comparisons are
# not traced: no field of a record is compared with a constant worth guessing, and it
# costs a third of the speed.
coverage := -fsanitize-coverage=inline-8bit-counters,pc-table
# As a kernel has it: nothing there is for the harness.
core_native := -DSHIM_NATIVE
core_asan := -fsanitize=implicit-conversion
core_fuzz := -fsanitize=implicit-conversion $(coverage)
core_plain := $(coverage)
core_cov := -fprofile-instr-generate -fcoverage-mapping
covered_fuzz := $(coverage)
covered_plain := $(coverage)

per_access_asan := -fno-sanitize=all -DACCESS_ASAN

# Variants that differ in the core alone share the objects of everything else: those of the
# variant named here, but for the sources that are compiled in a way of their own.
others_of_native := clang
others_of_plain := clang
others_of_race := clang
others_of_fuzz := clang
others_of_race-asan := asan
covered_src := fuzz/empty.c $(patsubst %,fuzz/harness/%.c,host/host run/call run/executor run/release \
	run/request run/room)
own_plain := $(covered_src) fuzz/mutator/engines/libfuzzer.c
# An engine needs sanitizers where the core is, where it is called, and where pages are written to:
# with them everywhere it runs half as many programs. Replays have them everywhere.
own_fuzz := $(own_plain) $(patsubst %,fuzz/%.c,harness/owner/owner harness/sched/fiber \
	harness/race/hooks kernel/handout)
own_race := fuzz/tool/main.c
own_race-asan := $(own_race)

# The hooked core: one object for every engine and the replayer, with and without
# sanitizers. Loads and stores alone instrument nothing: a kind of edge must be with them.
# Undefined behaviour calls the harness, which needs no runtime. AFL's compiler would drop
# the hooks without a word, so it only links this. scripts/spb/parts/gates.py looks at the object.
core_hooked := -DSHIM_ACCESS_HOOKS -fsanitize-coverage=trace-loads,trace-stores \
	-fsanitize-coverage=inline-8bit-counters,pc-table -fno-sanitize-coverage=stack-depth \
	-fsanitize=undefined -fno-sanitize-recover=all -fsanitize-minimal-runtime
# The core alone: what the harness does is ordered by what must not order anything.
core_threads := -fsanitize=thread
core_of_race := hooked
core_of_race-asan := hooked

link_asan := $(sanitize)
link_race-asan := $(sanitize)
link_fuzz := $(sanitize)
link_cov := -fprofile-instr-generate
link_threads := -fsanitize=thread
# <target> has the mutator, <target>-bytes leaves mutation to the engine (MUTATOR=0).
bytes_fuzz := -fsanitize=fuzzer
bytes_plain := -fsanitize=fuzzer
engine_fuzz = $(bytes_fuzz) $(SHARED)/fuzz/fuzz/mutator/engines/libfuzzer.o
engine_plain = $(bytes_plain) $(SHARED)/plain/fuzz/mutator/engines/libfuzzer.o
engine_afl := -fsanitize=fuzzer
engine_afl-cmplog := -fsanitize=fuzzer

ifneq ($(FUZZING_ENGINE),)
include .clusterfuzzlite/build.mk
endif

common := -std=gnu11 -g -Wall -Wextra $(WERROR) -Iinclude -I. -ftls-model=local-exec
# The core may call nothing but the hooks of shim/shim.h, so the compiler may not either.
freestanding := -ffreestanding -fno-builtin -fno-stack-protector -U_FORTIFY_SOURCE
freestanding_gcc := -fno-tree-loop-distribute-patterns
libs := -llzma
