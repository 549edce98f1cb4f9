// SPDX-License-Identifier: GPL-2.0-only
/*
 * The buddy lists: splitting, merging, and where merging ends: at superpageblock and zone
 * borders, at holes, at labels that may not mix.
 */
#include "tests/fixture.h"

/* Buddies of a superpageblock by order, all lists together: "0 2 0 0 1". */
static void assert_buddies(unsigned int spb, unsigned int o0, unsigned int o1, unsigned int o2,
			   unsigned int o3, unsigned int o4)
{
	const unsigned int want[] = { o0, o1, o2, o3, o4 };

	for (unsigned int order = 0; order <= 4; order++)
		assert_int_equal(fx_spb(spb)->free_area[order].nr_free, want[order]);
}

static void assert_on_list(uint32_t pfn, unsigned int order, int mt)
{
	const struct page *page = pfn_to_page(pfn);
	struct superpageblock *sb = pfn_to_superpageblock(page_zone(page), pfn);
	const struct page *entry;

	assert_true(page->flags & PG_buddy);
	assert_int_equal(page_order(page), order);
	list_for_each_entry(entry, &sb->free_area[order].free_list[mt], buddy_list)
		if (entry == page)
			return;
	fail_msg("page %u is not on the list of type %d", pfn, mt);
}

TEST(a_fresh_superpageblock_is_one_buddy)
{
	fx_small(2);
	assert_buddies(0, 0, 0, 0, 0, 1);
	assert_on_list(FX_PFN(0, 0), 4, MIGRATE_MOVABLE);
	assert_int_equal(fx_spb(0)->nr_free, 4);
	assert_int_equal(fx_spb(0)->nr_free_pages, 16);
	assert_int_equal(fx_zone()->nr_free_pages, 32);
	fx_finish();
}

/* |M.......|........|  one page leaves a buddy of each order below */
TEST(splitting_leaves_the_upper_halves)
{
	fx_small(2);
	assert_int_equal(fx_search(0, MIGRATE_MOVABLE, 0), FX_PFN(0, 0));
	assert_spb(0, "M... .... .... ....");
	assert_buddies(0, 1, 1, 1, 1, 0);
	for (unsigned int order = 0; order < 4; order++)
		assert_on_list(FX_PFN(0, 1u << order), order, MIGRATE_MOVABLE);
	assert_int_equal(fx_spb(0)->nr_free, 3);
	assert_int_equal(fx_spb(0)->nr_free_pages, 15);
	fx_finish();
}

TEST(freeing_merges_all_the_way)
{
	uint32_t a, b;

	fx_small(2);
	a = fx_search(0, MIGRATE_MOVABLE, 0);
	b = fx_search(0, MIGRATE_MOVABLE, 0);
	fx_free(a);
	assert_buddies(0, 1, 1, 1, 1, 0);
	assert_int_equal(fx_spb(0)->nr_free, 3);
	fx_free(b);
	assert_buddies(0, 0, 0, 0, 0, 1);
	assert_spb(0, ".... .... .... ....");
	assert_int_equal(fx_spb(0)->nr_free, 4);
	fx_finish();
}

TEST(a_used_buddy_stops_merging)
{
	fx_small(2);
	fx_draw(0, "MM.. .... .... ....");
	fx_free(FX_PFN(0, 1));
	assert_spb(0, "M... .... .... ....");
	assert_on_list(FX_PFN(0, 1), 0, MIGRATE_MOVABLE);
	assert_on_list(FX_PFN(0, 2), 1, MIGRATE_MOVABLE);
	fx_finish();
}

TEST(equal_pages_are_not_buddies_unless_aligned)
{
	fx_small(2);
	fx_draw(0, "MMMM MMMM MMMM MMMM");
	fx_free(FX_PFN(0, 1));
	fx_free(FX_PFN(0, 2));
	assert_buddies(0, 2, 0, 0, 0, 0);
	fx_free(FX_PFN(0, 0));
	assert_buddies(0, 1, 1, 0, 0, 0);
	fx_finish();
}

