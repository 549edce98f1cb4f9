// SPDX-License-Identifier: GPL-2.0-only
/* Masks that callers really pass, by kind, and what is changed about them. */
#include "fuzz/mutator/write.h"
#include "spb/gfp.h"

#define NO_SLEEP(mask) ((mask) & ~__GFP_DIRECT_RECLAIM)
#define SHAPES 7

static const uint32_t shapes[NR_SHAPE_KINDS][SHAPES] = {
	[SHAPE_MOVABLE] = {
		GFP_HIGHUSER_MOVABLE, GFP_HIGHUSER_MOVABLE, GFP_KERNEL | __GFP_MOVABLE,
		__GFP_MOVABLE, GFP_TRANSHUGE_LIGHT, GFP_TRANSHUGE, GFP_NOIO | __GFP_MOVABLE,
	},
	[SHAPE_UNMOVABLE] = {
		GFP_KERNEL, GFP_KERNEL, GFP_NOWAIT, __GFP_NOMEMALLOC, GFP_USER,
		GFP_KERNEL_ACCOUNT, GFP_NOIO,
	},
	[SHAPE_RECLAIMABLE] = {
		GFP_KERNEL | __GFP_RECLAIMABLE, GFP_NOFS | __GFP_RECLAIMABLE,
		GFP_NOWAIT | __GFP_RECLAIMABLE, __GFP_NOMEMALLOC | __GFP_RECLAIMABLE,
		GFP_ATOMIC | __GFP_RECLAIMABLE, GFP_KERNEL_ACCOUNT | __GFP_RECLAIMABLE,
		GFP_NOIO | __GFP_RECLAIMABLE,
	},
	[SHAPE_ATOMIC] = {
		GFP_ATOMIC, GFP_ATOMIC | __GFP_MOVABLE, GFP_NOWAIT, GFP_ATOMIC | __GFP_MEMALLOC,
		GFP_ATOMIC | __GFP_RECLAIMABLE, GFP_ATOMIC | __GFP_NOWARN | __GFP_NOMEMALLOC,
		GFP_NOWAIT | __GFP_MOVABLE,
	},
	[SHAPE_OPTIONAL] = {
		NO_SLEEP(GFP_KERNEL) | __GFP_NOWARN,               /* kvmalloc, vmalloc */
		NO_SLEEP(GFP_KERNEL) | __GFP_NOWARN | __GFP_NORETRY,
		GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY,
		GFP_NOWAIT | __GFP_COMP | __GFP_NOMEMALLOC,        /* networking fragments */
		NO_SLEEP(GFP_KERNEL) | __GFP_NORETRY | __GFP_RECLAIMABLE,
		GFP_TRANSHUGE_LIGHT & ~(__GFP_HIGHMEM | __GFP_MOVABLE),
		GFP_NOIO | __GFP_NOWARN | __GFP_NORETRY,           /* block layer, mempools */
	},
	[SHAPE_DETERMINED] = {
		GFP_KERNEL | __GFP_RETRY_MAYFAIL, GFP_KERNEL | __GFP_NOFAIL,
		GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_RECLAIMABLE,
		GFP_KERNEL | __GFP_MEMALLOC, GFP_NOFS | __GFP_NOFAIL,
		GFP_HIGHUSER_MOVABLE | __GFP_RETRY_MAYFAIL, GFP_NOIO | __GFP_NOFAIL,
	},
};

/* What callers add for reasons of their own. */
static const uint32_t modifiers[] = {
	__GFP_DMA32, __GFP_THISNODE, __GFP_HIGHMEM, __GFP_NORETRY, __GFP_NOMEMALLOC,
	__GFP_HIGH, __GFP_COMP, __GFP_ZERO, __GFP_MEMALLOC, __GFP_NOFAIL, __GFP_RECLAIMABLE,
	__GFP_MOVABLE, __GFP_DIRECT_RECLAIM, __GFP_KSWAPD_RECLAIM, __GFP_WRITE, __GFP_ACCOUNT,
};

#define NR_MODIFIERS (sizeof(modifiers) / sizeof(modifiers[0]))

uint32_t shape_gfp(struct random *random, enum shape_kind kind)
{
	uint32_t gfp = shapes[kind][random_below(random, SHAPES)];

	while (random_one_in(random, 6))
		gfp ^= modifiers[random_below(random, NR_MODIFIERS)];
	if (random_one_in(random, 64))
		gfp ^= 1u << random_below(random, 24);
	return gfp;
}

uint32_t shape_any(struct random *random)
{
	return shape_gfp(random, (enum shape_kind)random_below(random, NR_SHAPE_KINDS));
}
