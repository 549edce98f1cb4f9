// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages whose owner can be moved are folios on the LRU, as compaction and contiguous ranges look
 * for them. Between isolation and migration the owner may free such a folio:
 *
 *     owned, on the LRU ──isolated──▶ on a list, one reference more ──moved──▶ free
 *            ▲                          │            │
 *            └────────putback───────────┘            └─owner frees─▶ free with the last reference
 */
#include <linux/migrate.h>
#include <linux/mm_inline.h>
#include <linux/swap.h>

#include "fuzz/kernel/glue/glue.h"

#if KB_HAS_FOLIO_MIGRATION
typedef struct folio migrated;
typedef new_folio_t get_new_t;
typedef free_folio_t put_new_t;
#else
typedef struct page migrated;
typedef new_page_t get_new_t;
typedef free_page_t put_new_t;
#endif

/* What an anonymous folio has there, without a list of mappings that anybody could follow. */
#define OWNED ((struct address_space *)(0x1000UL | PAGE_MAPPING_ANON))

static void set_mapped(struct folio *folio, int count)
{
	atomic_t *mapcount = &folio->_mapcount;

	if (folio_test_large(folio))
#if KB_HAS_LARGE_MAPCOUNT
		mapcount = &folio->_large_mapcount;
#else
		mapcount = folio_mapcount_ptr(folio);
#endif
	atomic_set(mapcount, count - 1);
}

static bool is_owned(struct folio *folio)
{
	return folio->mapping == OWNED;
}

/* Other CPUs may run at the lock, and its owner be one of them, who frees it. */
static void lru_add(struct folio *folio)
{
	struct lruvec *lruvec = &folio_pgdat(folio)->__lruvec;
	unsigned long flags;

	spin_lock_irqsave(&lruvec->lru_lock, flags);
	if (is_owned(folio)) {
		folio_set_lru(folio);
		lruvec_add_folio(lruvec, folio);
	}
	spin_unlock_irqrestore(&lruvec->lru_lock, flags);
}

static void lru_del(struct folio *folio)
{
	struct lruvec *lruvec = &folio_pgdat(folio)->__lruvec;
	unsigned long flags;

	spin_lock_irqsave(&lruvec->lru_lock, flags);
	if (folio_test_clear_lru(folio))
		lruvec_del_folio(lruvec, folio);
	spin_unlock_irqrestore(&lruvec->lru_lock, flags);
}

/*
 * It is somebody's from now on; to be found by others it must be put on the LRU. What a real owner
 * writes there is ordered by much that is not here, so nobody sees it.
 */
static void set_owned(struct folio *folio)
{
	bool alone = kb_alone;

	kb_alone = true;
	folio->mapping = OWNED;
	__folio_set_swapbacked(folio);
	set_mapped(folio, 1);
	kb_alone = alone;
}

static void make_movable(struct folio *folio)
{
	set_owned(folio);
	lru_add(folio);
}

/* The kernel does not expect a folio on the LRU to be larger than a pageblock, and warns of one. */
void kb_own(struct page *page, unsigned int order, gfp_t gfp)
{
	if ((gfp & __GFP_MOVABLE) && (!order || ((gfp & __GFP_COMP) && order <= pageblock_order)))
		make_movable(page_folio(page));
}

/*
 * Before its owner frees it. A page that nobody owns is left to the kernel's own checks. Whoever
 * has isolated it meanwhile sees that it is nobody's.
 */
void kb_disown(struct page *page)
{
	struct folio *folio = (struct folio *)page;

	if (PageTail(page) || !is_owned(folio))
		return;
	folio->mapping = NULL;
	set_mapped(folio, 0);
	lru_del(folio);
}

static void count_isolated(struct folio *folio, long sign)
{
	mod_node_page_state(folio_pgdat(folio), NR_ISOLATED_ANON + folio_is_file_lru(folio),
			    sign * folio_nr_pages(folio));
}

static void put(struct folio *folio)
{
	__free_pages(&folio->page, folio_order(folio));
}

static void take_off(struct folio *folio)
{
	list_del(&folio->lru);
	count_isolated(folio, -1);
}

/* Since it was asked no other CPU runs: the owner of one becomes that of the other. */
static void move(struct folio *from, struct folio *to)
{
	unsigned long nr, i;

	kb_alone = true;
	nr = folio_nr_pages(from);
	folio_ref_inc(to); /* its owner may free it before it is on the LRU */
	for (i = 0; i < nr; i++)
		kb_copy(kb_content(folio_pfn(to) + i), kb_content(folio_pfn(from) + i),
			KB_CONTENT_BYTES);
	from->mapping = NULL;
	set_mapped(from, 0);
	set_owned(to);
	if (kb_host.moved)
		kb_host.moved(folio_pfn(from), folio_pfn(to), folio_order(from));
	kb_alone = false;
	lru_add(to);
	put(to);
	take_off(from);
	folio_put_testzero(from);
	put(from);
}

