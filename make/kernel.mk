# SPDX-License-Identifier: GPL-2.0-only
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

%/hooked/spbfuzz-plain: %/hooked/kernel.o $(call objects,race,$(kernel_host) $(tool_src))
	$(Q)$(link_line_race) -no-pie -o $@ $^ $(libs)

# For AFL++: its compiler links what clang has compiled of the tree.
kernel_afl := alloc callers
$(foreach t,$(kernel_afl),$(eval %/afl/$(t): %/afl/kernel.o $(SHARED)/afl/engine-$(t).o \
	$(call objects,afl,$(kernel_host)); $$(Q)$$(link_line_afl) $$(engine_afl) -no-pie -o $$@ $$^ $$(libs)))
