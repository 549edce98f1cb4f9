// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every oracle fires: one field, bit or link of a healthy allocator is made wrong by hand,
 * and the rule that names it must be the first finding. Nothing may be found in the healthy
 * state. Rules about events are in test_policy.c.
 */
#include "tests/healthy.h"

#include "fuzz/harness/check/oracle.h"
#include "fuzz/harness/run/executor.h"

static void touch(const void *p)
{
	shim_touch(p);
}

static void touch_spb(unsigned int spb)
{
	touch(fx_spb(spb));
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		touch(&fx_spb(spb)->free_area[order]);
}

/* --- counters, bits and labels: found after the operation --- */

#define BREAK_COUNTER(field)                      \
	static void break_##field(void)           \
	{                                         \
		tainted()->field++;               \
		touch(tainted());                 \
	}

BREAK_COUNTER(total_pageblocks)
BREAK_COUNTER(nr_reserved)
BREAK_COUNTER(nr_free)
BREAK_COUNTER(nr_unmovable)
BREAK_COUNTER(nr_reclaimable)
BREAK_COUNTER(nr_movable)
BREAK_COUNTER(nr_free_pages)
BREAK_COUNTER(fullness)

static void break_bit_unmovable(void)
{
	block(TAINTED, 0)->flags &= (u16)~PB_has_unmovable;
	touch(block(TAINTED, 0));
}

static void break_bit_reclaimable(void)
{
	block(TAINTED, 1)->flags &= (u16)~PB_has_reclaimable;
	touch(block(TAINTED, 1));
}

static void break_bit_movable(void)
{
	block(TAINTED, 0)->flags |= PB_has_movable;
	touch(block(TAINTED, 0));
}

static void break_bit_all_free(void)
{
	block(TAINTED, 3)->flags &= (u16)~PB_all_free;
	touch(block(TAINTED, 3));
}

static void break_bit_reserved(void)
{
	block(TAINTED, 2)->flags |= PB_reserved;
	touch(block(TAINTED, 2));
}

/* Bit and counter agree, the lists do not. */
static void break_all_free(void)
{
	block(TAINTED, 2)->flags = (block(TAINTED, 2)->flags & (u16)~PB_HAS_MASK) | PB_all_free;
	tainted()->nr_free++;
	tainted()->nr_movable--;
	touch(block(TAINTED, 2));
	touch(tainted());
}

static void break_all_free_bits(void)
{
	block(TAINTED, 3)->flags |= PB_has_movable;
	tainted()->nr_movable++;
	touch(block(TAINTED, 3));
	touch(tainted());
}

static void break_category(void)
{
	tainted()->category = SB_CLEAN;
	touch(tainted());
}

static void break_untainted_label(void)
{
	block(CLEAN, 0)->flags = (u16)((block(CLEAN, 0)->flags & ~PB_LABEL_MASK) |
				       MIGRATE_RECLAIMABLE);
	/* Its free pages follow, so that nothing but the label is wrong. */
	list_move(&page(CLEAN, 2)->buddy_list,
		  &fx_spb(CLEAN)->free_area[1].free_list[MIGRATE_RECLAIMABLE]);
	touch(block(CLEAN, 0));
	touch(fx_spb(CLEAN));
}

static void break_contig(void)
{
	fx_spb(EMPTY)->contig_allocated = true;
	touch(fx_spb(EMPTY));
}

static void break_nr_tainted(void)
{
	fx_zone()->nr_tainted--;
	touch(tainted());
}

static void break_zone_sum(void)
{
	fx_zone()->area[1].nr_free++;
	touch(tainted());
}

static void break_zone_free_pages(void)
{
	fx_zone()->nr_free_pages++;
	touch(tainted());
}

/* --- free lists: page 2 of the tainted superpageblock is a buddy of order 1 --- */

static void break_area_count(void)
{
	tainted()->free_area[1].nr_free++;
	touch_spb(TAINTED);
}

static void break_entry_flags(void)
{
	page(TAINTED, 2)->flags |= PG_head;
	touch_spb(TAINTED);
}

static void break_entry_order(void)
{
	page(TAINTED, 2)->private = 0;
	touch_spb(TAINTED);
}

static void break_entry_pointer(void)
{
	static struct page stray;
	struct list_head *head = &tainted()->free_area[1].free_list[MIGRATE_UNMOVABLE];

	stray.buddy_list.next = head;
	stray.buddy_list.prev = head;
	head->next = &stray.buddy_list;
	head->prev = &stray.buddy_list;
	touch_spb(TAINTED);
}

