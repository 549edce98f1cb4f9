// SPDX-License-Identifier: GPL-2.0-only
/* What is asked of the double of a kernel: see fake.h. */
#include "tests/kernel/fake.h"

#include <string.h>

static uint8_t content[FAKE_PAGES][KB_CONTENT_BYTES];

static const struct kb_build build = {
	.version = "fake",
	.most_order = 8,
	.nr_types = FAKE_TYPES,
	.types = { "Unmovable", "Movable", "Reclaimable", "HighAtomic", "CMA", "Isolate" },
	.has_cma = true,
	.has_compaction = true,
};

void kb_attach(const struct kb_host *host)
{
	fake_host = host;
}

const struct kb_build *kb_build(void)
{
	return &build;
}

const char *kb_self_test(void)
{
	return NULL;
}

bool kb_state(unsigned int n, void **start, size_t *size)
{
	uint32_t pages = fake.end - FAKE_FIRST;

	*start = &fake;
	*size = offsetof(struct fake, pages) + pages * sizeof(fake.pages[0]);
	return !n;
}

void kb_copy(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
}

void kb_set_cpu(uint32_t cpu)
{
	fake.cpu = cpu;
}

void kb_irq(bool begins)
{
	fake.irqs_off[fake.cpu] = begins;
}

/* Its counters alone are told. */
void fake_access(const void *at, size_t size)
{
	bool off = fake.irqs_off[fake.cpu];

	fake_host->access(at, size, false, KB_PLAIN_ACCESS, __builtin_return_address(0), off);
	fake_host->access(at, size, true, KB_PLAIN_ACCESS, __builtin_return_address(0), off);
}

bool kb_hooked(void)
{
	return true;
}

const char *kb_field(const void *at)
{
	(void)at;
	return "fake counter";
}

const void *kb_map_entry(uint32_t pfn)
{
	return fake_page(pfn);
}

bool kb_irqs_off(void)
{
	return fake.irqs_off[fake.cpu];
}

bool kb_may_sleep(void)
{
	return !fake.locks[fake.cpu] && !fake.irqs_off[fake.cpu];
}

bool kb_lock_held(const void *lock)
{
	(void)lock;
	return fake.locks[fake.cpu];
}

const char *kb_stub(const void *address)
{
	(void)address;
	return NULL;
}

uint32_t kb_min_pfn(void)
{
	return FAKE_FIRST;
}

uint32_t kb_max_pfn(void)
{
	return fake.end;
}

uint32_t kb_nr_zones(void)
{
	return fake.nr_zones;
}

bool kb_zone(uint32_t number, struct kb_zone *out)
{
	static const char *const names[] = { "DMA", "DMA32", "Normal", "Movable" };
	const struct fake_zone *zone = &fake.zones[number];

	if (number >= fake.nr_zones)
		return false;
	*out = (struct kb_zone){
		.name = names[zone->kind], .kind = zone->kind, .nid = zone->nid,
		.start = zone->start, .end = zone->end, .managed = zone->managed,
		.counted = { .free = zone->free, .free_cma = zone->free_cma,
			     .isolated = zone->isolated, .pcp = zone->pcp },
	};
	memcpy(out->nr_free, zone->nr_free, sizeof(out->nr_free));
	return true;
}

bool kb_page(uint32_t pfn, struct kb_page *out)
{
	const struct fake_page *page;
	uint32_t head = pfn;
	bool is_free;

	if (pfn < FAKE_FIRST || pfn >= fake.end)
		return false;
	page = fake_page(pfn);
	is_free = page->state == FAKE_FREE || page->state == FAKE_FREE_TAIL;
	if (is_free || page->compound)
		head = pfn & ~((1u << page->order) - 1);
	*out = (struct kb_page){
		.zone = page->state == FAKE_HOLE ? KB_NO_PFN : page->zone,
		.head = head,
		.type = *fake_label(pfn),
		.order = is_free ? page->order : 0,
		.state = is_free			? KB_PAGE_BUDDY :
			 page->state == FAKE_HOLE	? KB_PAGE_NONE :
							  KB_PAGE_OTHER,
		.refcount = page->refcount,
		.compound_head = page->compound == 1,
		.compound_tail = page->compound == 2,
		.compound_order = page->compound_order,
		.isolated = *fake_label(pfn) == FAKE_ISOLATE,
		.in_zone = page->state != FAKE_HOLE,
		.dirty = page->dirty ? "a flag" : NULL,
	};
	return true;
}

