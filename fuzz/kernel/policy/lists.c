// SPDX-License-Identifier: GPL-2.0-only
/* Pages that are freed, per-CPU lists that are full or drained, pages that compaction moves. */
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/policy/policy.h"
#include "shim/shim.h"

/* Before the free that is under way. */
static PROGRAM_STATE struct kb_pcp list_before;
static PROGRAM_STATE struct kb_events events_before;
static PROGRAM_STATE uint32_t zone_of_free;
/* Before the work of a second, of the running CPU; whether it is known. */
static PROGRAM_STATE struct kb_pcp second_before[KB_MAX_ZONES];
static PROGRAM_STATE bool second_known;
/* What is compacted, 1 + zone. */
static PROGRAM_STATE uint32_t compacted_zone;

void policy_lists_begin(void)
{
	memset(&list_before, 0, sizeof(list_before));
	memset(&events_before, 0, sizeof(events_before));
	zone_of_free = KB_NO_PFN;
	compacted_zone = 0;
	second_known = false;
}

void kernel_watch_frees(const uint32_t *pfns, uint32_t nr)
{
	struct kb_page page;

	zone_of_free = KB_NO_PFN;
	if (!policy_is_on())
		return;
	/* Whoever isolates a page has a reference, too, and is the last to let it go. */
	for (uint32_t i = 0; i < nr; i++)
		if (!kb_page(pfns[i], &page) || page.zone == KB_NO_PFN || page.refcount != 1)
			return;
	zone_of_free = page.zone;
	kb_pcp(page.zone, shim_this->cpu, &list_before);
	kb_events(&events_before);
}

struct search {
	uint32_t pfn, type;
	bool found;
};

static bool visit(void *data, uint32_t cpu, uint32_t pfn, uint32_t order, uint32_t type)
{
	struct search *search = data;

	(void)cpu;
	(void)order;
	search->type = type;
	search->found = pfn == search->pfn;
	return !search->found;
}

/* Pages of CMA areas and of the highatomic reserve are among the movable ones. */
static void check_list(uint32_t pfn)
{
	struct search search = { .pfn = pfn };
	struct kb_page page;
	uint32_t wanted;

	looked(PCP_TYPE);
	if (!kb_page(pfn, &page) || kb_walk_pcp(page.zone, visit, &search) || !search.found)
		return;
	wanted = page.type <= kernel_type("Reclaimable") ? page.type : kernel_type("Movable");
	if (page.type == kernel_type("Isolate"))
		rule_broken(PCP_TYPE, "page %u of an isolated pageblock is freed to a per-CPU list",
			    pfn);
	else if (search.type != wanted)
		rule_broken(PCP_TYPE, "page %u of type %s is freed to the per-CPU list of type "
				      "%s", pfn,
			    kernel_type_name(page.type), kernel_type_name(search.type));
}

/* Pages that are freed one by one leave a batch of them on the list when it is full. What is given
 * back last may be a large page. */
static void check_rest(const struct kb_pcp *list, uint32_t pages)
{
	if (list->high < 2 * list->batch || list_before.high < 2 * list_before.batch)
		return;
	looked(PCP_KEEPS);
	if (list->count < list_before.count + pages &&
	    list->count + (1u << (KB_PCP_ORDERS - 1)) - 1 < list_before.batch)
		rule_broken(PCP_KEEPS,
			    "a per-CPU list of %u pages, batch %u, high %u, has %u after a free",
			    list_before.count, list_before.batch, list_before.high, list->count);
}

/* Of one allocation alone is it known how much went to the list. */
static void check_mark(uint32_t pfn, uint32_t pages)
{
	struct kb_pcp list;

	kb_pcp(zone_of_free, shim_this->cpu, &list);
	/* Not where it went to the free lists at once, which leaves the list as it was. */
	if (pages == 1 && list.count < list_before.count)
		check_rest(&list, pages);
	if (list.count <= list_before.count)
		return;
	check_list(pfn);
	/* With nothing between high and batch nothing is given back: no kernel makes it so. */
	if (list_before.high == list_before.batch)
		return;
	looked(PCP_HIGH);
	if (list_before.count + pages >= list_before.high &&
	    list.count == list_before.count + pages)
		rule_broken(PCP_HIGH,
			    "a per-CPU list of %u pages, whose high mark is %u, grows to %u by a "
			    "free",
			    list_before.count, list_before.high, list.count);
}

