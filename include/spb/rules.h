/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contracts of the allocator's calls. A call that breaks one is refused before any
 * state has changed, and reported through shim_bad_call() under the rule's name. A call
 * that breaks several is reported under the first of them in the order of contracts.def.
 */
#ifndef SPB_RULES_H
#define SPB_RULES_H

enum spb_rule {
	SPB_RULE_NONE,
#define SPB_CONTRACT(id, name, text) SPB_RULE_##id,
#include "spb/contracts.def"
#undef SPB_CONTRACT
	NR_SPB_RULES,
};

#endif