uint32_t kb_first_dirty(uint32_t pfn, uint32_t nr)
{
	struct kb_page page;

	for (; nr && kb_page(pfn, &page); pfn++, nr--)
		if (page.dirty || page.refcount)
			return pfn;
	return KB_NO_PFN;
}

/* Each page is looked at by itself here. */
bool kb_is_fresh(uint32_t pfn, uint32_t order, bool compound)
{
	(void)pfn;
	(void)order;
	(void)compound;
	return false;
}

uint32_t kb_label(uint32_t pfn)
{
	return pfn < FAKE_FIRST || pfn >= fake.end ? KB_NO_PFN : *fake_label(pfn);
}

uint32_t kb_buddy_at(uint32_t pfn)
{
	if (pfn < FAKE_FIRST || pfn >= fake.end || fake_page(pfn)->state != FAKE_FREE)
		return KB_NO_PFN;
	return fake_page(pfn)->order;
}

void kb_zone_pages(uint32_t number, uint32_t *free, uint32_t *pcp)
{
	const struct fake_zone *zone = &fake.zones[number];

	*free = 0;
	for (unsigned int order = 0; order < KB_MAX_ORDERS; order++)
		*free += zone->nr_free[order] << order;
	*pcp = zone->pcp;
}

/* @at: the first entry. Return: NULL or what is wrong */
static const char *follow(uint32_t at, bool (*visit)(void *data, uint32_t pfn), void *data)
{
	uint32_t before = FAKE_NONE, left = FAKE_PAGES;

	for (; at != FAKE_NONE && left--; at = fake_page(at)->next) {
		if (at < FAKE_FIRST || at >= fake.end || fake_page(at)->prev != before)
			return "an entry does not point back";
		before = at;
		if (!visit(data, at))
			return NULL;
	}
	return left ? NULL : "a list without end";
}

struct free_walk {
	bool (*visit)(void *data, uint32_t pfn, uint32_t order, uint32_t type);
	void *data;
	uint32_t order, type;
};

static bool visit_free(void *data, uint32_t pfn)
{
	struct free_walk *walk = data;

	return walk->visit(walk->data, pfn, walk->order, walk->type);
}

const char *kb_walk_free(uint32_t zone,
			 bool (*visit)(void *data, uint32_t pfn, uint32_t order, uint32_t type),
			 void *data)
{
	struct free_walk walk = { .visit = visit, .data = data };
	const struct fake_zone *at = &fake.zones[zone];
	const char *wrong = NULL;

	for (walk.order = 0; walk.order <= fake.config.max_order; walk.order++)
		for (walk.type = 0; walk.type < FAKE_TYPES && !wrong; walk.type++)
			wrong = follow(at->lists[walk.order][walk.type].first, visit_free, &walk);
	return wrong;
}

struct pcp_walk {
	bool (*visit)(void *data, uint32_t cpu, uint32_t pfn, uint32_t order, uint32_t type);
	void *data;
	uint32_t cpu;
};

static bool visit_pcp(void *data, uint32_t pfn)
{
	struct pcp_walk *walk = data;

	return walk->visit(walk->data, walk->cpu, pfn, 0, fake_page(pfn)->type);
}

const char *kb_walk_pcp(uint32_t zone,
			bool (*visit)(void *data, uint32_t cpu, uint32_t pfn, uint32_t order,
				      uint32_t type),
			void *data)
{
	struct pcp_walk walk = { .visit = visit, .data = data };
	const char *wrong = NULL;

	for (; walk.cpu < KB_MAX_CPUS && !wrong; walk.cpu++)
		wrong = follow(fake.zones[zone].pcps[walk.cpu].first, visit_pcp, &walk);
	return wrong;
}

void *kb_content(uint32_t pfn)
{
	return content[pfn - FAKE_FIRST];
}

void kb_content_reset(void)
{
}
