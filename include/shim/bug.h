/* SPDX-License-Identifier: GPL-2.0-only */
/* BUG and WARN of the kernel, the core's own refusal of a bad call, canaries of planted bugs. */
#ifndef SHIM_BUG_H
#define SHIM_BUG_H

#include "shim/shim.h"

#define BUG() shim_bug("BUG", __func__, __LINE__)
#define BUG_ON(cond)                                              \
	do {                                                      \
		if (unlikely(cond))                               \
			shim_bug(#cond, __func__, __LINE__);      \
	} while (0)
#define VM_BUG_ON(cond) BUG_ON(cond)

/* A warning of a posted function: as fatal as a BUG here, since the state is wrong. */
#define WARN_ON(cond)                                             \
	({                                                        \
		bool _warn = !!(cond);                            \
		if (unlikely(_warn))                              \
			shim_bug(#cond, __func__, __LINE__);      \
		_warn;                                            \
	})
#define WARN_ON_ONCE(cond) WARN_ON(cond)
#define VM_WARN_ON(cond) ((void)WARN_ON(cond))
#define VM_WARN_ON_ONCE(cond) ((void)WARN_ON(cond))

/**
 * bad_call - report a broken contract if there is one
 * @cond: the contract is broken
 * @rule: its name, of enum spb_rule
 *
 * Return: @cond; the caller returns at once when it is true.
 */
#define bad_call(cond, rule)                       \
	({                                         \
		bool _bad = !!(cond);              \
		if (unlikely(_bad))                \
			shim_bad_call(rule);       \
		_bad;                              \
	})

/**
 * SPB_CANARY - mark the place of a planted bug (bugs/)
 * @cond: the bug makes a difference now
 *
 * Return: @cond, so that the bug can hang on it. Counted in builds with a planted bug only.
 */
#ifdef SPB_BUG
void shim_canary(bool triggered);
#define SPB_CANARY(cond)                   \
	({                                 \
		bool _hit = !!(cond);      \
		shim_canary(_hit);         \
		_hit;                      \
	})
#else
#define SPB_CANARY(cond) (!!(cond))
#endif

#endif
