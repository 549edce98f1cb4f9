// SPDX-License-Identifier: GPL-2.0-only
/*
 * A drop-in for a function that several files of the core call, static as a posted one may
 * be. It decides as ours does: every input must give the same trace hash.
 */
static inline u16 spb_tainted_reserve(const struct superpageblock *sb)
{
	const struct spb_tunables *t = &this_core()->tunables;

	return max_t(u16, t->reserve_min, sb->total_pageblocks / t->reserve_divisor);
}
