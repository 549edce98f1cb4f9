# SPDX-License-Identifier: GPL-2.0-only
# `make help` lists what there is to do. Everything that is made goes below build/:
# one folder per variant (a compiler with its options), scratch data in build/work.

ifeq ($(origin CC),default)
CC := gcc
endif
CLANG ?= clang
AFL_CLANG ?= afl-clang-fast
# Accesses are the compiler's: one compiler and level for every build that counts them.
RACE_CLANG ?= $(firstword $(shell command -v clang-14 2>/dev/null) $(CLANG))
# For ThreadSanitizer: that of 18 and later starts where the kernel spreads addresses widely.
TSAN_CLANG ?= $(firstword $(shell command -v clang-19 clang-20 clang-21 clang-18 2>/dev/null) $(CLANG))
CFLAGS ?=
LDFLAGS ?=
WERROR ?= -Werror
# The other variables, as NAME=default: make passes them on and has no use for most of them.
variables := $(shell sed -n 's/^\([A-Z_]*\) *| *\([^ |]*\) *| *\(verdict\|search\|run\) .*/\1=\2/p' scripts/variables.def)
$(foreach v,$(variables),$(eval $(subst =, ?= ,$(v))))
DROPIN ?=
BUG ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
Q := $(if $(filter 1,$(V)),,@)

# ---- what there is to build -------------------------------------------------

# "name" or "name:accesses", as fuzz/targets.def has them.
target_lines := $(shell sed -n 's/^TARGET(\([a-z_]*\))$$/\1/p; s/^TARGET(\([a-z_]*\), *accesses)$$/\1:accesses/p' fuzz/targets.def)
targets := $(target_lines:%:accesses=%)
fuzz_targets := $(filter-out empty,$(targets))
race_targets := $(patsubst %:accesses,%,$(filter %:accesses,$(target_lines)))

core_src := $(wildcard core/*.c)
mutator_src := $(wildcard fuzz/mutator/*.c) fuzz/mutator/engines/afl.c
# What has a main() or a target of its own in it.
alone_src := fuzz/harness/target/engine.c fuzz/harness/target/standalone.c
host_src := $(filter-out $(alone_src),$(wildcard fuzz/harness/*/*.c fuzz/harness/*/*/*.c)) $(targets:%=fuzz/%.c) \
	$(mutator_src)
