// SPDX-License-Identifier: GPL-2.0-only
/* The tree's mm/cma.c; its areas become usable by an initcall. */
#include KB_SOURCE

#include "fuzz/kernel/glue/glue.h"

void kb_inside_cma_init(void)
{
	cma_init_reserved_areas();
}