/* Two superpageblocks that are each one buddy of the largest order but one. */
TEST(never_across_a_superpageblock_border)
{
	struct spb_config config = fx_config(2);

	config.max_order = 5;
	fx_start(&config);
	fx_draw(0, "M");
	fx_free(FX_PFN(0, 0));
	assert_on_list(FX_PFN(0, 0), 4, MIGRATE_MOVABLE);
	assert_on_list(FX_PFN(1, 0), 4, MIGRATE_MOVABLE);
	assert_int_equal(fx_zone()->area[5].nr_free, 0);
	fx_finish();
}

/* Superpageblocks of three pageblocks: |0 1 2|3 4 5|, pageblocks 2 and 3 are aligned buddies. */
TEST(odd_superpageblocks_end_inside_alignment)
{
	struct spb_config config = fx_config(0);

	config.pageblocks_per_spb = 3;
	config.max_order = 5;
	config.zones[0][ZONE_NORMAL] = (struct spb_zone_config){ 96, 24 };
	fx_start(&config);
	assert_on_list(96, 3, MIGRATE_MOVABLE);
	assert_on_list(104, 2, MIGRATE_MOVABLE);
	assert_on_list(108, 2, MIGRATE_MOVABLE);
	assert_on_list(112, 3, MIGRATE_MOVABLE);
	fx_draw(0, ".... .... M---");
	fx_free(104);
	assert_on_list(104, 2, MIGRATE_MOVABLE);
	assert_int_equal(fx_spb(0)->nr_free, 3);
	fx_finish();
}

TEST(never_across_a_zone_border)
{
	struct spb_config config = fx_config(1);

	config.max_order = 5;
	config.zones[0][ZONE_DMA32] = (struct spb_zone_config){ 32, 32 };
	config.zones[0][ZONE_NORMAL] = (struct spb_zone_config){ 64, 32 };
	config.pageblocks_per_spb = 16;
	fx_start(&config);
	assert_on_list(32, 5, MIGRATE_MOVABLE);
	assert_on_list(64, 5, MIGRATE_MOVABLE);
	fx_finish();
}

/* The zone starts at the third page of a pageblock and ends after the first of another. */
TEST(clipped_pageblocks_are_never_all_free)
{
	struct spb_config config = fx_config(0);

	config.zones[0][ZONE_NORMAL] = (struct spb_zone_config){ 66, 27 };
	fx_start(&config);
	assert_spb(0, "xx.. .... .... ....");
	assert_spb(1, ".... .... .... .xxx");
	assert_int_equal(fx_spb(0)->nr_free, 3);
	assert_int_equal(fx_spb(0)->total_pageblocks, 4);
	assert_on_list(66, 1, MIGRATE_MOVABLE);
	assert_on_list(92, 0, MIGRATE_MOVABLE);
	assert_int_equal(fx_zone()->managed_pages, 27);
	assert_false(pfn_to_pageblock(66)->flags & PB_all_free);
	assert_true(pfn_to_pageblock(66)->flags & PB_partial);
	fx_draw(0, "xxM. .... .... ....");
	fx_free(66);
	assert_int_equal(fx_spb(0)->nr_free, 3);
	assert_spb(0, "M+M:xx.. .... .... ....");
	fx_finish();
}

TEST(holes_and_reserved_pages_stay_out)
{
	struct spb_config config = fx_config(2);

	config.nr_ranges = 2;
	config.ranges[0] = (struct spb_range){ FX_PFN(0, 4), 4, SPB_RANGE_RESERVED };
	config.ranges[1] = (struct spb_range){ FX_PFN(1, 6), 3, SPB_RANGE_HOLE };
	fx_start(&config);
	assert_spb(0, ".... xxxx .... ....");
	assert_spb(1, ".... ..xx x... ....");
	assert_int_equal(fx_spb(0)->nr_reserved, 1);
	assert_int_equal(fx_spb(0)->nr_free, 3);
	assert_int_equal(fx_spb(1)->nr_reserved, 0);
	assert_int_equal(fx_spb(1)->nr_free, 2);
	assert_int_equal(fx_zone()->managed_pages, 32 - 7);
	assert_true(pfn_to_pageblock(FX_PFN(0, 4))->flags & PB_reserved);
	assert_true(pfn_to_pageblock(FX_PFN(1, 4))->flags & PB_partial);
	fx_finish();
}

