// SPDX-License-Identifier: GPL-2.0-only
/* What lies at a place of the kernel's state: for reports, and for races that are meant. */
#include "fuzz/kernel/glue/glue.h"

struct name {
	unsigned int from, size;
	const char *text;
};

#define FIELD(type, kind, member) \
	{ offsetof(struct type, member), sizeof(((struct type *)0)->member), kind " " #member }

static const struct name of_page[] = {
	FIELD(page, "page", flags), FIELD(page, "page", lru), FIELD(page, "page", mapping),
	FIELD(page, "page", index), FIELD(page, "page", private), FIELD(page, "page", _mapcount),
	FIELD(page, "page", _refcount), {},
};

static const struct name of_zone[] = {
	FIELD(zone, "zone", _watermark), FIELD(zone, "zone", watermark_boost),
	FIELD(zone, "zone", nr_reserved_highatomic), FIELD(zone, "zone", lowmem_reserve),
	FIELD(zone, "zone", pageset_batch), FIELD(zone, "zone", managed_pages),
	FIELD(zone, "zone", cma_pages), FIELD(zone, "zone", nr_isolate_pageblock),
	FIELD(zone, "zone", free_area), FIELD(zone, "zone", flags), FIELD(zone, "zone", lock),
	FIELD(zone, "zone", percpu_drift_mark), FIELD(zone, "zone", compact_cached_free_pfn),
	FIELD(zone, "zone", compact_cached_migrate_pfn),
	FIELD(zone, "zone", compact_init_migrate_pfn), FIELD(zone, "zone", compact_init_free_pfn),
	FIELD(zone, "zone", compact_considered), FIELD(zone, "zone", compact_defer_shift),
	FIELD(zone, "zone", compact_order_failed),
	FIELD(zone, "zone", compact_blockskip_flush), FIELD(zone, "zone", contiguous),
	FIELD(zone, "zone", vm_stat),
#if KB_HAS_FREE_HIGHATOMIC
	FIELD(zone, "zone", nr_free_highatomic),
#endif
	{},
};

static const struct name of_node[] = {
	FIELD(pglist_data, "node", kswapd_order), FIELD(pglist_data, "node", kswapd_failures),
	FIELD(pglist_data, "node", kcompactd_max_order),
	FIELD(pglist_data, "node", __lruvec), FIELD(pglist_data, "node", vm_stat), {},
};

static const struct name of_pcp[] = {
	FIELD(per_cpu_pages, "pcp", lock), FIELD(per_cpu_pages, "pcp", count),
	FIELD(per_cpu_pages, "pcp", high), FIELD(per_cpu_pages, "pcp", batch),
	FIELD(per_cpu_pages, "pcp", lists), { 0, sizeof(struct per_cpu_pages), "pcp other" }, {},
};

static const struct name of_zonestat[] = {
	FIELD(per_cpu_zonestat, "zonestat", vm_stat_diff),
	FIELD(per_cpu_zonestat, "zonestat", stat_threshold),
	FIELD(per_cpu_zonestat, "zonestat", vm_numa_event), {},
};

static const struct name of_nodestat[] = {
	FIELD(per_cpu_nodestat, "nodestat", stat_threshold),
	FIELD(per_cpu_nodestat, "nodestat", vm_node_stat_diff), {},
};

static const char *find(const struct name *names, unsigned long at, const char *otherwise)
{
	for (; names->text; names++)
		if (at - names->from < names->size)
			return names->text;
	return otherwise;
}

/* Per-CPU memory that a zone or node has: @size bytes for each CPU. */
static bool is_of(const void *at, const void __percpu *memory, size_t size, unsigned long *offset)
{
	unsigned int cpu;

	if (!memory)
		return false;
	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		*offset = (const char *)at - (const char *)per_cpu_ptr(memory, cpu);
		if (*offset < size)
			return true;
	}
	return false;
}

static const char *in_area(const void *at)
{
	struct pglist_data *node;
	unsigned long offset;
	struct zone *zone;
	unsigned int nid;

	for (nid = 0; nid < kb_booted.nr_nodes; nid++) {
		node = NODE_DATA(nid);
		for (zone = node->node_zones; zone < node->node_zones + MAX_NR_ZONES; zone++) {
			if (is_of(at, zone->per_cpu_pageset, sizeof(struct per_cpu_pages), &offset))
				return find(of_pcp, offset, "pcp");
			if (is_of(at, zone->per_cpu_zonestats, sizeof(struct per_cpu_zonestat),
				  &offset))
				return find(of_zonestat, offset, "zonestat");
		}
		if (is_of(at, node->per_cpu_nodestats, sizeof(struct per_cpu_nodestat), &offset))
			return find(of_nodestat, offset, "nodestat");
	}
	if (is_of(at, &vm_event_states, sizeof(struct vm_event_state), &offset))
		return "vm_event_states";
	return "per-CPU variable";
}

static const char *in_node(const void *at)
{
	unsigned long offset;
	unsigned int nid;

	for (nid = 0; nid < kb_booted.nr_nodes; nid++) {
		offset = (const char *)at - (const char *)NODE_DATA(nid);
		if (offset < sizeof(((struct pglist_data *)0)->node_zones))
			return find(of_zone, offset % sizeof(struct zone), "zone");
		if (offset < sizeof(struct pglist_data))
			return find(of_node, offset, "node");
	}
	return NULL;
}

const char *kb_field(const void *at)
{
	unsigned long address = (unsigned long)at;

	if (kb_in_areas(at))
		return in_area(at);
	if (address - KB_MEMORY_MAP < (KB_FIRST_PFN + KB_MAX_PAGES) * sizeof(struct page))
		return find(of_page, (address - KB_MEMORY_MAP) % sizeof(struct page), "page");
	if (address >= KB_MEMORY_MAP && address < KB_STATE_END)
		return "pageblock_flags";
	return in_node(at);
}

const void *kb_map_entry(uint32_t pfn)
{
	return pfn_to_page(pfn);
}
