// SPDX-License-Identifier: GPL-2.0-only
/* A fresh kernel: sections as they were linked, memory as it is configured, the tree's own boot. */
#include <linux/cma.h>
#include <linux/memblock.h>
#include <linux/nodemask.h>

#include "fuzz/kernel/glue/glue.h"

void *mmap(void *at, unsigned long size, int protection, int flags, int file, long offset);

extern char __start_kb_data[], __stop_kb_data[], __start_kb_bss[], __stop_kb_bss[];
extern char __start_kb_own_data[], __stop_kb_own_data[];
extern char __start_kb_own_bss[], __stop_kb_own_bss[];

struct kb_host kb_host KB_KEPT;
struct kb_config kb_booted;
bool kb_booting;
bool kb_movable_node; /* is the end of a node for ZONE_MOVABLE? */
struct cma *kb_cma;
unsigned int kb_max_order, kb_pageblock_order;

static char *pristine[2] KB_KEPT; /* of kb_data and kb_own_data */
static struct pglist_data nodes[KB_MAX_NODES] KB_GIVEN;
struct pglist_data *node_data[MAX_NUMNODES];

/* Sections with state: of the tree's objects, then of the glue. */
static const struct {
	char *start, *stop;
} sections[] = {
	{ __start_kb_bss, __stop_kb_bss },
	{ __start_kb_own_bss, __stop_kb_own_bss },
	{ __start_kb_given, __stop_kb_given },
	{ __start_kb_data, __stop_kb_data },
	{ __start_kb_own_data, __stop_kb_own_data },
};
#define NR_BSS 3 /* that begin as zeroes */

bool kb_state(unsigned int n, void **start, size_t *size)
{
	if (n < ARRAY_SIZE(sections)) {
		*start = sections[n].start;
		*size = sections[n].stop - sections[n].start;
		return true;
	}
	*size = kb_memory_state(n - ARRAY_SIZE(sections), start);
	return *size != 0;
}

KB_PLAIN static void restore_sections(void)
{
	unsigned int n;

	for (n = 0; n < NR_BSS; n++)
		kb_wipe(sections[n].start, sections[n].stop - sections[n].start);
	for (; n < ARRAY_SIZE(sections); n++)
		kb_copy(sections[n].start, pristine[n - NR_BSS],
			sections[n].stop - sections[n].start);
}

void kb_attach(const struct kb_host *host)
{
	unsigned int n;

	kb_host = *host;
	if (pristine[0])
		return;
	for (n = NR_BSS; n < ARRAY_SIZE(sections); n++) {
		size_t size = sections[n].stop - sections[n].start;

		pristine[n - NR_BSS] = mmap(NULL, size, 3, 0x22, -1, 0);
		kb_copy(pristine[n - NR_BSS], sections[n].start, size);
	}
	kb_memory_attach();
}

static unsigned long node_start(unsigned int nid)
{
	return KB_FIRST_PFN + (nid ? kb_booted.pages[0] : 0);
}

static unsigned long node_end(unsigned int nid)
{
	return node_start(nid) + kb_booted.pages[nid];
}

static const char *wrong(const struct kb_config *config)
{
	unsigned int nid;
	uint64_t total = 0;

	if (!config->nr_nodes || config->nr_nodes > KB_MAX_NODES)
		return "there is one node, or two";
	if (!config->nr_cpus || config->nr_cpus > KB_MAX_CPUS || config->nr_cpus < config->nr_nodes)
		return "there are 1 to 4 CPUs, and one of each node";
	if (config->max_order > KB_MOST_ORDERS - 1 || config->pageblock_order > config->max_order)
		return "an order is too large";
	if (!config->pageblock_order)
		return "a pageblock is of two pages or more";
	for (nid = 0; nid < config->nr_nodes; nid++) {
		total += config->pages[nid];
		if (config->pages[nid] < 4UL << config->max_order)
			return "a node has four blocks of the highest order, or more";
		if (config->movable_pages >= config->pages[nid] / 2)
			return "half of a node, or more, is ZONE_MOVABLE";
	}
	if (total > KB_MAX_PAGES)
		return "it is too much memory";
	if (config->dma32_pages + config->movable_pages >= config->pages[0])
		return "zones are larger than node 0";
	if (config->clip_start + config->clip_end >= config->pages[0] / 2)
		return "half of a node is clipped";
	return config->nr_holes > KB_MAX_HOLES ? "there are too many holes" : NULL;
}

