// SPDX-License-Identifier: GPL-2.0-only
/*
 * A drop-in that decides as ours does, in the shape of a posted patch: static, own helper,
 * kernel names only. Every input must give the same trace hash with it.
 */
static bool has_free_below(struct superpageblock *sb, unsigned int order, int migratetype)
{
	unsigned int o;

	for (o = 0; o < order; o++)
		if (!list_empty(&sb->free_area[o].free_list[migratetype]))
			return true;
	return false;
}

static bool spb_tainted_can_serve_smaller(struct zone *zone, unsigned int order, int migratetype)
{
	struct superpageblock *sb;
	unsigned long flags;
	int full;
	bool served = false;

	if (order == 0)
		return false;

	spin_lock_irqsave(&zone->lock, flags);
	for (full = 0; full < __NR_SB_FULLNESS; full++) {
		list_for_each_entry(sb, &zone->spb_lists[SB_TAINTED][full], list) {
			if (sb->nr_movable > 0 || has_free_below(sb, order, migratetype))
				served = true;
			else if (migratetype == MIGRATE_UNMOVABLE)
				served = has_free_below(sb, order, MIGRATE_RECLAIMABLE);
			else if (migratetype == MIGRATE_RECLAIMABLE)
				served = has_free_below(sb, order, MIGRATE_UNMOVABLE);
			if (served)
				goto out;
		}
	}
out:
	spin_unlock_irqrestore(&zone->lock, flags);
	return served;
}