/* A page and its buddy state, where the pages before it end at an odd border. */
static void break_entry_align(void)
{
	struct page *odd = page(TAINTED, 3);

	list_del(&page(TAINTED, 2)->buddy_list);
	odd->flags |= PG_buddy;
	odd->private = 1;
	list_add(&odd->buddy_list, &tainted()->free_area[1].free_list[MIGRATE_UNMOVABLE]);
	touch_spb(TAINTED);
}

static void break_entry_spb(void)
{
	list_move(&page(CLEAN, 2)->buddy_list,
		  &tainted()->free_area[1].free_list[MIGRATE_MOVABLE]);
	tainted()->free_area[1].nr_free++;
	touch_spb(TAINTED);
}

static void break_entry_type(void)
{
	list_move(&page(TAINTED, 2)->buddy_list,
		  &tainted()->free_area[1].free_list[MIGRATE_MOVABLE]);
	touch_spb(TAINTED);
}

static void break_entry_label(void)
{
	block(TAINTED, 0)->flags |= PB_migrate_isolate;
	touch_spb(TAINTED);
}

/* The free block of order 2 becomes two halves that nobody merged. */
static void break_merge(void)
{
	struct superpageblock *sb = tainted();

	list_del(&page(TAINTED, 12)->buddy_list);
	sb->free_area[2].nr_free--;
	for (unsigned int half = 12; half < 16; half += 2) {
		page(TAINTED, half)->flags |= PG_buddy;
		page(TAINTED, half)->private = 1;
		list_add(&page(TAINTED, half)->buddy_list,
			 &sb->free_area[1].free_list[MIGRATE_MOVABLE]);
		sb->free_area[1].nr_free++;
	}
	touch_spb(TAINTED);
}

static void break_link_back(void)
{
	page(TAINTED, 2)->buddy_list.prev = &page(TAINTED, 0)->buddy_list;
	touch_spb(TAINTED);
}

/* --- found by the full check --- */

static void break_spb_list(void)
{
	list_move(&fx_spb(EMPTY)->list, &fx_zone()->spb_lists[SB_CLEAN][SB_FULL]);
}

static void break_spb_unlisted(void)
{
	list_del_init(&fx_spb(EMPTY)->list);
}

static void break_block_spb(void)
{
	block(CLEAN, 1)->spb = EMPTY;
}

static void break_cover(void)
{
	fx_zone()->superpageblock_base_pfn += FX_SPB;
}

static void break_zone_area(void)
{
	fx_zone()->area[1].nr_list[MIGRATE_UNMOVABLE]--;
	fx_zone()->area[1].nr_list[MIGRATE_MOVABLE]++;
}

static void break_zone_cma(void)
{
	fx_zone()->nr_free_cma++;
}

static void break_zone_free_highatomic(void)
{
	fx_zone()->nr_free_highatomic++;
}

static void break_zone_highatomic(void)
{
	fx_zone()->nr_reserved_highatomic += FX_BLOCK;
}

static void break_zone_isolated(void)
{
	fx_zone()->nr_isolate_pageblock++;
}

static void break_pcp_count(void)
{
	fx_zone()->per_cpu_pageset[1].count++;
	oracle_state.usable_sum++;
}

/* Page 0 of the tainted superpageblock is in use; here a per-CPU list has it as well. */
static void break_pcp_entry(void)
{
	list_add(&page(TAINTED, 0)->pcp_list, &fx_zone()->per_cpu_pageset[0].lists[0]);
	fx_zone()->per_cpu_pageset[0].count++;
	oracle_state.usable_sum++;
}

/* Bits and counters agree, but leave out what the allocation says it is. */
static void break_content_bit(void)
{
	page(TAINTED, 0)->flags &= ~PG_TYPE_MASK;
	page(TAINTED, 0)->flags |= MIGRATE_RECLAIMABLE << PG_TYPE_SHIFT;
}

/* --- the generic oracle --- */

static void break_conservation(void)
{
	assert_int_not_equal(allocator.ops->alloc(GFP_KERNEL, 0, 0, 0), NO_PFN);
}

static void break_owner(void)
{
	page(TAINTED, 0)->owner = 1;
}

