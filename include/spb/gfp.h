/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gfp flags and allocation flags. Bit positions of the gfp flags are those of
 * Linux 6.18 without KASAN_HW_TAGS, so that a mask in a trace means the same here.
 */
#ifndef SPB_GFP_H
#define SPB_GFP_H

#include "shim/types.h"

#define __GFP_DMA BIT(0)
#define __GFP_HIGHMEM BIT(1)
#define __GFP_DMA32 BIT(2)
#define __GFP_MOVABLE BIT(3)
#define __GFP_RECLAIMABLE BIT(4)
#define __GFP_HIGH BIT(5)
#define __GFP_IO BIT(6)
#define __GFP_FS BIT(7)
#define __GFP_ZERO BIT(8)
/* bit 9 is unused */
#define __GFP_DIRECT_RECLAIM BIT(10)
#define __GFP_KSWAPD_RECLAIM BIT(11)
#define __GFP_WRITE BIT(12)
#define __GFP_NOWARN BIT(13)
#define __GFP_RETRY_MAYFAIL BIT(14)
#define __GFP_NOFAIL BIT(15)
#define __GFP_NORETRY BIT(16)
#define __GFP_MEMALLOC BIT(17)
#define __GFP_COMP BIT(18)
#define __GFP_NOMEMALLOC BIT(19)
#define __GFP_HARDWALL BIT(20)
#define __GFP_THISNODE BIT(21)
#define __GFP_ACCOUNT BIT(22)
#define __GFP_ZEROTAGS BIT(23)

#define __GFP_BITS_MASK (BIT(24) - 1 - BIT(9))

#define __GFP_RECLAIM (__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)
#define GFP_ATOMIC (__GFP_HIGH | __GFP_KSWAPD_RECLAIM)
#define GFP_KERNEL (__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_KERNEL_ACCOUNT (GFP_KERNEL | __GFP_ACCOUNT)
#define GFP_NOWAIT (__GFP_KSWAPD_RECLAIM | __GFP_NOWARN)
#define GFP_NOIO (__GFP_RECLAIM)
#define GFP_NOFS (__GFP_RECLAIM | __GFP_IO)
#define GFP_USER (__GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HARDWALL)
#define GFP_DMA __GFP_DMA
#define GFP_DMA32 __GFP_DMA32
#define GFP_HIGHUSER (GFP_USER | __GFP_HIGHMEM)
#define GFP_HIGHUSER_MOVABLE (GFP_HIGHUSER | __GFP_MOVABLE)
#define GFP_TRANSHUGE_LIGHT \
	((GFP_HIGHUSER_MOVABLE | __GFP_COMP | __GFP_NOMEMALLOC | __GFP_NOWARN) & ~__GFP_RECLAIM)
#define GFP_TRANSHUGE (GFP_TRANSHUGE_LIGHT | __GFP_DIRECT_RECLAIM)

#define GFP_MOVABLE_MASK (__GFP_RECLAIMABLE | __GFP_MOVABLE)
#define GFP_ZONEMASK (__GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32 | __GFP_MOVABLE)

/* Orders above this one are asked for out of habit rather than need. */
#define PAGE_ALLOC_COSTLY_ORDER 3

/* Allocation flags: the lowest two bits choose the watermark. */
#define ALLOC_WMARK_MIN 0x0U
#define ALLOC_WMARK_LOW 0x1U
#define ALLOC_WMARK_HIGH 0x2U
#define ALLOC_WMARK_MASK 0x3U
#define ALLOC_NO_WATERMARKS 0x4U
#define ALLOC_NON_BLOCK 0x10U
#define ALLOC_MIN_RESERVE 0x20U
#define ALLOC_CMA 0x80U
#define ALLOC_NOFRAGMENT 0x100U
#define ALLOC_HIGHATOMIC 0x200U
#define ALLOC_KSWAPD 0x800U
/* The search may relabel pageblocks of tainted superpageblocks despite NOFRAGMENT. */
#define ALLOC_NOFRAG_TAINTED_OK 0x1000U
/* The caller has a cheap fallback: do not fragment for it. */
#define ALLOC_HIGHORDER_OPTIONAL 0x2000U

#define ALLOC_RESERVES (ALLOC_NON_BLOCK | ALLOC_MIN_RESERVE | ALLOC_HIGHATOMIC)

#endif
