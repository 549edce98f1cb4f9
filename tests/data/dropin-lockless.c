// SPDX-License-Identifier: GPL-2.0-only
/*
 * A drop-in that decides as ours does, but for two lines: it walks the tainted lists
 * without zone->lock, while spb_update_list() moves their entries under it. README.md shows
 * what becomes of it; make check sees that the README stays true.
 */
static bool has_buddy_below(struct superpageblock *sb, unsigned int order, int migratetype)
{
	while (order--)
		if (!list_empty(&sb->free_area[order].free_list[migratetype]))
			return true;
	return false;
}

static bool spb_tainted_can_serve_smaller(struct zone *zone, unsigned int order, int migratetype)
{
	int other = migratetype == MIGRATE_UNMOVABLE ? MIGRATE_RECLAIMABLE :
		    migratetype == MIGRATE_RECLAIMABLE ? MIGRATE_UNMOVABLE : migratetype;
	struct superpageblock *sb;
	int full;

	if (order == 0)
		return false;

	/* No spin_lock_irqsave(&zone->lock, flags) here ... */
	for (full = 0; full < __NR_SB_FULLNESS; full++) {
		list_for_each_entry(sb, &zone->spb_lists[SB_TAINTED][full], list) {
			if (sb->nr_movable || has_buddy_below(sb, order, migratetype) ||
			    has_buddy_below(sb, order, other))
				return true;
		}
	}
	/* ... and no spin_unlock_irqrestore(&zone->lock, flags) there. */
	return false;
}