static void break_allocated_order(void)
{
	fx_without_spbs();
	page(CLEAN, 0)->private = 0;
	page(CLEAN, 1)->flags |= PG_head;
}

static void break_references_of_free(void)
{
	page(EMPTY, 0)->refcount = 1;
}

static void break_references_in_use(void)
{
	page(CLEAN, 0)->refcount++;
}

static void break_zone_count(void)
{
	fx_without_spbs();
	tainted()->nr_free_pages--;
	fx_zone()->per_cpu_pageset[0].count++;
}

static void break_run(void)
{
	fx_without_spbs();
	page(EMPTY, 0)->private = 20;
}

/* --- the table --- */

static const struct corruption {
	const char *rule;
	void (*make)(void);
	bool after_op; /* found by the check after the operation; else by the full one */
} corruptions[] = {
	{ "spb-total", break_total_pageblocks, true },
	{ "spb-nr-reserved", break_nr_reserved, true },
	{ "spb-nr-reserved", break_bit_reserved, true },
	{ "spb-nr-free", break_nr_free, true },
	{ "spb-nr-free", break_bit_all_free, true },
	{ "spb-nr-unmovable", break_nr_unmovable, true },
	{ "spb-nr-unmovable", break_bit_unmovable, true },
	{ "spb-nr-reclaimable", break_nr_reclaimable, true },
	{ "spb-nr-reclaimable", break_bit_reclaimable, true },
	{ "spb-nr-movable", break_nr_movable, true },
	{ "spb-nr-movable", break_bit_movable, true },
	{ "spb-free-pages", break_nr_free_pages, true },
	{ "spb-fullness", break_fullness, true },
	{ "spb-category", break_category, true },
	{ "all-free", break_all_free, true },
	{ "all-free-bits", break_all_free_bits, true },
	{ "untainted-label", break_untainted_label, true },
	{ "contig-free", break_contig, true },
	{ "nr-tainted", break_nr_tainted, true },
	{ "zone-sum", break_zone_sum, true },
	{ "zone-free-pages", break_zone_free_pages, true },
	{ "area-count", break_area_count, true },
	{ "entry-state", break_entry_flags, true },
	{ "entry-state", break_entry_pointer, true },
	{ "entry-order", break_entry_order, true },
	{ "entry-align", break_entry_align, true },
	{ "entry-spb", break_entry_spb, true },
	{ "entry-type", break_entry_type, true },
	{ "entry-type", break_entry_label, true },
	{ "merge-lost", break_merge, true },
	{ "list-corrupt", break_link_back, true },
	{ "pages-conserved", break_conservation, true },
	{ "spb-list", break_spb_list, false },
	{ "spb-list", break_spb_unlisted, false },
	{ "block-spb", break_block_spb, false },
	{ "zone-cover", break_cover, false },
	{ "zone-area", break_zone_area, false },
	{ "zone-free-cma", break_zone_cma, false },
	{ "zone-free-highatomic", break_zone_free_highatomic, false },
	{ "zone-highatomic", break_zone_highatomic, false },
	{ "zone-isolated", break_zone_isolated, false },
	{ "pcp-count", break_pcp_count, false },
	{ "pcp-entry", break_pcp_entry, false },
	{ "content-bit", break_content_bit, false },
	{ "owner-mismatch", break_owner, false },
	{ "owner-mismatch", break_allocated_order, false },
	{ "zone-count", break_zone_count, false },
	{ "page-run", break_run, false },
	{ "page-references", break_references_of_free, false },
	{ "page-references", break_references_in_use, false },
};

TEST(each_corruption_is_found)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(corruptions); i++) {
		const struct corruption *c = &corruptions[i];

		healthy();
		c->make();
		if (c->after_op)
			expect_finding(c->rule, fx_after_op());
		else
			expect_finding(c->rule, fx_finish());
	}
}

/* What an operation did not touch is left to the full check. */
TEST(full_check_finds_what_was_not_noted)
{
	healthy();
	tainted()->nr_free++;
	fx_after_op();
	expect_finding("spb-nr-free", fx_full());
	healthy();
	fx_oracles(true);
	this_run->options.full_every = 2;
	tainted()->nr_free++;
	executor_after_op(this_run);
	expect_finding("spb-nr-free", executor_after_op(this_run));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_corruption_is_found),
		T(full_check_finds_what_was_not_noted),
	};

	return RUN(tests);
}
