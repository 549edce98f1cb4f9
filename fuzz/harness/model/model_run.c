// SPDX-License-Identifier: GPL-2.0-only
/* The model beside a running program: the one file of it that looks into the allocator. */
#include "fuzz/harness/model/model.h"

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/report/symptoms.h"
#include "fuzz/harness/rule/rule.h"
#include "spb/mmzone.h"

static void view_spb(unsigned int spb, struct model_spb_view *view)
{
	const struct superpageblock *sb = &this_core()->spbs[spb];

	*view = (struct model_spb_view){
		.nr_free = sb->nr_free,
		.nr_unmovable = sb->nr_unmovable,
		.nr_reclaimable = sb->nr_reclaimable,
		.nr_movable = sb->nr_movable,
		.free_pages = sb->nr_free_pages,
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

static void set_context(const struct run *run)
{
	model_context(run->cpu, host_in_irq(), alone(run));
}

/* --- a program --- */

static void begin(struct run *run)
{
	shared_step = PROGRAM_MAX_RECORDS;
	if (rule_section_is_on(SECTION_MODEL))
		model_begin(&run->config, view_spb);
	else
		model_sleep();
}

static void full(struct run *run)
{
	model_full(run->queries);
}

static void fresh(struct run *run)
{
	model_compare_birth();
	full(run);
}

/* In the order of enum content. */
static uint8_t stored_content(u32 pfn)
{
	const struct spb_core *core = this_core();
	u16 flags = core->pageblock_map[(pfn - core->min_pfn) >> pageblock_order].flags;

	return (uint8_t)((flags & PB_HAS_MASK) / PB_has_unmovable);
}

static void on_event(struct run *run, const struct spb_event *event)
{
	run->finding.nr_spbs = 0;
	if (event->spb != SPB_NO_SPB)
		finding_spb(event->spb);
	set_context(run);
	if (event->type == SPB_EV_PCP_GET)
		model_stored(run->concurrent ? stored_content(event->pfn) : 0);
	model_event(event);
}

/* Others may be under way, unless the section is alone. */
static void on_section(struct run *run, const struct section *section)
{
	(void)run;
	model_section(section->alone);
}

static void after_op(struct run *run)
{
	(void)run;
	model_settle();
}

/* --- calls --- */

static void request_begins(const struct call *call)
{
	enum model_ask ask = call->kind == CALL_alloc ? ASK_PAGES :
			     call->kind == CALL_bulk  ? ASK_BULK :
							ASK_KVMALLOC + call->caller;

	if (call->breaks == SPB_RULE_NONE)
		model_request(&(struct model_request){
			ask, call->gfp, call->order, call->nid, call->nodemask, call->nr });
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

static void room_begins(const struct call *call)
{
	model_room_begins(call->kind, call->order, call->type);
	queued = kswapd_queued();
}

static void call_begins(struct run *run, const struct call *call)
{
	set_context(run);
	switch (call->kind) {
	case CALL_alloc:
	case CALL_bulk:
	case CALL_caller:
		return request_begins(call);
	case CALL_reclaim:
	case CALL_compact:
	case CALL_evacuate:
	case CALL_work:
		return room_begins(call);
	case CALL_contig:
		return model_contig_begin(call->zone);
	case CALL_can_serve:
	case CALL_has_free:
		return model_walk_begin(call->zone, call->kind == CALL_can_serve,
					call->order, call->type);
	case CALL_tunable:
		return model_tuning(true);
	default:
		return;
	}
}

static void call_ends(struct run *run, const struct call *call)
{
	set_context(run);
	switch (call->kind) {
	case CALL_alloc:
	case CALL_bulk:
	case CALL_caller:
		return model_request_end();
	case CALL_reclaim:
	case CALL_compact:
	case CALL_evacuate:
	case CALL_work:
		return model_room_ends(queued & ~kswapd_queued());
	case CALL_contig:
		return model_contig_end(call->pfn);
	case CALL_can_serve:
	case CALL_has_free:
		return model_walk_end(call->answer);
	case CALL_tunable:
		return model_tuning(false);
	default:
		return;
	}
}

/* --- the observer --- */

static bool look(struct run *run, unsigned int n)
{
	if (!n)
		model_section(true);
	/* Where runs of pages have no size a walk has no end. */
	else if (n == 1 && !symptom_is_broken(RULE_PAGE_RUN))
		full(run);
	return n < 2;
}

static bool rests(const struct run *run)
{
	return !run->options.oracles || !run->options.model;
}

const struct observer model_observer = {
	.name = "model",
	.events = ALL_EVENTS,
	.calls = CALL_BIT(alloc) | CALL_BIT(bulk) | CALL_BIT(caller) | CALL_BIT(reclaim) |
		 CALL_BIT(compact) | CALL_BIT(evacuate) | CALL_BIT(work) | CALL_BIT(contig) |
		 CALL_BIT(can_serve) | CALL_BIT(has_free) | CALL_BIT(tunable),
	.locks = 1u << LOCK_ZONE,
	.rests = rests,
	.begin = begin,
	.fresh = fresh,
	.event = on_event,
	.section = on_section,
	.call_begins = call_begins,
	.call_ends = call_ends,
	.after_op = after_op,
	.full = full,
	.look = look,
};
