// SPDX-License-Identifier: GPL-2.0-only
/* A drop-in that is wrong: it takes every zone for one without superpageblocks. */
u32 spb_alloc_contig(struct zone *zone)
{
	BUG_ON(zone->nr_superpageblocks);
	return SPB_NO_SPB;
}