tool_src := $(wildcard fuzz/tool/*.c fuzz/tool/*/*.c)
test_src := $(wildcard tests/test_*.c)
test_common := $(filter-out $(test_src),$(wildcard tests/*.c))
exhaustive_src := $(wildcard fuzz/explore/exhaustive/*.c fuzz/explore/pool/*.c fuzz/explore/calls/*.c)
schedules_src := $(wildcard fuzz/explore/schedules/*.c fuzz/explore/pool/*.c fuzz/explore/calls/*.c)
# With real threads in place of the scheduler, its locks and its race detector.
threads_src := $(filter-out $(patsubst %,fuzz/harness/%.c,host/access host/lock race/hooks race/places race/racedetect sched/fiber \
	sched/sched sched/sched_plan sched/sched_policy target/observers),$(host_src)) $(wildcard fuzz/threads/*.c) fuzz/tool/common/file.c \
	fuzz/tool/common/plain.c
# Of the harness, what is not about superpageblocks; and what stands between it and a kernel.
second_host := $(filter-out $(foreach f,spb check/spb model refusal,fuzz/harness/$(f)/%) \
	fuzz/harness/target/observers.c,$(host_src))
kernel_host := $(filter-out fuzz/harness/host/arena.c fuzz/harness/host/arena_side.c,$(second_host)) \
	$(wildcard fuzz/kernel/*.c fuzz/kernel/policy/*.c fuzz/kernel/race/*.c)
kernel_fake := $(wildcard tests/kernel/fake*.c)

# scripts/commands.def has what each of them does.
commands := $(shell sed -n 's/^\([a-z-]*\) *|[^|]*|[^|]*| *[^ ].*/\1/p' scripts/commands.def)

# A build is in B, and the objects in it that no drop-in changes are in SHARED, which is
# the plain build. A drop-in build has a folder named after the paths and contents of the files.
SHARED := $(if $(filter command,$(origin B)),$(B),build)
ifeq ($(strip $(DROPIN)),)
B := $(SHARED)
else
ifneq ($(strip $(BUG)),)
$(error DROPIN and BUG exclude each other: a bug is planted into our own core. Put it into the drop-in)
endif
dropin_folder := $(shell PYTHONPYCACHEPREFIX=build/pycache PYTHONPATH=scripts python3 -m spb.ctext.dropin '$(subst ','\'',$(DROPIN))')
ifeq ($(dropin_folder),)
$(error DROPIN=$(DROPIN) cannot be used; docs/dropin.md says how)
endif
B := $(dropin_folder)
include $(dropin_folder)/dropin.mk
endif

# ---- variants ---------------------------------------------------------------

variants := gcc gcc-O0 clang asan fuzz plain afl afl-cmplog cov hooked race race-asan threads $(if $(FUZZING_ENGINE),oss)
# Most objects of a drop-in build are elsewhere, so no rule for them makes its folders.
made := $(if $(dropin_folder),$(shell mkdir -p $(patsubst %,$(B)/%/tests,$(variants) race-ucontext)))

sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

cc_gcc := $(CC)
cc_gcc-O0 := $(CC)
cc_clang := $(CLANG)
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
core_asan := -fsanitize=implicit-conversion
core_fuzz := -fsanitize=implicit-conversion $(coverage)
core_plain := $(coverage)
core_cov := -fprofile-instr-generate -fcoverage-mapping
covered_fuzz := $(coverage)
covered_plain := $(coverage)

per_access_asan := -fno-sanitize=all -DACCESS_ASAN

# Variants that differ in the core alone share the objects of everything else: those of the
# variant named here, but for the sources that are compiled in a way of their own.
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

# ---- rules, one set per variant ---------------------------------------------

# $(call objects,variant,sources)
objects = $(patsubst %.c,$(SHARED)/$(1)/%.o,$(filter $(own_$(1)),$(2))) \
	$(patsubst %.c,$(SHARED)/$(or $(others_of_$(1)),$(1))/%.o,$(filter-out $(own_$(1)),$(2)))
core_variant = $(or $(core_of_$(1)),$(1))
core_objects = $(patsubst core/%.c,$(SHARED)/$(core_variant)/core/%.o,$(filter-out $(dropin_core:%=core/%.c),$(core_src))) \
	$(dropin_core:%=$(B)/$(core_variant)/core/%.o)
host_objects = $(call objects,$(1),$(host_src))
# What reads traces is for the tool, and needs a library.
engine_objects = $(call objects,$(1),$(filter-out fuzz/harness/import/%,$(host_src)))

# $(call engine_rules,variant,variant of the core,targets)
define engine_rules
$$(patsubst %,$$(B)/$(1)/%,$(3)): $$(B)/$(1)/%: $$(SHARED)/$(1)/engine-%.o \
		$$(call core_objects,$(2)) $$(call engine_objects,$(1))
	$$(Q)$$(link_line_$(1)) $$(engine_$(1)) -o $$@ $$(filter-out %/libfuzzer.o,$$^)

$$(patsubst %,$$(B)/$(1)/%-bytes,$(3)): $$(B)/$(1)/%-bytes: $$(SHARED)/$(1)/engine-%.o \
		$$(call core_objects,$(2)) $$(call engine_objects,$(1))
	$$(Q)$$(link_line_$(1)) $$(bytes_$(1)) -o $$@ $$^
endef

define variant_rules
compile_$(1) = $$(cc_$(1)) $$(common) $$(opt_$(1)) -MMD -MP
link_line_$(1) = $$(or $$(ld_$(1)),$$(cc_$(1))) $$(link_$(1)) -Wl,-T,fuzz/state.ld $$(LDFLAGS)

# Objects follow a change of flags, too. (Two makes at once must not share a temporary file. With +
# this is done by make -n as well, which would take all that follows for stale.)
$$(SHARED)/$(1)/flags: FORCE
	@+mkdir -p $$(@D)
	@+echo '$$(compile_$(1)) $$(own_$(1)) $$(others_of_$(1)) $$(core_$(1)) $$(freestanding)' \
		'$$(link_line_$(1)) $$(CFLAGS)' >$$@.new.$$$$$$$$; \
		if cmp -s $$@.new.$$$$$$$$ $$@; then rm $$@.new.$$$$$$$$; else mv $$@.new.$$$$$$$$ $$@; fi

$$(SHARED)/$(1)/core/%.o: core/%.c $$(SHARED)/$(1)/flags
	@mkdir -p $$(@D)
	$$(Q)$$(compile_$(1)) $$(core_$(1)) $$(freestanding) $$(freestanding_$$(cc_$(1))) $$(CFLAGS) \
		-c -o $$@ $$<

# A copy of a core file with a drop-in. (AFL++ counts the user's functions as well.)
$$(dropin_core:%=$$(B)/$(1)/core/%.o): $$(B)/$(1)/core/%.o: $$(dropin_folder)/core/%.c $$(dropin_folder)/dropin.mk \
		$$(SHARED)/$(1)/flags
	@mkdir -p $$(@D)
	$$(Q)$$(subst $$(CURDIR)/scripts/,$$(CURDIR)/$$(dropin_folder)/,$$(compile_$(1))) $$(core_$(1)) $$(freestanding) \
		$$(freestanding_$$(cc_$(1))) $$(CFLAGS) $$(dropin_flags) -c -o $$@ $$<

# (libFuzzer does not run a target without any edge.)
$$(covered_src:%.c=$$(SHARED)/$(1)/%.o): private CFLAGS += $$(covered_$(1))
$$(covered_src:%.c=$$(SHARED)/$(1)/%.o): private uncovered_$(1) :=
# What runs for each access of the core checks its one bound itself.
$$(SHARED)/$(1)/fuzz/harness/race/hooks.o $$(SHARED)/$(1)/fuzz/harness/race/racedetect.o \
		$$(SHARED)/$(1)/fuzz/kernel/race/access.o: private CFLAGS += $$(per_access_$(1))

$$(SHARED)/$(1)/%.o: %.c $$(SHARED)/$(1)/flags
	@mkdir -p $$(@D)
	$$(Q)$$(compile_$(1)) $$(CFLAGS) $$(uncovered_$(1)) -c -o $$@ $$<

# What spbfuzz export writes is bytes of the program.
$$(patsubst %,$$(SHARED)/$(1)/fuzz/tool/export/%.o,page source): $$(wildcard fuzz/tool/export/*.*)
# (It names the borders of the counters, and has none itself: the compiler would have others.)
$$(SHARED)/$(1)/engine-%.o: fuzz/harness/target/engine.c $$(SHARED)/$(1)/flags
	@mkdir -p $$(@D)
	$$(Q)$$(compile_$(1)) $$(CFLAGS) $$(uncovered_$(1)) -DTARGET=$$* -c -o $$@ $$<

# The whole core as one object, for the gates.
$$(B)/$(1)/core.o: $$(call core_objects,$(1))
	$$(Q)$$(LD) -r -o $$@ $$^

$$(B)/$(1)/spbfuzz: $$(call core_objects,$(1)) $$(call host_objects,$(1)) \
		$$(call objects,$(1),$$(tool_src))
	$$(Q)$$(link_line_$(1)) -o $$@ $$^ $$(libs)

$$(B)/$(1)/exhaustive: $$(call core_objects,$(1)) $$(call host_objects,$(1)) \
		$$(call objects,$(1),$$(exhaustive_src))
	$$(Q)$$(link_line_$(1)) -o $$@ $$^ $$(libs) -lm

$$(B)/$(1)/schedules: $$(call core_objects,$(1)) $$(call host_objects,$(1)) \
		$$(call objects,$(1),$$(schedules_src) $$(filter-out %/main.c,$$(tool_src)))
	$$(Q)$$(link_line_$(1)) -o $$@ $$^ $$(libs)

$$(B)/$(1)/threads: $$(call core_objects,$(1)) $$(call objects,$(1),$$(threads_src))
	$$(Q)$$(link_line_$(1)) -o $$@ $$^ $$(libs)

# Every tests/test_*.c is a function of one program, since each link takes a second.
$$(B)/$(1)/unit: $$(call objects,$(1),$$(test_src) $$(test_common)) \
		$$(call objects,$(1),$$(filter-out %/main.c,$$(tool_src))) \
		$$(call core_objects,$(1)) $$(call host_objects,$(1))
	$$(Q)$$(link_line_$(1)) -o $$@ $$^ -lcmocka $$(libs)

$$(test_src:%.c=$$(SHARED)/$(1)/%.o): private CFLAGS += -Dmain=$$(*F)
# Each test runs once: compilers would take ten times as long to make that faster.
$$(patsubst %.c,$$(SHARED)/$(1)/%.o,$$(test_src) $$(wildcard tests/kernel/test_*.c)): private CFLAGS += -O0
$$(SHARED)/$(1)/tests/main.o: private CFLAGS += -I$$(SHARED)
$$(SHARED)/$(1)/tests/main.o: $$(SHARED)/units.def

# Of the kernel's adapter, on a double of a kernel.
$$(B)/$(1)/kernel-unit: $$(call objects,$(1),$$(kernel_host) $$(kernel_fake) $$(wildcard tests/kernel/test_*.c))
	$$(Q)$$(link_line_$(1)) -o $$@ $$^ -lcmocka $$(libs)

# Its owner.o includes the harness's own.
$$(B)/$(1)/canary: $$(SHARED)/$(1)/core/canary.o $$(call core_objects,$(1)) \
		$$(filter-out %/owner/owner.o,$$(call host_objects,$(1))) \
		$$(call objects,$(1),$$(wildcard tests/canary/main.c tests/canary/owner.c))
	$$(Q)$$(link_line_$(1)) -o $$@ $$^ $$(libs)

# Compiled exactly as the core is.
$$(SHARED)/$(1)/core/canary.o: tests/canary/core.c $$(SHARED)/$(1)/flags
	@mkdir -p $$(@D)
	$$(Q)$$(compile_$(1)) $$(core_$(1)) $$(freestanding) $$(CFLAGS) -c -o $$@ $$<

$(call engine_rules,$(1),$(1),$(filter-out $(race_targets),$(targets)))
$(call engine_rules,$(1),hooked,$(race_targets))

$$(race_targets:%=$$(SHARED)/$(1)/engine-%.o): private CFLAGS += -DACCESS_EXPECTED
$$(if $$(filter hooked,$$(core_of_$(1))),$$(SHARED)/$(1)/fuzz/tool/main.o): private CFLAGS += -DACCESS_EXPECTED

engines_$(1) := $$(targets:%=$$(B)/$(1)/%)
endef
$(foreach v,$(variants),$(eval $(call variant_rules,$(v))))
.SECONDARY:

# Which headers an object was made of: thousands of small files, for goals that build something.
ifneq ($(filter-out $(commands) help setup clean build-dir print-% build-lines-% objects-%,$(or $(MAKECMDGOALS),help)),)
-include $(shell find $(sort $(foreach v,$(variants),$(SHARED)/$(v) $(B)/$(v))) -name '*.d' 2>/dev/null)
endif

$(SHARED)/units.def: FORCE
	@+mkdir -p $(@D)
	@+echo '$(patsubst tests/%.c,UNIT(%),$(test_src))' >$@.new.$$$$; \
		if cmp -s $@.new.$$$$ $@; then rm $@.new.$$$$; else mv $@.new.$$$$ $@; fi

# The replayer for races with the portable switch of stacks: everything else is the same.
$(SHARED)/race-ucontext/fiber.o: fuzz/harness/sched/fiber.c $(SHARED)/race/flags
	@mkdir -p $(@D)
	$(Q)$(compile_race) -DFIBER_UCONTEXT $(CFLAGS) -c -o $@ $<

$(B)/race-ucontext/spbfuzz: $(call core_objects,race) $(SHARED)/race-ucontext/fiber.o \
		$(filter-out %/sched/fiber.o,$(call host_objects,race)) \
		$(call objects,race,$(tool_src))
	$(Q)$(link_line_race) -o $@ $^ $(libs)

# The second allocator: all of the harness but what is about superpageblocks, from the same objects.
second_core := $(compile_hooked:-MMD -MP=) $(core_hooked) $(freestanding) $(CFLAGS) -c -o

$(B)/second/good.o: tests/second/buddy.c tests/second/buddy.h $(SHARED)/hooked/flags
	@mkdir -p $(@D)
	$(Q)$(second_core) $@ $<

# It merges with a buddy of any order.
$(B)/second/bad.o: tests/second/buddy.c tests/second/buddy.h $(SHARED)/hooked/flags
	@mkdir -p $(@D)
	$(Q)sed 's/ && page_of(core, buddy)->order == order;/;/' $< >$(@D)/bad.c
	$(Q)$(second_core) $@ $(@D)/bad.c

$(B)/second/spbfuzz-%: $(B)/second/%.o $(call objects,race,$(second_host) tests/second/adapter.c $(tool_src))
	$(Q)$(link_line_race) -o $@ $^ $(libs)

$(B)/second/alloc-%: $(SHARED)/plain/engine-alloc.o $(B)/second/%.o \
		$(call objects,plain,$(second_host) tests/second/adapter.c fuzz/mutator/engines/libfuzzer.c)
	$(Q)$(link_line_plain) $(bytes_plain) -o $@ $^ $(libs)

$(B)/second/race-%: $(SHARED)/plain/engine-race.o $(B)/second/%.o \
		$(call objects,plain,$(second_host) tests/second/adapter.c fuzz/mutator/engines/libfuzzer.c)
	$(Q)$(link_line_plain) $(bytes_plain) -o $@ $^ $(libs)

# What calls of the core cost, beside a host that does nothing: as it is compiled for a kernel, and
# with hooks that count its accesses. (Stripped: Debian 12's valgrind cannot read all that clang says of
# a program.)
overhead_src := $(wildcard fuzz/overhead/*.c)
$(B)/overhead/native: $(call core_objects,clang) $(call objects,clang,$(overhead_src))
	@mkdir -p $(@D)
	$(Q)$(cc_clang) $(LDFLAGS) -s -o $@ $^

$(B)/overhead/hooked: $(call core_objects,hooked) $(call objects,clang,$(overhead_src))
	@mkdir -p $(@D)
	$(Q)$(cc_hooked) -fsanitize=undefined -fsanitize-minimal-runtime $(LDFLAGS) -o $@ $^

# A kernel tree's page allocator in place of core/: what KERNEL_OBJECT names was linked out of the
# tree (scripts/spb/kernel/), what is made of it lies beside it. It is not position-independent.
$(B)/kernel/fake/spbfuzz: $(call objects,gcc,$(kernel_host) $(kernel_fake) $(tool_src))
	@mkdir -p $(@D)
	$(Q)$(link_line_gcc) -o $@ $^ $(libs)

$(B)/kernel/fake/alloc: $(SHARED)/plain/engine-alloc.o \
		$(call objects,plain,$(kernel_host) $(kernel_fake) fuzz/mutator/engines/libfuzzer.c)
	@mkdir -p $(@D)
	$(Q)$(link_line_plain) $(bytes_plain) -o $@ $^ $(libs)

# $(call kernel_rules,folder,variant of the replayer,targets)
define kernel_rules
$(1)spbfuzz: $(1)kernel.o $$(call objects,$(2),$$(kernel_host) $$(tool_src))
	$$(Q)$$(link_line_$(2)) -no-pie -o $$@ $$^ $$(libs)

$$(patsubst %,$(1)%,$(3)): $(1)%: $$(SHARED)/fuzz/engine-%.o $(1)kernel.o \
		$$(call objects,fuzz,$$(kernel_host) fuzz/mutator/engines/libfuzzer.c)
	$$(Q)$$(link_line_fuzz) $$(bytes_fuzz) -no-pie -o $$@ $$^ $$(libs)

$$(patsubst %,$(1)%-bytes,$(3)): $(1)%-bytes: $$(SHARED)/fuzz/engine-%.o $(1)kernel.o \
		$$(call objects,fuzz,$$(kernel_host))
	$$(Q)$$(link_line_fuzz) $$(bytes_fuzz) -no-pie -o $$@ $$^ $$(libs)
endef
# Schedules that count accesses are of the object with hooks.
$(foreach o,$(filter-out %/hooked/kernel.o,$(KERNEL_OBJECT)),$(eval $(call kernel_rules,$(dir $(o)),asan,alloc callers)))
$(foreach o,$(filter %/hooked/kernel.o,$(KERNEL_OBJECT)),$(eval $(call kernel_rules,$(dir $(o)),race-asan,race)))

# The same without sanitizers and coverage, to measure.
%/plain/spbfuzz: %/plain/kernel.o $(call objects,clang,$(kernel_host) $(tool_src))
	$(Q)$(link_line_clang) -no-pie -o $@ $^ $(libs)

# For AFL++: its compiler links what clang has compiled of the tree.
kernel_afl := alloc callers
$(foreach t,$(kernel_afl),$(eval %/afl/$(t): %/afl/kernel.o $(SHARED)/afl/engine-$(t).o \
	$(call objects,afl,$(kernel_host)); $$(Q)$$(link_line_afl) $$(engine_afl) -no-pie -o $$@ $$^ $$(libs)))

# Races on a core without hooks: scripts/spb/parts/gates.py sees them refuse to run.
$(B)/race-unhooked/spbfuzz: $(call core_objects,clang) $(call host_objects,race) \
		$(call objects,race,$(tool_src))
	@mkdir -p $(@D)
	$(Q)$(link_line_race) -o $@ $^ $(libs)

$(B)/race-unhooked/race: $(SHARED)/fuzz/engine-race.o $(call core_objects,clang) \
		$(call host_objects,fuzz)
	@mkdir -p $(@D)
	$(Q)$(link_line_fuzz) $(bytes_fuzz) -o $@ $^ $(libs)

$(targets:%=$(B)/fuzz/%): $(SHARED)/fuzz/fuzz/mutator/engines/libfuzzer.o
$(targets:%=$(B)/plain/%): $(SHARED)/plain/fuzz/mutator/engines/libfuzzer.o
$(targets:%=$(B)/oss/%): $(SHARED)/oss/fuzz/mutator/engines/libfuzzer.o

# The mutator as a library for AFL++. It runs in afl-fuzz, which has no sanitizer.
library_src := $(mutator_src) $(patsubst %,fuzz/harness/program/%.c,program operations fields geometry)
$(B)/afl/mutator.so: $(library_src:%.c=$(SHARED)/pic/%.o)
	$(Q)$(CC) -shared $(LDFLAGS) -o $@ $^

$(SHARED)/pic/%.o: %.c $(SHARED)/gcc/flags
	@mkdir -p $(@D) $(B)/afl
	$(Q)$(CC) $(filter-out -ftls-model=local-exec,$(common)) -O2 -fPIC -MMD -MP $(CFLAGS) -c -o $@ $<
-include $(library_src:%.c=$(SHARED)/pic/%.d)

# The text programs of seeds/ as bytes, whole or not at all. What assembles them links little:
# most builds have no spbfuzz.
seed_texts := $(wildcard seeds/*/*.spbt)
assemble_src := fuzz/seeds/assemble.c $(wildcard fuzz/harness/program/*.c fuzz/harness/text/*.c)
$(SHARED)/gcc/assemble: $(call objects,gcc,$(assemble_src))
	$(Q)$(link_line_gcc) -o $@ $^

$(SHARED)/programs/made: $(SHARED)/gcc/assemble $(seed_texts) $(patsubst %/,%,$(wildcard seeds/*/))
	@rm -rf $(@D) $(@D).new
	$(Q)$(foreach t,$(fuzz_targets),mkdir -p $(@D).new/$(t) && $< $(@D).new/$(t) $(wildcard seeds/$(t)/*.spbt) &&) \
		touch $(@D).new/made && mv $(@D).new $(@D)

# ---- what people type -------------------------------------------------------

export SPBFUZZ_STRICT := $(STRICT)
export SPBFUZZ_RACES := $(RACES)
export SPBFUZZ_RULES := $(RULES)
export SPBFUZZ_KNOWN := $(KNOWN)
JOBS := $(or $(JOBS),$(shell nproc))
# Given on the command line or in the environment, compilers and options are exported anyway.
export B DROPIN BUG $(foreach v,$(variables),$(firstword $(subst =, ,$(v))))
export FUZZ_TARGETS := $(fuzz_targets)
export RACE_TARGETS := $(race_targets)
# Scripts start make themselves: they must not inherit this one's job server.
unexport MAKEFLAGS MFLAGS

.PHONY: $(commands) help setup clean FORCE
# The set-up comes when it is known that what was asked for makes sense, which takes Python.
$(commands):
	@command -v python3 >/dev/null || scripts/setup.sh
	@SET_UP=1 scripts/run $@

help:
	@scripts/run help

setup:
	@scripts/setup.sh

clean:
	rm -rf build

# For scripts: everything of one variant.
.PHONY: seeds
seeds: $(SHARED)/programs/made
.PHONY: build-dir build-check build-afl-cmplog build-fuzz build-plain build-afl build-cov build-bench
build-dir:
	@echo $(B)
print-environment:
	@env
print-tsan-clang:
	@echo $(TSAN_CLANG)
# How a core file and a host file are compiled, and a program is linked.
build-lines-%:
	@echo "core_line='$(compile_$*) $(core_$*) $(freestanding) $(freestanding_$(cc_$*)) $(CFLAGS)'"
	@echo "host_line='$(compile_$*) $(CFLAGS)'"
	@echo "link_line='$(link_line_$*)' engine_words='$(or $(if $(filter 0,$(MUTATOR)),$(bytes_$*)),$(engine_$*))' libs='$(libs)'"
	@echo "core_files='$(core_src:.c=)'"
	@echo "host_objects='$(call objects,$*,$(or $($*_src),$(host_src)))'"
	@echo "engine_objects='$(call engine_objects,$*)'"
	@echo "tool_objects='$(call objects,$*,$(tool_src))'"
objects-%:
	@echo $(call objects,$*,$(SOURCES))
build-check: $(B)/kernel/fake/spbfuzz $(foreach v,gcc asan,$(B)/$(v)/unit $(B)/$(v)/kernel-unit) $(B)/asan/canary \
	$(B)/gcc/exhaustive $(B)/asan/exhaustive $(B)/race/schedules $(B)/overhead/native $(B)/overhead/hooked \
	$(foreach v,gcc gcc-O0 clang asan race race-asan race-ucontext,$(B)/$(v)/spbfuzz) \
	$(foreach v,gcc clang hooked,$(B)/$(v)/core.o) $(B)/threads/threads \
	$(B)/race-unhooked/spbfuzz $(B)/race-unhooked/race $(B)/plain/spbfuzz $(engines_plain) $(engines_fuzz)
bytes_suffix := $(if $(filter 0,$(MUTATOR)),-bytes)
build-fuzz: $(fuzz_targets:%=$(B)/fuzz/%$(bytes_suffix)) $(B)/asan/spbfuzz $(B)/race-asan/spbfuzz
# Without sanitizers: four times as many executions in the same time.
build-plain: $(fuzz_targets:%=$(B)/plain/%$(bytes_suffix)) $(B)/asan/spbfuzz $(B)/race-asan/spbfuzz
build-afl-cmplog: $(fuzz_targets:%=$(B)/afl-cmplog/%)
build-afl: $(fuzz_targets:%=$(B)/afl/%) $(B)/afl/mutator.so $(B)/asan/spbfuzz $(B)/race-asan/spbfuzz
build-cov: $(B)/cov/spbfuzz
build-bench: $(foreach v,clang asan race race-asan,$(B)/$(v)/spbfuzz)
