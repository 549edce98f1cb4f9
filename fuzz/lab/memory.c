// SPDX-License-Identifier: GPL-2.0-only
/* Objects and their pages: see memory.h. */
#include "fuzz/lab/memory.h"

#include <stdlib.h>

#include "fuzz/lab/host.h"
#include "spb/alloc.h"

/* As Linux has them on machines of this size. */
#define PCP_BATCH 63
#define PCP_HIGH 512
#define WMARK_DIVISOR 1024

struct spb_config lab_memory_config(uint32_t gigabytes, bool flat, bool bitmaps,
				    const struct spb_tunables *tunables)
{
	return (struct spb_config){
		.block_order = LAB_BLOCK_ORDER,
		.max_order = MAX_PAGE_ORDER,
		.chooser = bitmaps ? SPB_CHOOSER_BITMAPS : SPB_CHOOSER_WALK,
		.pageblocks_per_spb = (u16)(flat ? gigabytes * LAB_BLOCKS : LAB_BLOCKS),
		.nr_nodes = 1,
		.nr_cpus = SPB_MAX_CPUS,
		.pcp_batch = PCP_BATCH,
		.pcp_high = PCP_HIGH,
		.wmark_divisor = WMARK_DIVISOR,
		.zones[0][ZONE_NORMAL] = { .nr_pages = gigabytes * LAB_GIGABYTE },
		.tunables = *tunables,
	};
}

static size_t nr_objects(uint32_t gigabytes, uint32_t nr_traced)
{
	return (size_t)nr_traced + (size_t)gigabytes * LAB_GIGABYTE + 1;
}

size_t lab_memory_size(uint32_t gigabytes, uint32_t nr_traced)
{
	return nr_objects(gigabytes, nr_traced) * sizeof(struct lab_object) +
	       gigabytes * NR_LAB_KINDS * sizeof(uint32_t);
}

bool lab_memory_init(struct lab_memory *memory, uint32_t gigabytes, uint32_t nr_traced)
{
	size_t nr = nr_objects(gigabytes, nr_traced);

	*memory = (struct lab_memory){ .nr_traced = nr_traced, .nr_gigabytes = gigabytes };
	/* Number 0 is nobody's: the allocator asks nobody about a page that has it. */
	memory->nr_objects = nr_traced + 1;
	memory->spare = LAB_NO_OBJECT;
	memory->objects = nr < LAB_NO_OBJECT ? calloc(nr, sizeof(*memory->objects)) : NULL;
	memory->in_gigabyte = calloc(gigabytes, sizeof(*memory->in_gigabyte));
	return memory->objects && memory->in_gigabyte;
}

void lab_memory_release(struct lab_memory *memory)
{
	free(memory->objects);
	free(memory->in_gigabyte);
	*memory = (struct lab_memory){ 0 };
}

/* ---- books ---- */

static void book(struct lab_memory *memory, const struct lab_object *object, bool comes)
{
	uint32_t pages = 1u << object->order;
	uint32_t *in = &memory->in_gigabyte[object->pfn / LAB_GIGABYTE][object->kind];

	*in += comes ? pages : -pages;
	memory->pages += comes ? pages : -(uint64_t)pages;
}

static void take(struct lab_memory *memory, uint32_t number, enum lab_kind kind, struct page *page,
		 unsigned int order)
{
	struct lab_object *object = &memory->objects[number];

	*object = (struct lab_object){ .pfn = page_to_pfn(page), .next = LAB_NO_OBJECT,
				       .order = (uint8_t)order, .kind = (uint8_t)kind,
				       .live = true };
	book(memory, object, true);
	if (!lab_kind_stays(kind))
		set_page_owner(page, number);
}

static uint32_t new_object(struct lab_memory *memory)
{
	uint32_t number = memory->spare;

	if (number == LAB_NO_OBJECT)
		return memory->nr_objects++;
	memory->spare = memory->objects[number].next;
	return number;
}

void lab_memory_forget(struct lab_memory *memory, uint32_t number)
{
	struct lab_object *object = &memory->objects[number];

	book(memory, object, false);
	object->live = false;
	if (number <= memory->nr_traced)
		return;
	object->next = memory->spare;
	memory->spare = number;
}

void lab_memory_moved(struct lab_memory *memory, uint32_t number, uint32_t pfn)
{
	struct lab_object *object = &memory->objects[number];

	book(memory, object, false);
	object->pfn = pfn;
	book(memory, object, true);
}

