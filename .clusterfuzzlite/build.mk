# SPDX-License-Identifier: GPL-2.0-only
# For .clusterfuzzlite/build.sh, in whose environment all of the options are: of ours it has what
# is counted, as in the other engines. The hooked core takes none of them but those of a profile.
cc_oss := $(CC)
ld_oss := $(CXX) $(CXXFLAGS)
bytes_oss := $(LIB_FUZZING_ENGINE)
engine_oss = $(LIB_FUZZING_ENGINE) $(if $(filter none,$(FUZZING_ENGINE)),,$(SHARED)/oss/fuzz/mutator/engines/libfuzzer.o)
uncovered_oss := $(if $(filter libfuzzer,$(FUZZING_ENGINE)),-fno-sanitize=fuzzer-no-link)
ifneq ($(SANITIZER),undefined)
core_hooked := $(filter-out -fsanitize=undefined -fno-sanitize-recover=all -fsanitize-minimal-runtime,$(core_hooked))
endif
profile := $(filter -fprofile-instr-generate -fcoverage-mapping,$(CFLAGS))
$(core_src:%.c=$(SHARED)/hooked/%.o): private override CFLAGS := $(profile)
