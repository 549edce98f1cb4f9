// SPDX-License-Identifier: GPL-2.0-only
/* See fixture.h. Pictures are in fixture_picture.c. */
#include "tests/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/check/chooser/hold.h"
#include "fuzz/harness/check/oracle.h"
#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/host/lockgraph.h"
#include "fuzz/harness/owner/predict.h"
#include "fuzz/harness/refusal/promise.h"
#include "fuzz/harness/report/report.h"
#include "fuzz/harness/text/event_names.h"

#define FX_MAX_EVENTS 8192
#define FX_BUDGET 4000000

sigjmp_buf fx_jump;
bool fx_armed;

static struct arena arena;
static uint8_t *copy; /* of the arena, before a bad call */
static struct spb_event events[FX_MAX_EVENTS];
static unsigned int nr_events;

static void on_event(struct run *run, const struct spb_event *event)
{
	(void)run;
	if (nr_events < FX_MAX_EVENTS)
		events[nr_events++] = *event;
}

static const struct observer recorder = {
	.name = "recorder", .events = ALL_EVENTS, .event = on_event,
};

static const struct observer *const observers[] = {
	&predict_observer, &lock_graph_observer, &spb_observer, &oracle_observer, &recorder,
	&promise_observer, &hold_observer, NULL,
};

static const struct run_mode mode = { .observers = observers };

static void on_finding(struct run *run)
{
	if (fx_armed)
		siglongjmp(fx_jump, 1);
	fail_msg("unexpected finding %s: %s", run->finding.rule, run->finding.message);
}

struct spb_config fx_config(unsigned int nr_spbs)
{
	struct spb_config config = {
		.block_order = 2,
		.max_order = 4,
		.pageblocks_per_spb = FX_SPB / FX_BLOCK,
		.nr_nodes = 1,
		.nr_cpus = 2,
		.zones[0][ZONE_NORMAL] = { FX_START, nr_spbs * FX_SPB },
		.tunables = SPB_DEFAULT_TUNABLES,
	};

	config.tunables.reserve_min = 1;
	return config;
}

static void *zeroed(size_t size)
{
	void *mem = aligned_alloc(SHIM_LINE, ALIGN_UP(size, SHIM_LINE));

	assert_non_null(mem);
	return memset(mem, 0, size);
}

static void make_arena(const struct spb_config *config)
{
	if (arena.base)
		owner_end();
	free(copy);
	assert_null(spb_config_check(config));
	arena_make_room(&arena, spb_arena_size(config));
	copy = zeroed(arena.size);
}

void fx_start(const struct spb_config *config)
{
	struct run *run = this_run;

	run->live = false;
	make_arena(config);
	host_attach(&arena);
	host_set_budget(FX_BUDGET);
	assert_int_equal(spb_core_init(arena.base, config), 0);
	arena_find_always(&arena);
	arena_op_done(&arena);
	allocator.memory->begin();
	run->config = *config;
	run->ops = allocator.ops;
	run->queries = allocator.queries;
	run->mode = &mode;
	run->arena = &arena;
	run->report = report_finding;
	run->on_finding = on_finding;
	run->nr_cpus = config->nr_cpus;
	run->options = (struct run_options){ .quiet = true };
	owner_begin(run->queries->min_pfn(), run->queries->max_pfn(), config->block_order);
	memset(&run->finding, 0, sizeof(run->finding));
	run->options.oracles = true;
	observe_begin(run);
	run->live = true;
	fx_oracles(false);
	fx_forget();
}

void fx_oracles(bool on)
{
	this_run->options.oracles = on;
	observe_again(this_run);
}

/* They are told, and a finding is taken as it is. */
static void wake_oracles(void)
{
	fx_oracles(true);
	this_run->options.oracles = false;
}

void fx_after_op(void)
{
	wake_oracles();
	observe_after_op(this_run);
	arena_op_done(this_run->arena);
	fx_oracles(false);
}

void fx_full(void)
{
	wake_oracles();
	observe_full(this_run);
	fx_oracles(false);
}

void fx_happens(const struct spb_event *event)
{
	wake_oracles();
	observe_event(this_run, event);
	fx_oracles(false);
}

