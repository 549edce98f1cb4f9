// SPDX-License-Identifier: GPL-2.0-only
/* The model beside a running program: the one file of it that looks into the allocator. */
#include "fuzz/harness/model/model_run.h"

#include "fuzz/harness/host/arena.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"
#include "spb/mmzone.h"

static void view_spb(unsigned int spb, struct model_spb_view *view)
{
	const struct superpageblock *sb = &this_core()->spbs[spb];

	*view = (struct model_spb_view){
		.total = sb->total_pageblocks,
		.reserved = sb->nr_reserved,
		.nr_free = sb->nr_free,
		.nr_unmovable = sb->nr_unmovable,
		.nr_reclaimable = sb->nr_reclaimable,
		.nr_movable = sb->nr_movable,
		.free_pages = sb->nr_free_pages,
		.category = sb->category,
		.fullness = sb->fullness,
	};
}

/* The last record that something else happened in the middle of: an interrupt goes unnoticed
 * by the operation below it. */
static PROGRAM_STATE unsigned int shared_step;

static bool alone(const struct run *run)
{
	if (run->concurrent)
		shared_step = run->step;
	return run->step != shared_step;
}

void model_run_begin(struct run *run)
{
	shared_step = PROGRAM_MAX_RECORDS;
	model_walk_reset();
	if (!run->options.model || !rule_section_is_on(SECTION_MODEL)) {
		model_sleep();
		return;
	}
	model_begin(&run->config, view_spb);
	if (run->arena->compared)
		return;
	if (run->extra)
		run->extra->full(run);
	model_compare_birth();
	model_full(run->queries);
	run->arena->compared = true;
}

/* In a dry run nothing is told. */
static bool follows(const struct run *run)
{
	return run->options.model && !run->measuring;
}

static void set_context(const struct run *run)
{
	model_context(run->cpu, host_in_irq(), alone(run));
}

void model_run_event(struct run *run, const struct spb_event *event)
{
	if (!follows(run))
		return;
	run->finding.nr_spbs = 0;
	if (event->spb != SPB_NO_SPB)
		finding_spb(event->spb);
	set_context(run);
	model_event(event);
}

void model_run_request(const struct run *run, enum spb_rule breaks, enum model_ask ask,
		       uint32_t gfp, unsigned int order, unsigned int nid, uint32_t nodemask,
		       uint32_t nr)
{
	if (!follows(run) || breaks != SPB_RULE_NONE)
		return;
	set_context(run);
	model_request(&(struct model_request){ ask, gfp, order, nid, nodemask, nr });
}

void model_run_request_end(const struct run *run)
{
	if (!follows(run))
		return;
	set_context(run);
	model_request_end();
}

void model_run_walk(const struct run *run, unsigned int index, bool below_order,
		    unsigned int order, unsigned int mt)
{
	if (!follows(run) || !run->options.oracles)
		return;
	set_context(run);
	model_walk_begin(index, below_order, order, mt);
}

void model_run_walk_end(const struct run *run, bool answer)
{
	if (!follows(run) || !run->options.oracles)
		return;
	set_context(run);
	model_walk_end(answer);
}

void model_run_unlocked(const struct run *run)
{
	if (follows(run) && run->options.oracles)
		model_walk_section();
}

void model_run_tuning(const struct run *run, bool begins)
{
	if (follows(run))
		model_tuning(begins);
}

static uint32_t kswapd_queued(void)
{
	uint32_t nodes = 0;

	for (unsigned int nid = 0; nid < nr_online_nodes; nid++)
		nodes |= (uint32_t)NODE_DATA(nid)->kswapd_work.pending << nid;
	return nodes;
}

/* Nodes whose kswapd was queued when room began to be made, a bit each. */
static PROGRAM_STATE uint32_t queued;

void model_run_room(const struct run *run, bool known, unsigned int order, unsigned int mt)
{
	if (!follows(run))
		return;
	set_context(run);
	model_wanted(known, order, mt);
	queued = kswapd_queued();
}

void model_run_room_end(const struct run *run)
{
	if (!follows(run))
		return;
	set_context(run);
	model_kswapd(queued & ~kswapd_queued());
	model_wanted(false, 0, 0);
}

void model_run_contig(const struct run *run, unsigned int zone)
{
	if (!follows(run))
		return;
	set_context(run);
	model_contig_begin(zone);
}

void model_run_contig_end(const struct run *run, uint32_t pfn)
{
	if (!follows(run))
		return;
	set_context(run);
	model_contig_end(pfn);
}

void model_run_section(const struct run *run)
{
	if (run->options.model)
		model_settle_section();
}

void model_run_after_op(const struct run *run)
{
	if (run->options.model)
		model_settle();
}

void model_run_full(const struct run *run)
{
	if (run->options.model)
		model_full(run->queries);
}
