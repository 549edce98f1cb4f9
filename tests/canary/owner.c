// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mistake of an owner who keeps using a freed page. owner.c is included for its
 * content array, in place of its own object.
 */
#include "tests/canary/canary.h"

#include "fuzz/harness/owner/owner.c"

static void set_owner(uint32_t pfn, uint32_t owner)
{
	(void)pfn;
	(void)owner;
}

/* After it was freed, or in the next program, when a finding has ended its own. */
static void use_page(bool free)
{
	static const struct allocator_ops ops = { .set_owner = set_owner };
	/* Accesses at a constant index of a global are not checked. */
	volatile uint32_t index = 0;
	volatile struct content *kept;
	struct extent extent;

	this_run->ops = &ops;
	owner_begin(64, 128, 3);
	owner_take(1, 64, 0);
	kept = &content[index];
	kept->index = 0;
	if (free)
		owner_drop(64, &extent);
	else
		owner_begin(64, 128, 3);
	kept->index = 1;
}

void canary_use_after_free(void)
{
	use_page(true);
}

void canary_use_after_finding(void)
{
	use_page(false);
}