uint32_t lab_memory_staying(const struct lab_memory *memory, uint32_t gigabyte)
{
	uint32_t pages = 0;

	for (unsigned int kind = 0; kind < NR_LAB_KINDS; kind++)
		if (lab_kind_stays(kind))
			pages += memory->in_gigabyte[gigabyte][kind];
	return pages;
}

uint32_t lab_memory_would(const struct lab_memory *memory)
{
	uint32_t would = 0;

	for (uint32_t i = 0; i < memory->nr_gigabytes; i++)
		would += !lab_memory_staying(memory, i);
	return would;
}

/* ---- calls ---- */

static struct page *request(gfp_t gfp, unsigned int order, unsigned int cpu)
{
	host_call(cpu);
	return alloc_pages(gfp, order);
}

static void give_back(struct lab_memory *memory, uint32_t number, unsigned int cpu)
{
	struct lab_object *object = &memory->objects[number];
	struct page *page = pfn_to_page(object->pfn);

	set_page_owner(page, 0);
	host_call(cpu);
	__free_pages(page, object->order);
	lab_memory_forget(memory, number);
}

uint32_t lab_memory_add(struct lab_memory *memory, enum lab_kind kind, gfp_t gfp,
			unsigned int order, unsigned int cpu)
{
	struct page *page = request(gfp, order, cpu);
	uint32_t number;

	if (!page)
		return LAB_NO_OBJECT;
	number = new_object(memory);
	take(memory, number, kind, page, order);
	return number;
}

void lab_memory_put(struct lab_memory *memory, uint32_t number, unsigned int cpu)
{
	if (!memory->objects[number].live)
		return;
	while (number != LAB_NO_OBJECT) {
		uint32_t next = memory->objects[number].next;

		give_back(memory, number, cpu);
		number = next;
	}
}

/* A caller with a smaller retry, as the page cache and slab caches have them. */
static struct page *with_fallback(struct lab_memory *memory, enum lab_kind kind, gfp_t gfp,
				  unsigned int *order, unsigned int cpu)
{
	bool optional = (gfp & __GFP_NORETRY) || !(gfp & __GFP_DIRECT_RECLAIM);
	struct page *page = request(gfp, *order, cpu);

	if (page)
		return page;
	memory->failures.failed[kind][*order]++;
	while (!page && optional && *order)
		page = request(gfp, --*order, cpu);
	return page;
}

static bool get_as_recorded(struct lab_memory *memory, uint32_t number, enum lab_kind kind,
			    gfp_t gfp, unsigned int order, unsigned int cpu)
{
	struct page *page = with_fallback(memory, kind, gfp, &order, cpu);

	if (page)
		take(memory, number, kind, page, order);
	return page;
}

/* What kvmalloc's caller says, whatever the trace has: it may wait, and wants all of it. */
static bool get_by_kvmalloc(struct lab_memory *memory, uint32_t number, enum lab_kind kind,
			    gfp_t gfp, unsigned int order, unsigned int cpu)
{
	struct spb_extents got;
	uint32_t last = number;

	host_call(cpu);
	if (!kvmalloc(1u << order, GFP_KERNEL | (gfp & __GFP_RECLAIMABLE), &got)) {
		memory->failures.failed[kind][order]++;
		return false;
	}
	if (got.nr > 1)
		memory->failures.failed[kind][order]++;
	for (uint32_t i = 0; i < got.nr; i++) {
		uint32_t piece = i ? new_object(memory) : number;

		take(memory, piece, kind, got.page[i], got.order[i]);
		if (i)
			memory->objects[last].next = piece;
		last = piece;
	}
	return true;
}

static enum lab_kind kind_of(gfp_t gfp)
{
	if (gfp & __GFP_MOVABLE)
		return LAB_MOVABLE;
	return gfp & __GFP_RECLAIMABLE ? LAB_RECLAIMABLE : LAB_UNMOVABLE;
}

void lab_memory_get(struct lab_memory *memory, uint32_t number, gfp_t gfp, unsigned int order,
		    unsigned int cpu)
{
	const struct lab_counts *counts = host_counts();
	uint64_t refused = counts->relax[SPB_RELAX_SMALLER], taints = counts->taints;
	enum lab_kind kind = kind_of(gfp);
	bool caller = memory->callers && kind != LAB_MOVABLE && order &&
		      1u << order <= SPB_MAX_EXTENTS;
	bool got = (caller ? get_by_kvmalloc : get_as_recorded)(memory, number, kind, gfp, order,
								cpu);

	memory->failures.requests++;
	memory->failures.lost[kind] += !got;
	refused = counts->relax[SPB_RELAX_SMALLER] - refused;
	if (got && taints == counts->taints)
		memory->failures.kept += refused;
	else
		memory->failures.broken += refused;
}