void kernel_watch_freed(const uint32_t *pfns, uint32_t nr, uint32_t pages)
{
	struct kb_events events;

	if (zone_of_free == KB_NO_PFN || !policy_is_on())
		return;
	kb_events(&events);
	looked(EVENT_COUNT);
	if (events.freed - events_before.freed != pages)
		rule_broken(EVENT_COUNT, "%u pages were freed, PGFREE counts %u", pages,
			    (uint32_t)(events.freed - events_before.freed));
	if (nr == 1)
		check_mark(pfns[0], pages);
	for (uint32_t i = 0; nr > 1 && i < nr; i++)
		check_list(pfns[i]);
}

void kernel_watch_second(void)
{
	second_known = policy_is_on();
	for (uint32_t zone = 0; zone < kernel_map->nr_zones && second_known; zone++)
		kb_pcp(zone, shim_this->cpu, &second_before[zone]);
}

/*
 * Of an idle list the high mark falls by an eighth at most, to its lower bound, and what is above
 * it goes back. Where that would be many pages at once, since there are more than the mark allows,
 * it rises to some of them.
 */
static void check_second(uint32_t zone, const struct kb_pcp *was)
{
	uint32_t least = was->mark - was->mark / 8;
	uint32_t most = was->count > was->mark ? was->count : was->mark;
	struct kb_pcp is;

	if (was->mark == KB_NO_PFN)
		return;
	kb_pcp(zone, shim_this->cpu, &is);
	if (was->mark <= was->least)
		least = was->mark;
	else if (least < was->least)
		least = was->least;
	looked(PCP_DECAY);
	if (is.mark < least || is.mark > most || is.count > is.mark)
		rule_broken(PCP_DECAY,
			    "per-CPU lists of zone %u: the high mark was %u, %u at least, and is "
			    "%u after a second; they have %u pages of %u",
			    zone, was->mark, was->least, is.mark, is.count, was->count);
}

void kernel_watch_second_over(void)
{
	for (uint32_t zone = 0; zone < kernel_map->nr_zones; zone++)
		if (second_known && policy_is_on())
			check_second(zone, &second_before[zone]);
}

void kernel_watch_drained(int cpu)
{
	struct kb_pcp list;

	if (!policy_is_on())
		return;
	for (uint32_t zone = 0; zone < kernel_map->nr_zones; zone++)
		for (uint32_t at = 0; at < this_run->nr_cpus; at++) {
			if (cpu >= 0 && at != (uint32_t)cpu)
				continue;
			looked(DRAIN_EMPTIES);
			kb_pcp(zone, at, &list);
			if (list.count)
				rule_broken(DRAIN_EMPTIES,
					    "%u pages of zone %u are on the lists of CPU %u after "
					    "a drain",
					    list.count, zone, at);
		}
}

void kernel_watch_compacts_zone(uint32_t zone, bool begins)
{
	compacted_zone = begins && policy_is_on() ? 1 + zone : 0;
}

/* For nobody's request, pages move to where movable ones are meant to be. */
void kernel_watch_moves(uint32_t from, uint32_t to)
{
	struct kb_page page;

	policy_request.alone = false;
	policy_compaction_moves(from, to);
	if (!compacted_zone || !policy_is_on())
		return;
	looked(COMPACT_TARGET);
	if (kb_page(to, &page) &&
	    (page.zone != compacted_zone - 1 || page.isolated ||
	     (page.type != kernel_type("Movable") && page.type != kernel_type("CMA"))))
		rule_broken(COMPACT_TARGET,
			    "compaction of zone %u moves page %u to page %u, of type %s in zone %u",
			    compacted_zone - 1, from, to, kernel_type_name(page.type), page.zone);
}