/* Its owner has a reference, and whoever isolated it; somebody else's is in the way. */
static bool may_move(struct folio *folio)
{
	return folio_ref_count(folio) == 2 &&
	       (!kb_host.may_move || kb_host.may_move(folio_pfn(folio)));
}

static void give_back(struct folio *to, put_new_t put_new, unsigned long private)
{
	if (put_new)
		put_new((migrated *)to, private);
	else
		put(to);
}

/*
 * Compaction has a place for a page before it knows whether that can be moved, and gets it back
 * where it cannot. A range asks first: one that cannot be moved costs no page, for which there need
 * not be memory.
 *
 * Return: 0, or why it was not moved.
 */
static int migrate_one(struct folio *folio, get_new_t get_new, put_new_t put_new,
		       unsigned long private)
{
	struct folio *to;

	kb_step("migrate_pages");
	if (is_owned(folio)) {
		if (!put_new && !may_move(folio))
			return -EAGAIN;
		to = (struct folio *)get_new((migrated *)folio, private);
		if (!to)
			return -ENOMEM;
		if (is_owned(folio) && may_move(folio)) {
			move(folio, to);
			return 0;
		}
		give_back(to, put_new, private);
		if (is_owned(folio))
			return -EAGAIN;
	}
	take_off(folio);
	put(folio);
	return 0;
}

int migrate_pages(struct list_head *from, get_new_t get_new, put_new_t put_new,
		  unsigned long private, enum migrate_mode mode, int reason,
		  unsigned int *ret_succeeded)
{
	unsigned int succeeded = 0;
	struct folio *folio, *next;
	int failed = 0, error;

	list_for_each_entry_safe(folio, next, from, lru) {
		unsigned int nr = folio_nr_pages(folio);

		kb_might_sleep(__func__);
		error = migrate_one(folio, get_new, put_new, private);
		if (!error)
			succeeded += nr;
		else
			failed++;
		if (error == -ENOMEM) {
			failed = error;
			break;
		}
	}
	if (ret_succeeded)
		*ret_succeeded = succeeded;
	return failed;
}

void putback_movable_pages(struct list_head *list)
{
	struct folio *folio, *next;

	list_for_each_entry_safe(folio, next, list, lru) {
		take_off(folio);
		lru_add(folio);
		put(folio);
	}
}

/* Where contiguous ranges move to. */
migrated *alloc_migration_target(migrated *page, unsigned long private)
{
	struct folio *from = (struct folio *)page;
	struct migration_target_control *control = (void *)private;
	unsigned int order = folio_order(from);
	gfp_t gfp = control->gfp_mask | (order ? GFP_TRANSHUGE : 0);
	int nid = control->nid == NUMA_NO_NODE ? folio_nid(from) : control->nid;

	if (zone_idx(folio_zone(from)) == ZONE_MOVABLE)
		gfp |= __GFP_HIGHMEM;
	return (migrated *)__folio_alloc(gfp, order, nid, control->nmask);
}

/* The last reference was somebody's who had only looked. */
void __folio_put(struct folio *folio)
{
	kb_disown(&folio->page);
	free_unref_page(&folio->page, folio_order(folio));
}

/* Our folios are no file's. Older trees ask for pages. */
struct address_space *folio_mapping(struct folio *folio)
{
	return NULL;
}

struct address_space *page_mapping(struct page *page);
struct address_space *page_mapping(struct page *page)
{
	return NULL;
}

/* Of a page of a large folio, which is mapped as a whole. */
int __page_mapcount(struct page *page);
int __page_mapcount(struct page *page)
{
	return page_folio(page)->mapping == OWNED;
}

/* Only LRU pages are movable here. */
#if KB_HAS_BOOL_ISOLATE
bool isolate_movable_page(struct page *page, isolate_mode_t mode)
{
	return false;
}
#else
int isolate_movable_page(struct page *page, isolate_mode_t mode)
{
	return -EBUSY;
}
#endif

/* There are no batches of pages on their way to the LRU. */
atomic_t lru_disable_count;

void lru_cache_disable(void)
{
	atomic_inc(&lru_disable_count);
}

void lru_add_drain(void)
{
}

void lru_add_drain_cpu(int cpu)
{
}

void lru_add_drain_cpu_zone(struct zone *zone)
{
}

void lru_add_drain_all(void)
{
}

unsigned int reclaim_clean_pages_from_list(struct zone *zone, struct list_head *list)
{
	return 0;
}
