// SPDX-License-Identifier: GPL-2.0-only
/*
 * An allocator when it begins, everything free, compared with the model of its configuration:
 * nodes, zonelists, zones, superpageblocks, pageblocks and pages, one after the other. Like
 * model_run.c this looks into the allocator; it does so once for each arena that is built.
 */
#include "fuzz/harness/model/model_check.h"
#include "fuzz/harness/base/run.h"
#include "spb/alloc.h"
#include "spb/mmzone.h"

/* S11.10: ticks before the clock wraps round. */
#define FIRST_TICK ((uint32_t)-250)

/* One number of the allocator, what it is about, and what it should be. Nothing is compared
 * while the rule is switched off. */
#define same(what, index, is, should)                                                     \
	model_must(MODEL_BIRTH, (uint64_t)(is) == (uint64_t)(should),                     \
		    "%s %u: " #is " is %llu, it should be %llu", what, (unsigned int)(index), \
		    (unsigned long long)(is), (unsigned long long)(should))

static const struct zone *zone_at(unsigned int z)
{
	return &NODE_DATA(z / MAX_NR_ZONES)->node_zones[z % MAX_NR_ZONES];
}

static void compare_work(unsigned int index, const struct work_struct *work,
			 enum spb_work_kind kind)
{
	same("work", index, work->kind, kind);
	same("work", index, work->pending || work->running, false);
	same("work", index, work->entry.next == &work->entry, true);
}

/* --- nodes --- */

static void compare_zonelist(const struct zonelist *list, unsigned int nid, unsigned int nodes)
{
	const struct zoneref *ref = list->_zonerefs;

	for (unsigned int far = 0; far < nodes; far++) {
		unsigned int node = (nid + far) % model.config.nr_nodes;

		for (unsigned int type = MAX_NR_ZONES; type-- > 0;) {
			unsigned int z = node * MAX_NR_ZONES + type;

			if (!model.zone[z].managed)
				continue;
			same("zonelist of node", nid, ref->zone == zone_at(z), true);
			same("zonelist of node", nid, ref->zone_idx, type);
			ref++;
		}
	}
	same("zonelist of node", nid, ref->zone == NULL, true);
}

static void compare_node(unsigned int nid)
{
	const pg_data_t *node = NODE_DATA(nid);

	same("node", nid, node->node_id, nid);
	compare_zonelist(&node->node_zonelists[ZONELIST_FALLBACK], nid, model.config.nr_nodes);
	compare_zonelist(&node->node_zonelists[ZONELIST_NOFALLBACK], nid, 1);
	compare_work(nid, &node->kswapd_work, SPB_WORK_KSWAPD);
	compare_work(nid, &node->shrink_work, SPB_WORK_SHRINK);
	compare_work(nid, &node->evacuate_work, SPB_WORK_EVACUATE);
}

/* --- zones --- */

static void compare_pcp(unsigned int z, const struct per_cpu_pages *pcp)
{
	same("zone", z, pcp->lock.class, LOCK_PCP);
	same("zone", z, pcp->count, 0);
	for (unsigned int i = 0; i < NR_PCP_LISTS; i++)
		same("zone", z, pcp->lists[i].next == &pcp->lists[i], true);
}

static void compare_marks(unsigned int z, const struct zone *zone)
{
	for (unsigned int mark = 0; mark < NR_WMARK; mark++)
		same("zone", z, zone->_watermark[mark], model.zone[z].wmark[mark]);
	for (unsigned int type = 0; type < MAX_NR_ZONES; type++)
		same("zone", z, zone->lowmem_reserve[type], model.zone[z].lowmem[type]);
}

