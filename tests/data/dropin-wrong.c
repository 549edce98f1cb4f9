// SPDX-License-Identifier: GPL-2.0-only
/*
 * A drop-in that is wrong on purpose: it looks for free pages at orders that the retry
 * will not ask for (order and above instead of below), forgets the other non-movable list,
 * and does not count movable content. The oracle must say "relax-model".
 */
static bool spb_tainted_can_serve_smaller(struct zone *zone, unsigned int order, int migratetype)
{
	struct superpageblock *sb;
	unsigned long flags;
	unsigned int o;
	int full;
	bool found = false;

	if (order == 0)
		return false;

	spin_lock_irqsave(&zone->lock, flags);
	for (full = 0; full < __NR_SB_FULLNESS && !found; full++) {
		list_for_each_entry(sb, &zone->spb_lists[SB_TAINTED][full], list) {
			for (o = order; o <= MAX_PAGE_ORDER; o++)
				if (!list_empty(&sb->free_area[o].free_list[migratetype]))
					found = true;
		}
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return found;
}
