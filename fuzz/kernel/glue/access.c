// SPDX-License-Identifier: GPL-2.0-only
/* What the compiler calls before each load and store of the tree's objects, if asked to. */
#include "fuzz/kernel/glue/glue.h"

unsigned int kb_data_races[NR_CPUS];
bool kb_alone;

bool kb_hooked(void)
{
	return IS_ENABLED(KB_HOOKED);
}

#ifdef KB_HOOKED

extern char __start_kb_data[], __stop_kb_data[], __start_kb_bss[], __stop_kb_bss[];

static bool within(unsigned long at, const char *start, const char *end)
{
	return at - (unsigned long)start < (unsigned long)(end - start);
}

/* The state of the tree's objects: not stacks, and not what the glue has of its own. */
static bool is_state(unsigned long at)
{
	if (at >= KB_MEMORY_MAP)
		return at < KB_STATE_END;
	return within(at, __start_kb_given, __stop_kb_given) ||
	       within(at, __start_kb_bss, __stop_kb_bss) ||
	       within(at, __start_kb_data, __stop_kb_data);
}

static __always_inline void tell(const volatile void *at, unsigned long size, bool write,
				 enum kb_access kind, const void *pc)
{
	if (!kb_host.access || kb_booting || kb_alone || !is_state((unsigned long)at))
		return;
	if (!kind && kb_data_races[kb_cpu])
		kind = KB_MARKED;
	kb_host.access((const void *)at, size, write, kind, pc, !signals_enabled);
}

void kb_access(const volatile void *at, unsigned long size, int write, int kind)
{
	tell(at, size, write, kind, __builtin_return_address(0));
}

#define HOOKS(bytes) \
	void __sanitizer_cov_load##bytes(void *at); \
	void __sanitizer_cov_load##bytes(void *at) \
	{ \
		tell(at, bytes, false, KB_PLAIN_ACCESS, __builtin_return_address(0)); \
	} \
	void __sanitizer_cov_store##bytes(void *at); \
	void __sanitizer_cov_store##bytes(void *at) \
	{ \
		tell(at, bytes, true, KB_PLAIN_ACCESS, __builtin_return_address(0)); \
	}
HOOKS(1)
HOOKS(2)
HOOKS(4)
HOOKS(8)
HOOKS(16)

#endif