static void compare_zone(unsigned int z)
{
	const struct mzone *m = &model.zone[z];
	const struct zone *zone = zone_at(z);

	same("zone", z, zone->index, z);
	same("zone", z, zone->node, z / MAX_NR_ZONES);
	same("zone", z, zone->type, z % MAX_NR_ZONES);
	same("zone", z, zone->managed_pages, m->managed);
	same("zone", z, zone->nr_superpageblocks, m->nr_spbs);
	if (!m->nr_spbs)
		return;
	same("zone", z, zone->lock.class, LOCK_ZONE);
	same("zone", z, zone->zone_start_pfn, m->start);
	same("zone", z, zone_end_pfn(zone), m->end);
	same("zone", z, zone->superpageblocks - this_core()->spbs, m->first_spb);
	same("zone", z, zone->superpageblock_base_pfn,
	     m->start - m->start % SUPERPAGEBLOCK_NR_PAGES);
	same("zone", z, zone->reclaim_pfn, m->start);
	same("zone", z, zone->compact_migrate_pfn, m->start);
	same("zone", z, zone->nr_isolate_pageblock + zone->nr_reserved_highatomic, 0);
	for (unsigned int cpu = 0; cpu < SPB_MAX_CPUS; cpu++)
		compare_pcp(z, &zone->per_cpu_pageset[cpu]);
	compare_marks(z, zone);
}

/* --- superpageblocks, pageblocks, pages --- */

static void compare_spb(unsigned int i)
{
	const struct superpageblock *sb = &this_core()->spbs[i];
	const struct mspb *s = &model.spb[i];

	same("superpageblock", i, sb->zone == zone_at(s->zone), true);
	same("superpageblock", i, sb->start_pfn, s->start - s->start % SUPERPAGEBLOCK_NR_PAGES);
	same("superpageblock", i, sb->contig_allocated || sb->defrag_active, false);
	same("superpageblock", i, sb->defrag_last_no_progress_jiffies, 0);
	compare_work(i, &sb->defrag_work, SPB_WORK_DEFRAG);
	for (uint32_t b = block_start(s->start); b < s->end; b += block_pages()) {
		const struct pageblock_data *pb =
			&this_core()->pageblock_map[(b - this_core()->min_pfn) >> pageblock_order];
		const struct mblock *m = mblock(b);

		same("pageblock at", b, pb->spb, i);
		same("pageblock at", b, pb->flags & PB_LABEL_MASK, m->label);
		same("pageblock at", b, !(pb->flags & PB_reserved), !m->reserved);
		same("pageblock at", b, !(pb->flags & PB_partial), !m->partial && !m->reserved);
		same("pageblock at", b, !(pb->flags & PB_all_free), !all_free(b));
	}
}

/* Lower superpageblocks are nearer to the head of the list, of those of one kind. */
static void compare_order(unsigned int z)
{
	const struct list_head *head = &zone_at(z)->spb_empty;
	const struct superpageblock *before = NULL;

	for (const struct list_head *at = head->next; model.zone[z].nr_spbs && at != head;
	     at = at->next) {
		const struct superpageblock *sb = list_entry(at, struct superpageblock, list);

		same("zone", z, !before || before < sb, true);
		before = sb;
	}
}

static void compare_page(uint32_t pfn)
{
	const struct page *page = pfn_to_page(pfn);
	const struct mpage *m = mpage(pfn);

	same("page", pfn, page->flags & PG_reserved, m->state == PAGE_NONE ? PG_reserved : 0);
	same("page", pfn, page->refcount | page->owner, 0);
	if (m->state == PAGE_NONE)
		return;
	same("page", pfn, page_zone(page) == zone_at(mspb(pfn)->zone), true);
	same("page", pfn, page->flags & PG_STATE_MASK, m->order == NO_ORDER ? 0 : PG_buddy);
	if (m->order != NO_ORDER)
		same("page", pfn, page->private, m->order);
}

void model_compare_birth(void)
{
	const struct spb_core *core = this_core();

	if (!model.on || !rule_is_on(RULE_MODEL_BIRTH))
		return;
	same("core", 0, core->now, FIRST_TICK);
	same("core", 0, core->min_pfn, model.base);
	same("core", 0, core->max_pfn, model.base + model.nr_pages);
	same("core", 0, core->nr_spbs, model.nr_spbs);
	same("core", 0, core->work_lock.class, LOCK_WORK);
	same("core", 0, core->work_list.next == &core->work_list, true);
	for (unsigned int nid = 0; nid < model.config.nr_nodes; nid++)
		compare_node(nid);
	for (unsigned int z = 0; z < model.config.nr_nodes * MAX_NR_ZONES; z++) {
		compare_zone(z);
		compare_order(z);
	}
	for (unsigned int i = 0; i < model.nr_spbs; i++)
		compare_spb(i);
	for (uint32_t pfn = core->min_pfn; pfn < core->max_pfn; pfn++)
		compare_page(pfn);
}
