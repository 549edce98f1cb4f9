// SPDX-License-Identifier: GPL-2.0-only
/* Findings, before anybody looks at them: see finding.h. */
#include "fuzz/harness/base/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/text/text.h"

PROGRAM_STATE void (*finding_caught)(const char *rule);

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

void finding_page(uint32_t pfn)
{
	struct finding_info *info = &this_run->finding;

	info->has_page = true;
	info->pfn = pfn;
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

	if (finding_caught)
		finding_caught(name);
	if (!rule) {
		fprintf(stderr, "finding: \"%s\" is no rule; rules.def lists them\n", name);
		abort();
	}
	if (rule_off[rule - rules])
		stop(run, rule);
	info->rule = rule->name;
	info->cause = rule->name;
	info->op = run->op;
	info->step = run->step;
	info->cpu = run->cpu;
	va_start(args, fmt);
	vsnprintf(info->message, sizeof(info->message), fmt, args);
	va_end(args);
	if (run->report)
		run->report(run);
	run->on_stop = NULL;
	if (run->on_finding)
		run->on_finding(run);
	abort();
}
