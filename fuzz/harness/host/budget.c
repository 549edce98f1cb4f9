// SPDX-License-Identifier: GPL-2.0-only
/* Budgets of steps: see budget.h. */
#include "fuzz/harness/host/budget.h"

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"

struct budget {
	const char *name;
	uint32_t lists, map, searches;
};

static const struct budget budgets[NR_BUDGETS] = {
#define X(id, name, lists, map, searches, text) { name, lists, map, searches },
	BUDGETS(X)
#undef X
};

/**
 * struct peak - the call that came closest to its budget
 * @used, @steps: what it took, of how many
 * @spbs, @orders: of its geometry; @pages: that counted
 */
struct peak {
	uint32_t used, steps;
	uint32_t spbs, orders, pages;
};

/* Of all programs: a statistic. */
static PROCESS_STATE struct peak peaks[NR_BUDGETS];
static PROGRAM_STATE uint32_t spbs, orders, pages, batch;

static uint32_t spbs_of(const struct spb_config *config, const struct spb_zone_config *zone)
{
	uint32_t size = (uint32_t)config->pageblocks_per_spb << config->block_order;

	if (!zone->nr_pages)
		return 0;
	return (zone->start_pfn + zone->nr_pages - 1) / size - zone->start_pfn / size + 1;
}

void budget_begin(const struct run *run)
{
	const struct spb_config *config = &run->config;

	spbs = 0;
	pages = 0;
	orders = config->max_order + 1u;
	for (unsigned int i = 0; i < config->nr_nodes * MAX_NR_ZONES; i++) {
		const struct spb_zone_config *zone =
			&config->zones[i / MAX_NR_ZONES][i % MAX_NR_ZONES];

		spbs += spbs_of(config, zone);
		pages += zone->nr_pages;
	}
	/* It may be any number; entries are pages. */
	batch = config->pcp_batch < pages ? config->pcp_batch : pages;
	if (run->mode->preempt)
		pages *= run->nr_cpus;
}

uint32_t budget_steps(enum budget_kind kind, unsigned int times)
{
	const struct budget *budget = &budgets[kind];

	return times * ((budget->lists + budget->searches * batch) * spbs * orders +
			budget->map * pages);
}

void budget_note(enum budget_kind kind, unsigned int times, uint32_t used)
{
	uint32_t steps = budget_steps(kind, times);
	struct peak *peak = &peaks[kind];

	if ((uint64_t)used * peak->steps >= (uint64_t)peak->used * steps && used)
		*peak = (struct peak){ used, steps, spbs, orders, pages };
}

void budget_print(FILE *out)
{
	for (unsigned int i = 0; i < NR_BUDGETS; i++) {
		const struct peak *peak = &peaks[i];

		fprintf(out, "  %-16s %12u of %u steps (%u superpageblocks, %u orders, %u pages)\n",
			budgets[i].name, peak->used, peak->steps, peak->spbs, peak->orders,
			peak->pages);
	}
}
