# SPDX-License-Identifier: GPL-2.0-only
# `make help` lists what there is to do. Everything that is made goes below build/:
# one folder per variant (a compiler with its options), scratch data in build/work.
# How, make/*.mk say: variants.mk with which options, rules.mk by which rules; here is what of, and
# what people type.

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
mutator_src := $(wildcard fuzz/mutator/*.c fuzz/mutator/meet/*.c) fuzz/mutator/engines/afl.c
# What has a main() or a target of its own in it.
alone_src := fuzz/harness/target/engine.c fuzz/harness/target/standalone.c
host_src := $(filter-out $(alone_src),$(wildcard fuzz/harness/*/*.c fuzz/harness/*/*/*.c)) $(targets:%=fuzz/%.c) \
	$(mutator_src)
tool_src := $(wildcard fuzz/tool/*.c fuzz/tool/*/*.c)
test_src := $(wildcard tests/test_*.c)
# Of the laboratory, what calls nothing.
lab_tested := $(patsubst %,fuzz/lab/%.c,books load/load load/trace)
test_common := $(filter-out $(test_src),$(wildcard tests/*.c))
exhaustive_src := $(wildcard fuzz/explore/exhaustive/*.c fuzz/explore/pool/*.c fuzz/explore/calls/*.c)
schedules_src := $(wildcard fuzz/explore/schedules/*.c fuzz/explore/pool/*.c fuzz/explore/calls/*.c)
# With real threads in place of the scheduler, its locks and its race detector.
threads_src := $(filter-out $(patsubst %,fuzz/harness/%.c,host/access host/lock race/hooks race/places race/racedetect sched/fiber \
	sched/sched sched/sched_picture sched/sched_plan sched/sched_policy sched/sched_task target/observers),$(host_src)) $(wildcard fuzz/threads/*.c) fuzz/tool/common/file.c \
	fuzz/tool/common/plain.c
# Of the harness, what is not about superpageblocks; and what stands between it and a kernel.
second_host := $(filter-out $(foreach f,spb check/percpu check/spb check/chooser check/work model refusal,fuzz/harness/$(f)/%) \
	fuzz/harness/target/observers.c,$(host_src))
kernel_host := $(filter-out fuzz/harness/host/arena.c fuzz/harness/host/arena_side.c,$(second_host)) \
	$(wildcard $(foreach f,. contig policy race,fuzz/kernel/$(f)/*.c))
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

include make/variants.mk
include make/rules.mk
include make/programs.mk
include make/kernel.mk

# ---- what people type -------------------------------------------------------

export SPBFUZZ_STRICT := $(STRICT)
export SPBFUZZ_RACES := $(RACES)
export SPBFUZZ_RULES := $(RULES)
export SPBFUZZ_KNOWN := $(KNOWN)
export SPBFUZZ_CHOOSER := $(CHOOSER)
JOBS := $(or $(JOBS),$(shell nproc))
# Given on the command line or in the environment, compilers and options are exported anyway.
export B DROPIN BUG $(foreach v,$(variables),$(firstword $(subst =, ,$(v))))
export FUZZ_TARGETS := $(fuzz_targets)
export RACE_TARGETS := $(race_targets)
# Scripts start make themselves: they must not inherit this one's job server.
unexport MAKEFLAGS MFLAGS

.PHONY: $(commands) help docs setup clean FORCE
# The set-up comes when it is known that what was asked for makes sense, which takes Python.
$(commands):
	@command -v python3 >/dev/null || scripts/setup.sh
	@SET_UP=1 scripts/run $@

help:
	@scripts/run help

# There is a folder of that name, so without this line make says that there is nothing to do.
docs:
	@echo "nothing is made: the documents are in docs/, architecture.md is where to begin, results/ has what was measured"

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
	$(B)/gcc/exhaustive $(B)/asan/exhaustive $(B)/race/schedules $(B)/overhead/native $(B)/overhead/hooked $(B)/lab/lab \
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