/* The merged buddy takes the label of the page that was freed. */
TEST(labels_follow_the_freed_page)
{
	fx_small(2);
	fx_draw(0, "U--- R:.... U... ....");
	assert_on_list(FX_PFN(0, 4), 2, MIGRATE_RECLAIMABLE);
	fx_free(FX_PFN(0, 0));
	assert_on_list(FX_PFN(0, 0), 3, MIGRATE_UNMOVABLE);
	assert_spb(0, "U:.... U:.... U... ....");
	assert_int_equal(fx_count(SPB_EV_RELABEL), 1);
	fx_finish();
}

TEST(reserved_labels_do_not_merge)
{
	fx_small(2);
	fx_draw(0, "U--- H:.... U... ....");
	fx_free(FX_PFN(0, 0));
	assert_on_list(FX_PFN(0, 0), 2, MIGRATE_UNMOVABLE);
	assert_on_list(FX_PFN(0, 4), 2, MIGRATE_HIGHATOMIC);
}

TEST(below_pageblock_size_the_label_does_not_matter)
{
	fx_small(2);
	fx_draw(0, "UR.. .... .... ....");
	fx_free(FX_PFN(0, 1));
	assert_on_list(FX_PFN(0, 1), 0, MIGRATE_UNMOVABLE);
	fx_free(FX_PFN(0, 0));
	assert_spb(0, ".... .... .... ....");
	fx_finish();
}

/* A buddy of four pageblocks given out as a whole, split by its owner, freed in parts. */
TEST(multi_pageblock_buddies)
{
	uint32_t pfn;

	fx_small(2);
	pfn = fx_search(4, MIGRATE_MOVABLE, 0);
	assert_int_equal(pfn, FX_PFN(0, 0));
	assert_spb(0, "M--- ---- ---- ----");
	assert_int_equal(fx_spb(0)->nr_movable, 4);
	assert_int_equal(fx_spb(0)->nr_free, 0);
	fx_free(pfn);
	assert_spb(0, ".... .... .... ....");
	assert_buddies(0, 0, 0, 0, 0, 1);
	fx_finish();
}

/* A pageblock of a larger allocation was relabelled meanwhile: each goes to its own list. */
TEST(a_large_free_looks_at_every_label)
{
	unsigned long flags;
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, ".... .... U... ....");
	pfn = fx_search(3, MIGRATE_MOVABLE, 0);
	assert_int_equal(pfn, FX_PFN(1, 0));
	spin_lock_irqsave(&fx_zone()->lock, flags);
	set_pageblock_migratetype(pfn + FX_BLOCK, MIGRATE_RECLAIMABLE);
	spin_unlock_irqrestore(&fx_zone()->lock, flags);
	fx_free(pfn);
	/* Equal enough to merge again, under the label of the part that was freed last. */
	assert_on_list(pfn, 4, MIGRATE_RECLAIMABLE);
	assert_int_equal(fx_spb(1)->nr_free, 4);
}

TEST(split_pages_are_allocations_of_their_own)
{
	uint32_t pfn;
	struct extent extent;

	fx_small(2);
	pfn = fx_search(3, MIGRATE_RECLAIMABLE, 0);
	assert_true(owner_drop(pfn, &extent));
	assert_int_equal(split_page(pfn_to_page(pfn), 3, 1), 0);
	assert_spb(0, "R-R- R-R- R:.... R:....");
	for (uint32_t i = 0; i < 8; i += 2) {
		assert_int_equal(pfn_to_page(pfn + i)->refcount, 1);
		assert_int_equal(page_type(pfn_to_page(pfn + i)), MIGRATE_RECLAIMABLE);
		owner_take(0, pfn + i, 1);
	}
	fx_free(pfn + 2);
	assert_spb(0, "R-.. R-R- R:.... R:....");
	fx_finish();
}