/* Memory of a node, without its holes. */
static void add_node(unsigned int nid, unsigned long start, unsigned long end)
{
	unsigned int i;

	memblock_add_node(PFN_PHYS(start), PFN_PHYS(end - start), nid, MEMBLOCK_NONE);
	for (i = 0; i < kb_booted.nr_holes; i++) {
		unsigned long from = KB_FIRST_PFN + kb_booted.holes[i].pfn;
		unsigned long to = from + kb_booted.holes[i].pages;

		from = max(from, start);
		to = min(to, end);
		if (from >= to)
			continue;
		if (kb_booted.holes[i].reserved)
			memblock_reserve(PFN_PHYS(from), PFN_PHYS(to - from));
		else
			memblock_remove(PFN_PHYS(from), PFN_PHYS(to - from));
	}
	if (kb_booted.movable_pages)
		memblock_mark_hotplug(PFN_PHYS(node_end(nid) - kb_booted.movable_pages),
				      PFN_PHYS(kb_booted.movable_pages));
	node_data[nid] = &nodes[nid];
	node_set_online(nid);
}

static void add_memory(void)
{
	unsigned int nid;

	nodes_clear(node_states[N_POSSIBLE]);
	nodes_clear(node_states[N_ONLINE]);
	for (nid = 0; nid < kb_booted.nr_nodes; nid++) {
		bool last = nid == kb_booted.nr_nodes - 1;

		node_set(nid, node_states[N_POSSIBLE]);
		node_set(nid, node_states[N_CPU]);
		add_node(nid, node_start(nid) + (nid ? 0 : kb_booted.clip_start),
			 node_end(nid) - (last ? kb_booted.clip_end : 0));
	}
	kb_movable_node = kb_booted.movable_pages;
	max_pfn = max_low_pfn = kb_end_pfn;
	min_low_pfn = kb_first_pfn;
	high_memory = __va(PFN_PHYS(kb_end_pfn));
}

/* At the end of node 0's NORMAL: what fits between borders of pageblocks. */
static const char *declare_cma(void)
{
	unsigned long end = node_end(0) - kb_booted.movable_pages;
	unsigned long start;

	if (!kb_booted.cma_pages)
		return NULL;
	if (kb_booted.nr_nodes == 1)
		end -= kb_booted.movable_pages ? 0 : kb_booted.clip_end;
	end = ALIGN_DOWN(end, 1UL << kb_max_order);
	start = end - ALIGN(kb_booted.cma_pages, 1UL << kb_pageblock_order);
	if (start <= node_start(0) + kb_booted.dma32_pages + kb_booted.clip_start || start > end)
		return "the CMA area is larger than NORMAL of node 0";
	if (cma_declare_contiguous(PFN_PHYS(start), PFN_PHYS(end - start), 0, 0, 0, true, "kb",
				   &kb_cma))
		return "there is something else where the CMA area should be";
	return NULL;
}

/*
 * Compaction waits while a large part of a node's LRU pages are isolated. In a node of some hundred
 * pages a range that has isolated one folio would so wait for itself: a node seems larger.
 */
#define LRU_ELSEWHERE (1L << 20)

static void pretend_lru(void)
{
	unsigned int nid;

	for_each_online_node(nid)
		mod_node_page_state(NODE_DATA(nid), NR_INACTIVE_FILE, LRU_ELSEWHERE);
}

static void boot_kernel(void)
{
	unsigned long ends[MAX_NR_ZONES] = {};

	ends[ZONE_DMA32] = KB_FIRST_PFN + kb_booted.dma32_pages;
	if (!kb_booted.dma32_pages)
		ends[ZONE_DMA32] = 0;
	ends[ZONE_NORMAL] = kb_end_pfn;
	free_area_init(ends);
	build_all_zonelists(NULL);
	memblock_free_all();
	setup_per_cpu_pageset();
	system_state = SYSTEM_RUNNING;
	gfp_allowed_mask = __GFP_BITS_MASK;
	/* In the order of their initcalls: watermarks are of what is there with the CMA areas. */
	kb_inside_cma_init();
	init_per_zone_wmark_min();
	pretend_lru();
	kb_count_zones();
	kb_inside_pcp(kb_booted.pcp_high, kb_booted.pcp_batch);
}

const char *kb_boot(const struct kb_config *config)
{
	const char *why = wrong(config);

	if (why)
		return why;
	restore_sections();
	kb_booted = *config;
	kb_booting = true;
	kb_max_order = config->max_order;
	kb_pageblock_order = config->pageblock_order;
	/* There is a memory map for each pageblock that has memory. */
	kb_first_pfn = ALIGN_DOWN(node_start(0) + config->clip_start, pageblock_nr_pages);
	kb_end_pfn = ALIGN(node_end(config->nr_nodes - 1) - config->clip_end, pageblock_nr_pages);
	kb_areas_reset();
	kb_poison(kb_first_pfn, kb_end_pfn - kb_first_pfn, false);
	kb_tasks_reset(config->nr_cpus);
	add_memory();
	why = declare_cma();
	if (!why)
		boot_kernel();
	kb_booting = false;
	return why;
}
