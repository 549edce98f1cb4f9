// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages as they come and go: what the memory map must say of those that a request got, where they
 * may lie, on which nodes, and what the adapter remembers until they are given back.
 */
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/adapter.h"
#include "fuzz/kernel/watch.h"
#include "shim/shim.h"
#include "spb/gfp.h"

#define PAGE_WORDS (KB_CONTENT_BYTES / sizeof(uint64_t))

_Static_assert(PROGRAM_CPUS <= KB_MAX_CPUS, "as many CPUs");
#define KB_GFP(name, bit) _Static_assert(__GFP_##name == 1u << (bit), "one set of bits");
#include "fuzz/kernel/gfp.def"

/* Types by where their names are, which are literals: rules ask for some at each request. */
#define NR_KNOWN_TYPES 64
static PROCESS_STATE struct known_type {
	const char *name;
	uint32_t type;
} known_types[NR_KNOWN_TYPES];

static PROGRAM_STATE uint8_t notes[OWNER_MAX_PAGES];
/* What is written into the first and the last page of an allocation; 0 = nothing. */
static PROGRAM_STATE uint32_t stamps[OWNER_MAX_PAGES];
static PROGRAM_STATE uint32_t next_stamp;

/* Nodes that tasks may use, a bit each, and those that they could at some time since the call
 * of a CPU began. */
static PROGRAM_STATE uint32_t allowed, allowed_since[PROGRAM_CPUS];
/* Those that they could use at all times since then. */
static PROGRAM_STATE uint32_t always[PROGRAM_CPUS];
/* What they are to be, and from when on. */
static PROGRAM_STATE uint32_t awaited;
static PROGRAM_STATE enum nodes_when awaited_when;

static uint32_t all_nodes(void)
{
	return (1u << this_run->config.nr_nodes) - 1;
}

void kernel_handout_begin(void)
{
	uint32_t pages = kernel_map->max - kernel_map->min;

	allowed = all_nodes();
	for (unsigned int cpu = 0; cpu < PROGRAM_CPUS; cpu++)
		allowed_since[cpu] = always[cpu] = allowed;
	awaited_when = NODES_NOW;
	memset(notes, 0, pages);
	memset(stamps, 0, pages * sizeof(stamps[0]));
	next_stamp = 0;
}

static bool is_checked(void)
{
	return this_run->options.oracles && !this_run->measuring && this_run->live;
}

uint8_t kernel_noted(uint32_t pfn)
{
	return pfn - kernel_map->min < kernel_map->max - kernel_map->min ?
		       notes[pfn - kernel_map->min] : 0;
}

static uint32_t find_type(const char *name)
{
	const struct kb_build *build = kb_build();

	for (uint32_t i = 0; i < build->nr_types; i++)
		if (!strcmp(build->types[i], name))
			return i;
	return KB_MAX_TYPES;
}

uint32_t kernel_type(const char *name)
{
	struct known_type *known = &known_types[(uintptr_t)name / 4 % NR_KNOWN_TYPES];

	if (unlikely(known->name != name))
		*known = (struct known_type){ .name = name, .type = find_type(name) };
	return known->type;
}

/* --- nodes that tasks may use --- */

uint32_t kernel_nodes(void)
{
	return allowed;
}

void kernel_nodes_begin(void)
{
	allowed_since[shim_this->cpu] = always[shim_this->cpu] = allowed;
}

/* Of two nodes; of more it may say no where it was yes. */
bool kernel_may_use(uint32_t nodemask)
{
	return always[shim_this->cpu] & nodemask;
}

static void change_nodes(uint32_t nodes)
{
	nodes &= all_nodes();
	allowed = nodes ? nodes : all_nodes();
	for (unsigned int cpu = 0; cpu < PROGRAM_CPUS; cpu++) {
		allowed_since[cpu] |= allowed;
		always[cpu] &= allowed;
	}
	kernel_watch_nodes();
	kb_set_nodes(allowed);
}

void kernel_set_nodes(uint32_t nodes, enum nodes_when when)
{
	awaited = nodes;
	awaited_when = when;
	if (when == NODES_NOW)
		change_nodes(nodes);
}

void kernel_nodes_moment(enum nodes_when moment)
{
	if (awaited_when != moment)
		return;
	awaited_when = NODES_NOW;
	change_nodes(awaited);
}

