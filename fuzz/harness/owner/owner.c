// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extents and content: see owner.h. Everything is indexed by page; a note counts only when
 * it has the number of the running program, so that a new program starts with none at no cost.
 */
#include "fuzz/harness/owner/owner.h"

#include <errno.h>
#include <string.h>

#include "fuzz/harness/program/state.h"
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/preempt.h"
#include "fuzz/harness/rule/rule.h"

#if defined(__SANITIZE_ADDRESS__)
#define OWNER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OWNER_ASAN 1
#endif
#endif
#ifdef OWNER_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, size) __asan_poison_memory_region(p, size)
#define UNPOISON(p, size) __asan_unpoison_memory_region(p, size)
#else
#define OWNER_ASAN 0
#define POISON(p, size) ((void)(p), (void)(size))
#define UNPOISON(p, size) ((void)(p), (void)(size))
#endif

#define NONE (~0u)

/* What a page holds while in use. */
struct content {
	uint32_t stamp; /* of the extent */
	uint32_t owner;
	uint32_t index; /* within the extent */
	uint32_t check;
};

/**
 * struct node - the extent that begins at a page
 * @run: number of the program that it belongs to
 * @stamp: number of the allocation within the program
 * @older, @newer: extents of the same owner, as page indices
 */
struct node {
	uint32_t run;
	uint32_t stamp;
	uint32_t older, newer;
	uint16_t owner;
	uint8_t order;
};

struct owner {
	uint32_t run;
	uint32_t newest;
	uint32_t pages;
	uint32_t held_pfn, held_pages;
	bool pinned;
};

static PROGRAM_STATE struct node nodes[OWNER_MAX_PAGES];
static PROGRAM_STATE uint32_t used_by_run[OWNER_MAX_PAGES];
static PROGRAM_STATE struct content content[OWNER_MAX_PAGES];
static PROGRAM_STATE struct owner owners[NR_OWNERS];
/* By the CPU that asked. */
static PROGRAM_STATE struct given given[PROGRAM_CPUS];
/* The stamp: it grows from program to program. @ended: owner_end() has been called. */
static PROCESS_STATE uint32_t run_number;
static PROCESS_STATE bool ended;
static PROGRAM_STATE uint32_t first_pfn, nr_pages, next_stamp, total_pages;
static PROGRAM_STATE unsigned int unnamed_shift;

static struct owner *owner_at(uint32_t number)
{
	struct owner *owner = &owners[number];

	if (owner->run != run_number)
		*owner = (struct owner){
			.run = run_number, .newest = NONE, .held_pfn = NO_PFN,
		};
	preempt_touch(owner, sizeof(*owner), false);
	return owner;
}

/* An owner, and with it its chain, is about to change. */
static struct owner *owner_to_change(uint32_t number)
{
	struct owner *owner = owner_at(number);

	preempt_touch(owner, sizeof(*owner), true);
	return owner;
}

static struct node *node_at(uint32_t pfn)
{
	uint32_t i = pfn - first_pfn;

	if (i >= nr_pages)
		return NULL;
	preempt_touch(&nodes[i], sizeof(nodes[i]), false);
	return nodes[i].run == run_number ? &nodes[i] : NULL;
}

static uint32_t pfn_of(const struct node *node)
{
	return first_pfn + (uint32_t)(node - nodes);
}

static void to_extent(const struct node *node, struct extent *extent)
{
	extent->pfn = pfn_of(node);
	extent->order = node->order;
}

void owner_begin(uint32_t min_pfn, uint32_t max_pfn, unsigned int block_order)
{
	memset(given, 0, sizeof(given));
	if (!++run_number) {
		memset(nodes, 0, sizeof(nodes));
		memset(used_by_run, 0, sizeof(used_by_run));
		memset(owners, 0, sizeof(owners));
		run_number = 1;
	}
	/* After a finding, too, which leaves the pages of its program open. */
	if (!ended)
		POISON(content, sizeof(content));
	ended = false;
	if (max_pfn - min_pfn > OWNER_MAX_PAGES)
		finding("harness", "a memory map of %u pages", max_pfn - min_pfn);
	first_pfn = min_pfn;
	nr_pages = max_pfn - min_pfn;
	unnamed_shift = block_order;
	next_stamp = 0;
	total_pages = 0;
}

void owner_end(void)
{
	for (uint32_t o = 1; OWNER_ASAN && o < NR_OWNERS; o++)
		for (uint32_t i = owner_at(o)->newest; i != NONE; i = nodes[i].older)
			POISON(&content[i], sizeof(content[0]) << nodes[i].order);
	ended = true;
}

