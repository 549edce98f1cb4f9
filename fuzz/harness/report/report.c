// SPDX-License-Identifier: GPL-2.0-only
/* Findings: see report.h for what is printed. */
#include "fuzz/harness/base/finding.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/host/lockgraph.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/report/signature.h"
#include "fuzz/harness/report/symptoms.h"
#include "fuzz/harness/text/text.h"

void finding_at(const char *function)
{
	this_run->finding.function = function;
}

void finding_detail(const char *word)
{
	this_run->finding.detail = word;
}

void finding_missed(unsigned int step)
{
	finding_as("search-order");
	this_run->finding.function = text_reach_name(REACH_STEP, step);
}

void finding_as(const char *rule)
{
	this_run->finding.as = rule;
}

void finding_spb(unsigned int spb)
{
	struct finding_info *info = &this_run->finding;

	if (info->nr_spbs < FINDING_MAX_SPBS)
		info->spb[info->nr_spbs++] = (uint16_t)spb;
}

static void print_event(const struct spb_event *event)
{
	fprintf(stderr, "    %s", text_reach_name(REACH_EVENT, event->type));
	if (event->type == SPB_EV_ALLOC)
		fprintf(stderr, " %s", text_reach_name(REACH_STEP, event->step));
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

/* What is left out when somebody changes on purpose what conformance is about. */
static void print_group(const struct rule *rule, const char *cause)
{
	if (rule->group != GROUP_CONFORMANCE || rule_by_name(cause)->group != GROUP_CONFORMANCE)
		return;
	fprintf(stderr,
		"  group: conformance, the search exactly as specified; where a patch changes "
		"it on purpose,\n  RULES=safety,books,policy (spbfuzz: --only) leaves it out\n");
}

static void print_report(const struct run *run, const struct rule *rule)
{
	const struct finding_info *info = &run->finding;
	char signature[128];

	finding_signature(info, signature, sizeof(signature));
	fprintf(stderr, "FINDING %s op=%s step=%u cpu=%u\n", info->rule, program_op_name(info->op),
		info->step, info->cpu);
	fprintf(stderr, "  %s\n  rule: %s [%s]\n", info->message, rule->meaning, rule->source);
	print_group(rule, info->cause);
	lock_graph_draw(stderr);
	if (run->extra && run->extra->picture)
		run->extra->picture(stderr, run, info);
	if (run->live)
		print_last_events(&run->oracle);
	if (strcmp(info->cause, info->rule))
		fprintf(stderr, "  nearest to the cause: %s\n", info->cause);
	fprintf(stderr, "SIGNATURE %s\n", signature);
}

/* The rule is switched off, and nothing after its breach can be judged. */
__attribute__((noreturn)) static void stop(struct run *run, const struct rule *rule)
{
	run->stopped = rule->name;
	if (run->on_stop)
		run->on_stop(run);
	fprintf(stderr, "finding: %s is switched off, and no program runs that could end\n",
		rule->name);
	abort();
}

void finding(const char *name, const char *fmt, ...)
{
	const struct rule *rule = rule_by_name(name);
	struct run *run = this_run;
	struct finding_info *info = &run->finding;
	va_list args;

	symptoms_note(name);
	if (!rule) {
		fprintf(stderr, "finding: \"%s\" is no rule; rules.def lists them\n", name);
		abort();
	}
	if (rule_off[rule - rules])
		stop(run, rule);
	info->rule = rule->name;
	info->op = run->op;
	info->step = run->step;
	info->cpu = run->cpu;
	va_start(args, fmt);
	vsnprintf(info->message, sizeof(info->message), fmt, args);
	va_end(args);
	signature_find(run);
	if (!run->options.quiet)
		print_report(run, rule);
	run->on_stop = NULL;
	if (run->on_finding)
		run->on_finding(run);
	abort();
}
