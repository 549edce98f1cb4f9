/* SPDX-License-Identifier: GPL-2.0-only */
/* The healthy state that the tests of the oracles start from, and its parts. */
#ifndef TESTS_HEALTHY_H
#define TESTS_HEALTHY_H

#include "tests/fixture.h"

/*
 * Superpageblock 0 tainted, 1 clean, 2 and 3 empty. One block of 0 is free, and of order 2:
 * nothing free is larger there.
 */
#define TAINTED 0
#define CLEAN 1
#define EMPTY 2

static inline void healthy(void)
{
	fx_small(4);
	fx_draw(TAINTED, "UU.. RR.. M... ....");
	fx_draw(CLEAN, "M-.. .... .... ....");
	fx_after_op();
	fx_full();
}

static inline struct superpageblock *tainted(void)
{
	return fx_spb(TAINTED);
}

static inline struct pageblock_data *block(unsigned int spb, unsigned int n)
{
	return &this_core()->pageblock_map[spb * (FX_SPB / FX_BLOCK) + n];
}

static inline struct page *page(unsigned int spb, unsigned int n)
{
	return pfn_to_page(FX_PFN(spb, n));
}

#endif