TEST(a_referenced_page_is_not_split)
{
	uint32_t pfn;
	unsigned long flags;

	fx_small(2);
	pfn = fx_search(2, MIGRATE_MOVABLE, 0);
	spin_lock_irqsave(&fx_zone()->lock, flags);
	assert_true(get_page_unless_free(pfn_to_page(pfn)));
	spin_unlock_irqrestore(&fx_zone()->lock, flags);
	assert_int_equal(split_page(pfn_to_page(pfn), 2, 0), -EBUSY);
	/* The owner lets go; the page is free when the last reference is. */
	fx_free(pfn);
	assert_spb(0, "M--- .... .... ....");
	spin_lock_irqsave(&fx_zone()->lock, flags);
	assert_false(get_page_unless_free(pfn_to_page(pfn)));
	spin_unlock_irqrestore(&fx_zone()->lock, flags);
	put_page(pfn_to_page(pfn));
	assert_spb(0, ".... .... .... ....");
	fx_finish();
}

TEST(configurations_that_cannot_be_built)
{
	struct spb_config good = fx_config(2), c;

#define REFUSED(change)                                         \
	do {                                                    \
		c = good;                                       \
		change;                                         \
		assert_non_null(spb_config_check(&c));          \
		assert_int_equal(spb_arena_size(&c), 0);        \
		assert_int_equal(spb_core_init(NULL, &c), -EINVAL); \
	} while (0)

	assert_null(spb_config_check(&good));
	REFUSED(c.block_order = 0);
	REFUSED(c.block_order = 5);
	REFUSED(c.max_order = MAX_PAGE_ORDER + 1);
	REFUSED(c.pageblocks_per_spb = 0);
	REFUSED(c.nr_nodes = 0);
	REFUSED(c.nr_nodes = MAX_NUMNODES + 1);
	REFUSED(c.nr_cpus = 0);
	REFUSED(c.nr_cpus = SPB_MAX_CPUS + 1);
	REFUSED(c.nr_ranges = SPB_MAX_RANGES + 1);
	REFUSED(c.tunables.reserve_divisor = 0);
	REFUSED(c.zones[0][ZONE_NORMAL].nr_pages = 0);
	REFUSED(c.zones[0][ZONE_NORMAL].nr_pages = 1u << 30);
	REFUSED(c.zones[0][ZONE_NORMAL].start_pfn = ~0u);
	REFUSED((c.zones[0][ZONE_DMA32] = (struct spb_zone_config){ 60, 5 }));
	REFUSED((c.zones[0][ZONE_MOVABLE] = (struct spb_zone_config){ 95, 8 }));
	REFUSED((c.pageblocks_per_spb = 1, c.zones[0][ZONE_NORMAL].nr_pages = 4u * 0xffff));
#undef REFUSED
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_fresh_superpageblock_is_one_buddy),
		T(splitting_leaves_the_upper_halves),
		T(freeing_merges_all_the_way),
		T(a_used_buddy_stops_merging),
		T(equal_pages_are_not_buddies_unless_aligned),
		T(never_across_a_superpageblock_border),
		T(odd_superpageblocks_end_inside_alignment),
		T(never_across_a_zone_border),
		T(clipped_pageblocks_are_never_all_free),
		T(holes_and_reserved_pages_stay_out),
		T(labels_follow_the_freed_page),
		T(reserved_labels_do_not_merge),
		T(below_pageblock_size_the_label_does_not_matter),
		T(multi_pageblock_buddies),
		T(a_large_free_looks_at_every_label),
		T(split_pages_are_allocations_of_their_own),
		T(a_referenced_page_is_not_split),
		T(configurations_that_cannot_be_built),
	};

	return RUN(tests);
}