/* --- content --- */

static void stamp_pages(const struct node *node)
{
	struct content *c = &content[node - nodes];

	for (uint32_t i = 0; i < 1u << node->order; i++)
		c[i] = (struct content){
			.stamp = node->stamp, .owner = node->owner, .index = i,
			.check = ~node->stamp ^ i,
		};
}

static void check_content(const struct node *node)
{
	const struct content *c = &content[node - nodes];

	looked(CONTENT_LOST);
	for (uint32_t i = 0; i < 1u << node->order; i++)
		if (__builtin_expect(c[i].stamp != node->stamp || c[i].owner != node->owner ||
				     c[i].index != i || c[i].check != (~node->stamp ^ i), 0)) {
			finding_page(pfn_of(node) + i);
			finding("content-lost",
				"page %u of owner %u (order %u) holds what owner %u wrote",
				pfn_of(node) + i, node->owner, node->order, c[i].owner);
		}
}

/* Pages go into use: nobody may use them yet. */
static void use_pages(uint32_t at, uint32_t nr)
{
	UNPOISON(&content[at], nr * sizeof(content[0]));
	for (uint32_t i = at; i < at + nr; i++) {
		if (__builtin_expect(used_by_run[i] == run_number, 0)) {
			finding_page(first_pfn + i);
			finding("double-handout", "page %u of a new allocation at %u is in use",
				first_pfn + i, first_pfn + at);
		}
		used_by_run[i] = run_number;
	}
}

static void unuse_pages(uint32_t at, uint32_t nr)
{
	POISON(&content[at], nr * sizeof(content[0]));
	memset(&used_by_run[at], 0, nr * sizeof(used_by_run[0]));
}

/* --- chains --- */

static void link_node(struct node *node)
{
	struct owner *owner = owner_to_change(node->owner);
	uint32_t i = (uint32_t)(node - nodes);

	node->older = owner->newest;
	node->newer = NONE;
	if (owner->newest != NONE)
		nodes[owner->newest].newer = i;
	owner->newest = i;
	owner->pages += 1u << node->order;
	total_pages += 1u << node->order;
}

static void unlink_node(struct node *node)
{
	struct owner *owner = owner_to_change(node->owner);

	preempt_touch(node, sizeof(*node), true);
	if (node->newer != NONE)
		nodes[node->newer].older = node->older;
	else
		owner->newest = node->older;
	if (node->older != NONE)
		nodes[node->older].newer = node->newer;
	owner->pages -= 1u << node->order;
	total_pages -= 1u << node->order;
	node->run = 0;
}

static struct node *make_node(uint32_t owner, uint32_t pfn, unsigned int order)
{
	struct node *node = &nodes[pfn - first_pfn];

	preempt_touch(node, sizeof(*node), true);
	node->run = run_number;
	node->owner = (uint16_t)owner;
	node->order = (uint8_t)order;
	node->stamp = next_stamp++;
	link_node(node);
	return node;
}

void owner_take(uint32_t owner, uint32_t pfn, unsigned int order)
{
	uint32_t at = pfn - first_pfn, nr = 1u << order;
	struct node *node;

	looked(DOUBLE_HANDOUT);
	if (pfn & (nr - 1))
		finding("misaligned", "page %u cannot begin an allocation of order %u", pfn, order);
	if (at >= nr_pages || nr > nr_pages - at)
		finding("wrong-zone", "page %u, order %u, is outside the memory map", pfn, order);
	if (!owner)
		owner = OWNER_UNNAMED_FIRST + (pfn >> unnamed_shift) % NR_UNNAMED_OWNERS;
	use_pages(at, nr);
	node = make_node(owner, pfn, order);
	stamp_pages(node);
	this_run->ops->set_owner(pfn, owner);
}

static void forget(struct node *node)
{
	check_content(node);
	unuse_pages((uint32_t)(node - nodes), 1u << node->order);
	unlink_node(node);
}

bool owner_drop(uint32_t pfn, struct extent *extent)
{
	struct node *node = node_at(pfn);

	if (!node)
		return false;
	to_extent(node, extent);
	forget(node);
	return true;
}

bool owner_newest(uint32_t number, struct extent *extent)
{
	const struct owner *owner = owner_at(number);

	if (owner->newest == NONE)
		return false;
	to_extent(&nodes[owner->newest], extent);
	return true;
}

