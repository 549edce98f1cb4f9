# SPDX-License-Identifier: GPL-2.0-only
# Programs that one variant alone has, and what is made for engines: the mutator as a library,
# seeds as bytes. (Those that every variant has are in rules.mk.)

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
# with hooks that count its accesses. (Without debug information: Debian 12's valgrind cannot read all
# that clang says of a program.)
overhead_src := $(wildcard fuzz/native/*.c fuzz/overhead/*.c)
$(B)/overhead/native: $(call core_objects,native) $(call objects,clang,$(overhead_src))
	@mkdir -p $(@D)
	$(Q)$(cc_clang) $(LDFLAGS) -Wl,--strip-debug -o $@ $^

$(B)/overhead/hooked: $(call core_objects,hooked) $(call objects,clang,$(overhead_src))
	@mkdir -p $(@D)
	$(Q)$(cc_hooked) -fsanitize=undefined -fsanitize-minimal-runtime $(LDFLAGS) -o $@ $^

# Whole traces on zones of real size, with a host that has room for that: spbfuzz lab starts it.
lab_src := $(wildcard fuzz/native/*.c fuzz/lab/*.c fuzz/lab/load/*.c \
	$(patsubst %,fuzz/tool/common/%.c,file plain) \
	$(patsubst %,fuzz/harness/%/*.c,import program text))
$(B)/lab/lab: $(call core_objects,clang) $(call objects,clang,$(lab_src))
	@mkdir -p $(@D)
	$(Q)$(link_line_clang) -o $@ $^ $(libs)

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
