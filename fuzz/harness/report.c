// SPDX-License-Identifier: GPL-2.0-only
/* Findings: see report.h for what is printed. */
#include "fuzz/harness/report.h"

#include <stdarg.h>
#include <stdlib.h>

#include "fuzz/harness/lockgraph.h"
#include "fuzz/harness/run.h"

static const char *const event_names[NR_SPB_EVENTS] = {
#define X(id, name) [SPB_EV_##id] = name,
	SPB_EVENTS(X)
#undef X
};

static const char *const step_names[NR_SPB_STEPS] = {
#define X(id, name) [SPB_STEP_##id] = name,
	SPB_STEPS(X)
#undef X
};

/* The core function that changes what an event is about, and tells it. */
static const char *const writers[NR_SPB_EVENTS] = {
	[SPB_EV_ALLOC] = "spb_take",
	[SPB_EV_FREE] = "__free_one_page",
	[SPB_EV_PCP_GET] = "rmqueue_pcplist",
	[SPB_EV_PCP_PUT] = "free_to_pcplist",
	[SPB_EV_HAS_SET] = "__spb_set_has_type",
	[SPB_EV_HAS_CLEAR] = "__spb_clear_has_type",
	[SPB_EV_TAINT] = "spb_update_list",
	[SPB_EV_UNTAINT] = "spb_update_list",
	[SPB_EV_LIST_MOVE] = "spb_update_list",
	[SPB_EV_RELABEL] = "set_pageblock_migratetype",
	[SPB_EV_ISOLATE] = "set_isolated",
	[SPB_EV_UNISOLATE] = "set_isolated",
	[SPB_EV_MIGRATE] = "migrate_page",
	[SPB_EV_DEFRAG_RUN] = "defrag_finish",
	[SPB_EV_HIGHATOMIC] = "reserve_highatomic_pageblock",
	[SPB_EV_CONTIG] = "spb_alloc_contig",
};

bool report_is_writer(const struct spb_event *event)
{
	switch (event->type) {
	case SPB_EV_ALLOC:
	case SPB_EV_FREE:
	case SPB_EV_ISOLATE:
	case SPB_EV_UNISOLATE:
	case SPB_EV_HIGHATOMIC:
	case SPB_EV_CONTIG:
		return true;
	default:
		return false;
	}
}

static const struct spb_event *newest(const struct oracle_state *oracle, uint32_t age)
{
	return &oracle->last[(oracle->events - age) % ORACLE_LAST_EVENTS];
}

/* The newest event about any pages at all. */
static const char *writer_anywhere(const struct oracle_state *oracle)
{
	uint32_t kept = oracle->events < ORACLE_LAST_EVENTS ? oracle->events : ORACLE_LAST_EVENTS;

	for (uint32_t age = 1; age <= kept; age++)
		if (report_is_writer(newest(oracle, age)))
			return writers[newest(oracle, age)->type];
	return NULL;
}

/*
 * Who is to blame, as far as events tell: whoever told the event that breaks the rule, where
 * it is looked at; else who last changed pages where the finding is.
 */
static const char *culprit(const struct run *run, const struct finding_info *info)
{
	const struct oracle_state *oracle = &run->oracle;
	uint8_t type;

	if (!run->live || !oracle->events)
		return NULL;
	if (oracle->in_event && newest(oracle, 1)->type == SPB_EV_ALLOC)
		return step_names[newest(oracle, 1)->step];
	if (oracle->in_event && writers[newest(oracle, 1)->type])
		return writers[newest(oracle, 1)->type];
	if (oracle->in_event)
		return event_names[newest(oracle, 1)->type];
	if (!info->nr_spbs || info->spb[0] >= ORACLE_MAX_SPBS)
		return writer_anywhere(oracle);
	type = oracle->writer[info->spb[0]];
	return type ? writers[type - 1] : NULL;
}

void finding_at(const char *function)
{
	this_run->finding.function = function;
}

void finding_spb(unsigned int spb)
{
	struct finding_info *info = &this_run->finding;

	if (info->nr_spbs < FINDING_MAX_SPBS)
		info->spb[info->nr_spbs++] = (uint16_t)spb;
}

enum program_op finding_kind(enum program_op op)
{
	switch (op) {
	case OP_alloc_mask:
	case OP_bulk:
	case OP_fill:
	case OP_kvmalloc:
	case OP_vmalloc:
	case OP_skb:
	case OP_age:
		return OP_alloc;
	case OP_free_order:
	case OP_free_pfn:
	case OP_free_again:
	case OP_free_step:
	case OP_split_free:
	case OP_thin:
		return OP_free;
	default:
		return op;
	}
}

void finding_signature(const struct finding_info *info, char *to, size_t room)
{
	snprintf(to, room, "%s/%s/%s", info->rule, program_op_name(finding_kind(info->op)),
		 info->function ? info->function : "-");
}

static void print_event(const struct spb_event *event)
{
	fprintf(stderr, "    %s", event_names[event->type]);
	if (event->type == SPB_EV_ALLOC)
		fprintf(stderr, " %s", step_names[event->step]);
	if (event->spb != SPB_NO_SPB)
		fprintf(stderr, " spb=%u", event->spb);
	if (event->pfn != SPB_NO_PFN)
		fprintf(stderr, " pfn=%u", event->pfn);
	fprintf(stderr, " zone=%u order=%u type=%u arg=%#x arg2=%#x\n", event->zone, event->order,
		event->mt, event->arg, event->arg2);
}

static void print_last_events(const struct oracle_state *oracle)
{
	uint32_t first = oracle->events > ORACLE_LAST_EVENTS ? oracle->events - ORACLE_LAST_EVENTS
							     : 0;

	if (first == oracle->events)
		return;
	fprintf(stderr, "  last events:\n");
	for (uint32_t i = first; i < oracle->events; i++)
		print_event(&oracle->last[i % ORACLE_LAST_EVENTS]);
}

static void print_report(const struct run *run, const struct rule *rule)
{
	const struct finding_info *info = &run->finding;
	char signature[128];

	finding_signature(info, signature, sizeof(signature));
	fprintf(stderr, "FINDING %s op=%s step=%u cpu=%u\n", info->rule, program_op_name(info->op),
		info->step, info->cpu);
	fprintf(stderr, "  %s\n  rule: %s [%s]\n", info->message, rule->meaning, rule->source);
	lock_graph_draw(stderr);
	if (run->extra && run->extra->picture)
		run->extra->picture(stderr, run, info);
	if (run->live)
		print_last_events(&run->oracle);
	if (info->function)
		fprintf(stderr, "  in %s()\n", info->function);
	fprintf(stderr, "SIGNATURE %s\n", signature);
}

void finding(const char *name, const char *fmt, ...)
{
	const struct rule *rule = rule_by_name(name);
	struct run *run = this_run;
	struct finding_info *info = &run->finding;
	va_list args;

	if (!rule) {
		fprintf(stderr, "finding: \"%s\" is no rule; rules.c lists them\n", name);
		abort();
	}
	info->rule = rule->name;
	info->op = run->op;
	info->step = run->step;
	info->cpu = run->cpu;
	if (!info->function)
		info->function = culprit(run, info);
	va_start(args, fmt);
	vsnprintf(info->message, sizeof(info->message), fmt, args);
	va_end(args);
	if (!run->options.quiet)
		print_report(run, rule);
	if (run->on_finding)
		run->on_finding(run);
	abort();
}