bool kernel_ignores_watermarks(uint32_t gfp)
{
	return (gfp & __GFP_MEMALLOC) && !(gfp & __GFP_NOMEMALLOC);
}

bool kernel_may_use_reserves(uint32_t gfp)
{
	bool atomic = (gfp & __GFP_HIGH) && !(gfp & __GFP_DIRECT_RECLAIM);

	return kernel_ignores_watermarks(gfp) || atomic;
}

/* Interrupts, and who has a right to the reserves, get pages wherever there are any; so does who
 * is not told to keep to its nodes. */
static bool keeps_to_nodes(uint32_t gfp)
{
	return (gfp & __GFP_HARDWALL) && !(gfp & __GFP_NOFAIL) && !kernel_may_use_reserves(gfp) &&
	       !host_in_irq();
}

static void check_node(uint32_t pfn, uint32_t nid, uint32_t gfp)
{
	uint32_t nodes = allowed_since[shim_this->cpu];

	if (nodes == all_nodes() || !keeps_to_nodes(gfp))
		return;
	looked(NODE_ALLOWED);
	if (!(nodes >> nid & 1))
		rule_broken(NODE_ALLOWED, "gfp %#x got page %u of node %u, nodes %#x are allowed",
			    gfp, pfn, nid, nodes);
}

/* --- where it may lie --- */

/* A tree may have been built without one: any will do then. */
static bool has_dma_zone(void)
{
	for (uint32_t i = 0; i < kernel_map->nr_zones; i++)
		if (kernel_map->zones[i].kind == KB_DMA)
			return true;
	return false;
}

static void check_place(uint32_t pfn, const struct kb_page *page, uint32_t gfp)
{
	looked(ISOLATED_HANDOUT);
	if (page->zone == KB_NO_PFN)
		finding("wrong-zone", "page %u is no memory", pfn);
	if ((gfp & __GFP_DMA) && has_dma_zone() && kernel_map->zones[page->zone].kind != KB_DMA)
		finding("wrong-zone", "gfp %#x got page %u, not of a DMA zone", gfp, pfn);
	check_node(pfn, kernel_map->zones[page->zone].nid, gfp);
	/* Another CPU may have isolated it since. */
	if (!this_run->concurrent && (page->isolated || page->type == kernel_type("Isolate")))
		rule_broken(ISOLATED_HANDOUT, "page %u is in an isolated pageblock", pfn);
	if (page->type == kernel_type("CMA") && !(gfp & __GFP_MOVABLE))
		rule_broken(CMA_HANDOUT, "gfp %#x, which is not movable, got page %u of a CMA area",
			    gfp, pfn);
}

/* --- what the memory map says --- */

static void check_head(uint32_t pfn, const struct kb_page *page, unsigned int order, bool compound)
{
	if (page->state != KB_PAGE_OTHER)
		rule_broken(HANDOUT_STATE, "page %u is handed out and still on a list", pfn);
	if (page->private)
		rule_broken(HANDOUT_STATE, "page %u has something in its field private", pfn);
	if (page->refcount != 1)
		rule_broken(HANDOUT_STATE, "page %u has %d references, not one", pfn,
			    page->refcount);
	if (page->compound_tail || page->compound_head != compound ||
	    (compound && page->compound_order != order))
		rule_broken(HANDOUT_STATE, "page %u, order %u, is %s of order %u", pfn, order,
			    page->compound_tail ? "a tail" :
			    page->compound_head ? "a compound page" : "no compound page",
			    page->compound_order);
}

static void check_tail(uint32_t pfn, const struct kb_page *page, bool compound)
{
	if (page->state != KB_PAGE_OTHER)
		rule_broken(HANDOUT_STATE, "page %u, a tail, is still on a list", pfn);
	if (page->refcount)
		rule_broken(HANDOUT_STATE, "page %u, a tail, has %d references", pfn,
			    page->refcount);
	if (page->private)
		rule_broken(HANDOUT_STATE, "page %u, a tail, has something in its field private",
			    pfn);
	if (page->compound_tail != compound || page->compound_head)
		rule_broken(HANDOUT_STATE, "page %u is %sa compound tail", pfn,
			    page->compound_tail ? "" : "not ");
}

