// SPDX-License-Identifier: GPL-2.0-only
/* The tree's mm/cma.c; its areas become usable by an initcall. */
#include KB_SOURCE

#include "fuzz/kernel/glue/glue.h"

void kb_inside_cma_init(void)
{
	cma_init_reserved_areas();
}

extern struct cma *kb_cma;

KB_PLAIN bool kb_cma_area(uint32_t *start, uint32_t *pages, uint32_t *taken)
{
	unsigned long bit;

	if (!kb_cma)
		return false;
	*start = kb_cma->base_pfn;
	*pages = kb_cma->count;
	*taken = 0;
	for (bit = 0; bit < kb_cma->count; bit++)
		*taken += kb_cma->bitmap[bit / BITS_PER_LONG] >> bit % BITS_PER_LONG & 1;
	return true;
}