bool owner_older(uint32_t pfn, struct extent *extent)
{
	const struct node *node = node_at(pfn);

	if (!node)
		return false;
	preempt_touch(&owners[node->owner], sizeof(owners[0]), false);
	if (node->older == NONE)
		return false;
	to_extent(&nodes[node->older], extent);
	return true;
}

void owner_pin(uint32_t number, bool pinned)
{
	owner_to_change(number)->pinned = pinned;
}

void owner_hold(uint32_t number, uint32_t pfn, uint32_t pages)
{
	struct owner *owner = owner_to_change(number);

	use_pages(pfn - first_pfn, pages);
	owner->held_pfn = pfn;
	owner->held_pages = pages;
	owner->pages += pages;
	total_pages += pages;
}

uint32_t owner_release(uint32_t number)
{
	struct owner *owner = owner_to_change(number);
	uint32_t pfn = owner->held_pfn;

	if (pfn == NO_PFN)
		return NO_PFN;
	unuse_pages(pfn - first_pfn, owner->held_pages);
	owner->pages -= owner->held_pages;
	total_pages -= owner->held_pages;
	owner->held_pfn = NO_PFN;
	return pfn;
}

bool owner_holds(uint32_t number)
{
	return owner_at(number)->held_pfn != NO_PFN;
}

uint32_t owner_held_pfn(uint32_t number)
{
	return owner_at(number)->held_pfn;
}

bool owner_holds_at(uint32_t pfn)
{
	for (uint32_t number = 1; number < NR_OWNERS; number++)
		if (owner_at(number)->held_pfn == pfn)
			return true;
	return false;
}

/* --- questions --- */

bool owner_expects(uint32_t pfn, unsigned int *order, uint32_t *owner)
{
	const struct node *node = node_at(pfn);

	if (!node)
		return false;
	*order = node->order;
	*owner = node->owner;
	return true;
}

bool owner_in_use(uint32_t pfn)
{
	uint32_t i = pfn - first_pfn;

	return i < nr_pages && used_by_run[i] == run_number;
}

uint32_t owner_count_pages(void)
{
	return total_pages;
}

uint32_t owner_pages_of(uint32_t number)
{
	return owner_at(number)->pages;
}

bool owner_would_move(uint32_t pfn)
{
	const struct node *node = node_at(pfn);

	return node && !owner_at(node->owner)->pinned;
}

/* --- what the allocator asks --- */

int owner_migrate(uint32_t src, uint32_t dst)
{
	struct node *from = node_at(src), *to = &nodes[dst - first_pfn];
	struct owner *owner;
	uint32_t nr;

	if (!from || owner_at(from->owner)->pinned)
		return -EBUSY;
	nr = 1u << from->order;
	check_content(from);
	use_pages(dst - first_pfn, nr);
	memcpy(&content[dst - first_pfn], &content[src - first_pfn], nr * sizeof(content[0]));
	unuse_pages(src - first_pfn, nr);

	owner = owner_to_change(from->owner);
	preempt_touch(from, sizeof(*from), true);
	preempt_touch(to, sizeof(*to), true);
	*to = *from;
	from->run = 0;
	if (to->newer != NONE)
		nodes[to->newer].older = dst - first_pfn;
	else
		owner->newest = dst - first_pfn;
	if (to->older != NONE)
		nodes[to->older].newer = dst - first_pfn;
	this_run->ops->set_owner(dst, to->owner);
	return 0;
}

bool owner_give_up(uint32_t pfn)
{
	struct node *node = node_at(pfn);

	if (!node || owner_at(node->owner)->pinned)
		return false;
	if (!given[this_run->cpu].pages)
		given[this_run->cpu].first_pfn = pfn;
	given[this_run->cpu].last_pfn = pfn;
	given[this_run->cpu].last = 1u << node->order;
	given[this_run->cpu].pages += 1u << node->order;
	forget(node);
	return true;
}

struct given owner_given(unsigned int cpu)
{
	struct given was = given[cpu];

	given[cpu] = (struct given){ 0 };
	return was;
}

uint32_t owner_to_kill(void)
{
	uint32_t victim = 0;

	for (uint32_t number = 1; number < NR_OWNERS; number++) {
		const struct owner *o = owner_at(number), *best = owner_at(victim);

		if (!o->pages)
			continue;
		if (!victim || (best->pinned && !o->pinned) ||
		    (best->pinned == o->pinned && o->pages > best->pages))
			victim = number;
	}
	return victim;
}
