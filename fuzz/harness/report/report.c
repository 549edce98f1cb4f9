// SPDX-License-Identifier: GPL-2.0-only
/* Findings as text: see report.h. */
#include "fuzz/harness/report/report.h"

#include <string.h>

#include "fuzz/harness/base/known.h"
#include "fuzz/harness/base/reach.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/report/signature.h"
#include "fuzz/harness/text/event_text.h"
#include "fuzz/harness/text/text.h"

static void print_event(const struct spb_event *event, const struct teller *by)
{
	char text[256];

	fprintf(stderr, "  CPU %u, %s of step %u: %s\n", by->cpu,
		program_op_name((enum program_op)by->op), by->step,
		event_text(event, text, sizeof(text)));
}

/* What led to the finding comes before it, as in a log. */
static void print_last_events(const struct recent *recent)
{
	uint32_t first = recent->events > RECENT_EVENTS ? recent->events - RECENT_EVENTS : 0;

	if (first == recent->events)
		return;
	fprintf(stderr, "EVENTS before the finding, the newest last\n");
	for (uint32_t i = first; i < recent->events; i++)
		print_event(&recent->last[i % RECENT_EVENTS], &recent->by[i % RECENT_EVENTS]);
}

static void draw(const struct run *run)
{
	for (const struct observer *const *at = observers_of(run); *at; at++)
		if ((*at)->picture)
			(*at)->picture(stderr, run, &run->finding);
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

static void print_report(const struct run *run)
{
	const struct finding_info *info = &run->finding;
	const struct rule *rule = rule_by_name(info->rule);
	char signature[128];

	finding_signature(info, signature, sizeof(signature));
	if (run->live)
		print_last_events(&run->recent);
	fprintf(stderr, "FINDING %s op=%s step=%u cpu=%u\n", info->rule, program_op_name(info->op),
		info->step, info->cpu);
	fprintf(stderr, "  %s\n  rule: %s [%s]\n", info->message, rule->meaning, rule->source);
	fprintf(stderr, "  look at %s\n", rule_by_name(info->cause)->look);
	print_group(rule, info->cause);
	draw(run);
	if (strcmp(info->cause, info->rule))
		fprintf(stderr, "  nearest to the cause: %s\n", info->cause);
	fprintf(stderr, "SIGNATURE %s\n", signature);
}

/* What is known of this allocator ends the program, and not the search. */
static void pass_if_known(struct run *run)
{
	char signature[128];
	int number;

	finding_signature(&run->finding, signature, sizeof(signature));
	number = known_number(signature);
	if (number < 0 || !run->on_stop)
		return;
	reached.known[number]++;
	run->stopped = run->finding.rule;
	run->on_stop(run);
}

void report_finding(struct run *run)
{
	signature_find(run);
	pass_if_known(run);
	if (!run->options.quiet)
		print_report(run);
}
