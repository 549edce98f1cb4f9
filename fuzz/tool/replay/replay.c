// SPDX-License-Identifier: GPL-2.0-only
/* Running a program in this process, and coming back from a finding. */
#include "fuzz/tool/replay/replay.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/base/switch.h"
#include "fuzz/harness/base/symbol.h"
#include "fuzz/targets.h"
#include "spb/event.h"

static const struct target *const targets[] = {
#define TARGET(name, ...) &target_##name,
#include "fuzz/targets.def"
#undef TARGET
};

#define NR_TARGETS (sizeof(targets) / sizeof(targets[0]))

static sigjmp_buf after_finding;

const struct target *replay_target(const char *name)
{
	for (size_t i = 0; i < NR_TARGETS; i++)
		if (!strcmp(targets[i]->name, name))
			return targets[i];
	tool_complain("'%s' is no target; these are:", name);
	for (size_t i = 0; i < NR_TARGETS; i++)
		fprintf(stderr, "  %s\n", targets[i]->name);
	return NULL;
}

const char *replay_target_of(const char *path)
{
	const char *end = strrchr(path, '/'), *begin = end;

	while (begin && begin > path && begin[-1] != '/')
		begin--;
	for (size_t i = 0; begin && i < NR_TARGETS; i++)
		if (strlen(targets[i]->name) == (size_t)(end - begin) &&
		    !strncmp(targets[i]->name, begin, (size_t)(end - begin)))
			return targets[i]->name;
	return "alloc";
}

static void print_event(struct run *run, const struct spb_event *event)
{
	const char *detail = text_event_detail(event);

	(void)run;
	printf("        %s", text_reach_name(REACH_EVENT, event->type));
	if (detail)
		printf(" %s", detail);
	if (event->pfn != SPB_NO_PFN)
		printf(" pfn=%u", event->pfn);
	if (event->spb != SPB_NO_SPB)
		printf(" spb=%u", event->spb);
	printf(" zone=%u order=%u type=%u", event->zone, event->order, event->mt);
	if (!detail && (event->arg || event->arg2))
		printf(" arg=%u,%u", event->arg, event->arg2);
	putchar('\n');
}

static void print_step(struct run *run, const struct program_record *record)
{
	uint8_t raw[PROGRAM_RECORD_SIZE];
	char line[TEXT_LINE];

	program_encode_record(record, raw);
	printf("%4u cpu%u %s\n", run->step, run->cpu, text_record(line, raw));
	fflush(stdout);
}

#define COLUMN 20

/*
 * The interleaving, one column per CPU:
 *
 *   > cpu0 | step 3, point 14, in spb_update_list(), is left for cpu1
 *                       > cpu1 | step 5, point 2, waits for a lock for cpu0
 */
static void print_switch(struct run *run, const struct sched_switch *told)
{
	static const char *const texts[] = {
		[SWITCH_PREEMPTED] = "is left", [SWITCH_BLOCKED] = "waits for a lock",
		[SWITCH_DONE] = "is done", [SWITCH_INTERRUPT] = "is interrupted",
		[SWITCH_INTERRUPT_END] = "goes on after the interrupt",
	};
	const char *function = symbol_of(told->pc);

	(void)run;
	printf("%*s> cpu%u |", (int)(told->from * COLUMN), "", told->from);
	if (told->kind != SWITCH_DONE)
		printf(" step %u, point %llu,", told->step, (unsigned long long)told->point);
	if (function)
		printf(" in %s(),", function);
	printf(" %s", texts[told->kind]);
	if (told->to != told->from)
		printf(" for cpu%u", told->to);
	putchar('\n');
}

static const struct observer printer = {
	.name = "printer",
	.events = ALL_EVENTS,
	.op_begins = print_step,
	.event = print_event,
	.switched = print_switch,
};

static void come_back(struct run *run)
{
	(void)run;
	siglongjmp(after_finding, 1);
}

void replay_prepare(bool oracles, bool hash, bool verbose)
{
	const char *strict = getenv("SPBFUZZ_STRICT"), *races = getenv("SPBFUZZ_RACES");
	const char *scramble = getenv("SPBFUZZ_SCRAMBLE");

	this_run->options.oracles = oracles;
	this_run->options.verify_reset = oracles;
	this_run->options.hash_state = hash;
	this_run->options.verbose = verbose;
	if (strict && !strcmp(strict, "1"))
		this_run->options.strict = true;
	this_run->options.races = !races || strcmp(races, "0");
	if (scramble)
		this_run->options.scramble = (uint32_t)strtoul(scramble, NULL, 0);
	this_run->on_finding = come_back;
	this_run->watcher = verbose ? &printer : NULL;
}

bool replay(const struct target *target, const struct tool_input *input)
{
	/* A report goes to the standard error: keep the order. */
	fflush(stdout);
	if (sigsetjmp(after_finding, 0))
		return false;
	target->run(input->bytes, input->size);
	return true;
}