static void check_state(uint32_t pfn, unsigned int order, bool compound)
{
	struct kb_page page;

	looked(HANDOUT_STATE);
	if (kb_is_fresh(pfn, order, compound))
		return;
	for (uint32_t i = 0; i < 1u << order; i++) {
		if (!kb_page(pfn + i, &page))
			finding("wrong-zone", "page %u does not exist", pfn + i);
		if (i)
			check_tail(pfn + i, &page, compound);
		else
			check_head(pfn, &page, order, compound);
		if (page.dirty)
			rule_broken(HANDOUT_STATE, "page %u comes with %s of its former life",
				    pfn + i, page.dirty);
	}
}

/* --- content --- */

static void check_zeroed(uint32_t pfn, unsigned int order)
{
	looked(ZEROED);
	for (uint32_t i = 0; i < 1u << order; i++) {
		const uint64_t *content = kb_content(pfn + i);

		for (unsigned int k = 0; content && k < PAGE_WORDS; k++)
			if (content[k])
				rule_broken(ZEROED, "page %u of a __GFP_ZERO request is not zero",
					    pfn + i);
	}
}

static void write_stamp(uint32_t pfn)
{
	uint64_t *content = kb_content(pfn);

	if (!content)
		return;
	stamps[pfn - kernel_map->min] = ++next_stamp;
	content[0] = content[PAGE_WORDS - 1] = next_stamp;
}

static void check_stamp(uint32_t pfn)
{
	uint32_t stamp = stamps[pfn - kernel_map->min];
	const uint64_t *content = stamp ? kb_content(pfn) : NULL;

	looked(CONTENT_LOST);
	if (content && (content[0] != stamp || content[PAGE_WORDS - 1] != stamp))
		finding("content-lost", "page %u in use has another content than was written", pfn);
}

static uint8_t note_of(uint32_t gfp, unsigned int order)
{
	uint8_t note = order && (gfp & __GFP_COMP) ? NOTE_COMPOUND : 0;

	if (gfp & __GFP_MOVABLE)
		return note | NOTE_MOVABLE;
	return gfp & __GFP_RECLAIMABLE ? note | NOTE_RECLAIMABLE : note;
}

void kernel_handed_out(uint32_t pfn, unsigned int order, uint32_t gfp)
{
	uint32_t at = pfn - kernel_map->min, pages = kernel_map->max - kernel_map->min;
	struct kb_page page;

	if (at >= pages || 1u << order > pages - at || !kb_page(pfn, &page))
		finding("wrong-zone", "page %u, order %u, is outside the memory map", pfn, order);
	if (is_checked()) {
		check_place(pfn, &page, gfp);
		check_state(pfn, order, order && (gfp & __GFP_COMP));
		kernel_watch_marked(pfn, gfp);
		if (gfp & __GFP_ZERO)
			check_zeroed(pfn, order);
	}
	memset(&notes[at], note_of(gfp, order), 1u << order);
	/* Who has a page already is for owner_take() to say, which comes next. */
	if (owner_in_use(pfn))
		return;
	write_stamp(pfn);
	if (order)
		write_stamp(pfn + (1u << order) - 1);
}

void kernel_given_back(uint32_t pfn, unsigned int order)
{
	for (uint32_t i = 0; i < 1u << order; i++) {
		check_stamp(pfn + i);
		stamps[pfn + i - kernel_map->min] = 0;
		notes[pfn + i - kernel_map->min] = 0;
	}
}

void kernel_was_split(uint32_t pfn, unsigned int order)
{
	struct kb_page page;

	for (uint32_t i = 0; i < 1u << order; i++) {
		if (is_checked() && kb_page(pfn + i, &page))
			check_head(pfn + i, &page, 0, false);
		notes[pfn + i - kernel_map->min] |= NOTE_SPLIT;
	}
}

void kernel_was_moved(uint32_t from, uint32_t to, unsigned int order)
{
	for (uint32_t i = 0; i < 1u << order; i++) {
		notes[to + i - kernel_map->min] = notes[from + i - kernel_map->min];
		stamps[to + i - kernel_map->min] = stamps[from + i - kernel_map->min];
		stamps[from + i - kernel_map->min] = 0;
		notes[from + i - kernel_map->min] = 0;
		check_stamp(to + i);
	}
}
