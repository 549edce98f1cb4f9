# SPDX-License-Identifier: GPL-2.0-only
# How an object is compiled and a program is linked, once for each variant of variants.mk.

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
		$$(call objects,$(1),$$(filter-out %/main.c,$$(tool_src)) $$(lab_tested)) \
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