void fx_hold_ends(const struct hold *hold)
{
	wake_oracles();
	observe_hold(this_run, hold);
	fx_oracles(false);
}

void fx_without_spbs(void)
{
	static const struct observer *const others[] = { &oracle_observer, NULL };
	static const struct run_mode without = { .observers = others };

	this_run->mode = &without;
}

void fx_small(unsigned int nr_spbs)
{
	struct spb_config config = fx_config(nr_spbs);

	fx_start(&config);
}

void fx_finish(void)
{
	host_check_idle();
	fx_after_op();
	fx_full();
}

struct zone *fx_zone(void)
{
	return &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

struct superpageblock *fx_spb(unsigned int index)
{
	return &this_core()->spbs[index];
}

/* --- calls --- */

uint32_t fx_alloc_on(gfp_t gfp, unsigned int order, unsigned int nid, uint32_t nodemask)
{
	struct host_call outer;
	uint32_t pfn;

	fx_forget();
	host_call_begin(SPB_RULE_NONE, &outer);
	pfn = allocator.ops->alloc(gfp, order, nid, nodemask);
	host_call_end(&outer);
	if (pfn != NO_PFN)
		owner_take(0, pfn, order);
	return pfn;
}

uint32_t fx_alloc(gfp_t gfp, unsigned int order)
{
	return fx_alloc_on(gfp, order, 0, 0);
}

void fx_free(uint32_t pfn)
{
	struct host_call outer;
	struct extent extent;

	fx_forget();
	assert_true(owner_drop(pfn, &extent));
	host_call_begin(SPB_RULE_NONE, &outer);
	allocator.ops->free(pfn, extent.order);
	host_call_end(&outer);
}

uint32_t fx_search(unsigned int order, int migratetype, unsigned int alloc_flags)
{
	enum rmqueue_mode rmqueue = RMQUEUE_NORMAL;
	struct zone *zone = fx_zone();
	unsigned long flags;
	struct page *page;

	fx_forget();
	spin_lock_irqsave(&zone->lock, flags);
	page = __rmqueue(zone, order, migratetype, alloc_flags, &rmqueue);
	if (page)
		set_page_allocated(page, order, migratetype);
	spin_unlock_irqrestore(&zone->lock, flags);
	if (!page)
		return NO_PFN;
	owner_take(0, page_to_pfn(page), order);
	return page_to_pfn(page);
}

void fx_pin(uint32_t pfn)
{
	unsigned int order;
	uint32_t owner;

	assert_true(owner_expects(pfn, &order, &owner));
	owner_pin(owner, true);
}

void fx_cpu(unsigned int cpu)
{
	host_switch(cpu);
}

/* --- what was told --- */

void fx_forget(void)
{
	nr_events = 0;
}

unsigned int fx_count(enum spb_event_type type)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < nr_events; i++)
		count += events[i].type == type;
	return count;
}

const struct spb_event *fx_event(enum spb_event_type type, unsigned int n)
{
	for (unsigned int i = 0; i < nr_events; i++)
		if (events[i].type == type && !n--)
			return &events[i];
	fail_msg("event %u did not happen as often", type);
	return NULL;
}

unsigned int fx_refused(enum spb_refusal reason)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < nr_events; i++)
		count += events[i].type == SPB_EV_REFUSE && events[i].arg == reason;
	return count;
}

const char *fx_relaxes(void)
{
	static char text[256];

	text[0] = '\0';
	for (unsigned int i = 0; i < nr_events; i++) {
		if (events[i].type != SPB_EV_RELAX)
			continue;
		if (text[0])
			strcat(text, " ");
		assert_true(strlen(text) < sizeof(text) - 32);
		strcat(text, relax_names[events[i].arg].name);
	}
	return text;
}

const char *fx_step(void)
{
	for (unsigned int i = nr_events; i-- > 0;)
		if (events[i].type == SPB_EV_ALLOC)
			return step_names[events[i].step].name;
	return "none";
}

/* --- bad calls --- */

void fx_bad_call_begin(void)
{
	memcpy(copy, arena.base, arena.size);
	fx_forget();
}

void fx_bad_call_end(void)
{
	assert_memory_equal(copy, arena.base, arena.size);
	assert_int_equal(nr_events, 0);
}
