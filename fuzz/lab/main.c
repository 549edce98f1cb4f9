// SPDX-License-Identifier: GPL-2.0-only
/*
 * spbfuzz lab: what policies keep and cost at real size.
 *
 *   trace ─▶ steps ─▶ copies ─┐
 *                             ├─▶ the allocator, a zone of gigabytes ─▶ a line for each sample
 *   memory nobody traced ─────┘
 *
 * The same trace, seed and policy give the same report to the byte.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/harness/import/import.h"
#include "fuzz/harness/text/names.h"
#include "fuzz/lab/books.h"
#include "fuzz/lab/contig.h"
#include "fuzz/lab/fill.h"
#include "fuzz/lab/host.h"
#include "fuzz/lab/load/load.h"
#include "fuzz/lab/memory.h"
#include "fuzz/lab/options.h"
#include "fuzz/lab/report.h"
#include "fuzz/lab/load/trace.h"
#include "fuzz/tool/common/tool.h"
#include "spb/alloc.h"

enum status { GOOD, WRONG, USAGE, NOTHING };

#define MAX_WORK 64     /* items of deferred work at a time */
#define TOLD_AFTER 8192 /* steps between looks at the clock */

/* All of a run. */
struct lab {
	struct lab_options options;
	struct lab_trace trace;
	struct lab_load load;
	struct lab_memory memory;
	struct lab_fill fill;
	uint32_t copies;
	uint64_t done;  /* steps */
	uint64_t ticks; /* of time that was told to the allocator */
	uint16_t *has;
	FILE *report;
};

static volatile sig_atomic_t wanted_end;

static void end(int number __attribute__((unused)))
{
	wanted_end = 1;
}

static enum status complain(enum status status, const char *what, const char *why)
{
	fprintf(stderr, "lab: %s: %s\n", what, why);
	return status;
}

/* ---- owners ---- */

static void moved(void *context, uint32_t object, uint32_t pfn)
{
	lab_memory_moved(&((struct lab *)context)->memory, object, pfn);
}

static int lets_go(void *context, uint32_t object)
{
	return lab_fill_lets_go(&((struct lab *)context)->fill, object);
}

static unsigned long killed(void *context)
{
	return lab_fill_kill(&((struct lab *)context)->fill);
}

/* ---- before the run ---- */

static enum status read_trace(struct lab *lab)
{
	struct import_trace trace;
	const char *why = import_read(&trace, lab->options.trace, GFP_LAYOUT_618);
	bool built;

	if (why || trace.trouble[0]) {
		import_release(&trace);
		return complain(NOTHING, lab->options.trace, why ? why : "it is damaged");
	}
	built = lab_trace_build(&lab->trace, trace.events, trace.nr_events);
	lab->trace.us = trace.last_us - trace.first_us;
	import_release(&trace);
	if (!built)
		return complain(NOTHING, lab->options.trace, "no memory for its steps");
	if (!lab->trace.nr_steps)
		return complain(NOTHING, lab->options.trace, "no event of a page is in it");
	return GOOD;
}

static uint64_t available(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	uint64_t kb = UINT64_MAX >> 10;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %" SCNu64, &kb) == 1)
			break;
	if (file)
		fclose(file);
	return kb << 10;
}

/* What a try of gigabytes changes is there twice. */
static enum status have_room(const struct lab *lab, size_t arena)
{
	uint64_t objects = (uint64_t)lab->copies * lab->trace.nr_objects, needed, there;

	if (objects > UINT32_MAX / 2)
		return complain(USAGE, "copies", "more objects than can be numbered");
	needed = arena * (lab->options.tries ? 2 : 1) + objects +
		 lab_memory_size(lab->options.gigabytes, (uint32_t)objects) +
		 (uint64_t)lab->options.gigabytes * LAB_GIGABYTE * sizeof(uint32_t);
	there = available();
	if (!lab->options.quiet || needed > there)
		fprintf(stderr, "lab: %u GiB want %" PRIu64 " MiB of memory at most, %" PRIu64
			" MiB are available\n", lab->options.gigabytes, needed >> 20, there >> 20);
	return needed > there ? NOTHING : GOOD;
}

static enum status set_up(struct lab *lab)
{
	struct spb_config config = lab_memory_config(lab->options.gigabytes, lab->options.flat,
						       lab->options.bitmaps,
						       &lab->options.tunables);
	struct lab_owner owner = { lab, moved, lets_go, killed };
	size_t size = spb_arena_size(&config);
	uint64_t share = (uint64_t)lab->options.gigabytes * LAB_GIGABYTE / 100 *
			 lab->options.traced;
	void *arena;

	lab->copies = lab->options.copies ? lab->options.copies :
					    lab_load_copies(&lab->trace, share);
	if (have_room(lab, size))
		return NOTHING;
	arena = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	lab->has = calloc(lab->options.gigabytes, sizeof(*lab->has));
	if (arena == MAP_FAILED || !lab->has ||
	    !lab_load_init(&lab->load, &lab->trace, lab->copies, lab->options.seed) ||
	    !lab_memory_init(&lab->memory, lab->options.gigabytes,
			     lab->copies * lab->trace.nr_objects) ||
	    !lab_fill_init(&lab->fill, &lab->memory, &lab->options.fill, lab->options.seed))
		return complain(NOTHING, "memory", strerror(ENOMEM));
	madvise(arena, size, MADV_HUGEPAGE);
	lab->memory.callers = lab->options.callers;
	host_attach(arena, size, &owner);
	spb_core_init(arena, &config);
	/* Again: what it told while it was initialised is not counted. */
	host_attach(arena, size, &owner);
	return GOOD;
}

/* ---- the run ---- */

/* Pages in use that are wanted now: all of them after a quarter of the steps. */
static uint64_t target(const struct lab *lab)
{
	uint64_t all = (uint64_t)lab->options.gigabytes * LAB_GIGABYTE / 100 * lab->options.use;
	uint64_t ramp = lab->options.events / 4;

	return lab->done >= ramp ? all : all / ramp * lab->done;
}

static uint64_t now_ms(const struct lab *lab)
{
	return lab->trace.us / 1000 * lab->done / lab->trace.nr_steps / lab->copies;
}

static void let_time_pass(struct lab *lab)
{
	uint64_t ticks = now_ms(lab) * HZ / 1000;

	if (ticks == lab->ticks)
		return;
	host_call(0);
	spb_advance_time((u32)(ticks - lab->ticks));
	lab->ticks = ticks;
	spb_run_work(MAX_WORK);
}

static void step(struct lab *lab)
{
	struct lab_step step;

	lab_load_next(&lab->load, &step);
	if (step.gets)
		lab_memory_get(&lab->memory, step.object + 1, step.gfp, step.order,
			       step.cpu % SPB_MAX_CPUS);
	else
		lab_memory_put(&lab->memory, step.object + 1, step.cpu % SPB_MAX_CPUS);
	lab->done++;
	lab_fill_step(&lab->fill, target(lab));
	let_time_pass(lab);
}

static enum status sample(struct lab *lab, bool tries)
{
	struct lab_books books;
	struct lab_tried tried;
	struct lab_sample s = {
		.events = lab->done,
		.ms = now_ms(lab),
		.books = &books,
		.memory = &lab->memory,
		.tried = tries ? &tried : NULL,
	};
	char why[200];

	lab_books_read(&books, lab->options.gigabytes, lab->has);
	if (!lab_books_agree(&books, lab->has, &lab->memory, why, sizeof(why)))
		return complain(WRONG, "the books do not agree", why);
	if (tries) {
		enum lab_try came = lab_contig_try(&lab->memory, lab->options.flat, &tried);

		if (came == LAB_TRY_FOUND)
			return complain(WRONG, "asking for gigabytes", "the allocator went wrong");
		if (came == LAB_NOT_TRIED)
			return complain(NOTHING, "asking for gigabytes",
					"the process that tried failed");
	}
	lab_report_sample(lab->report, &s);
	return GOOD;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A line that the next one replaces. */
static void tell(const struct lab *lab, double began, bool last)
{
	double took = seconds() - began;
	double share = (double)lab->done / (double)lab->options.events;

	if (lab->options.quiet || (!last && !isatty(STDERR_FILENO)))
		return;
	fprintf(stderr,
		"\rlab: %3.0f %% of %" PRIu64 " steps, %.2f million a second, %.0f s left   %s",
		100 * share, lab->options.events, (double)lab->done / took / 1e6,
		took / share - took, last ? "\n" : "");
}

static enum status run(struct lab *lab)
{
	const struct lab_options *o = &lab->options;
	double began = seconds();
	enum status status = GOOD;

	for (uint32_t n = 1; n <= o->samples; n++) {
		uint64_t until = o->events * n / o->samples;
		/* Of all samples those that reach the next whole share. */
		bool tries = o->tries && n * o->tries / o->samples !=
					 (n - 1) * o->tries / o->samples;

		while (lab->done < until && !wanted_end) {
			step(lab);
			if (!(lab->done % TOLD_AFTER))
				tell(lab, began, false);
		}
		status = sample(lab, tries && !wanted_end);
		if (status || wanted_end)
			break;
	}
	tell(lab, began, true);
	if (lab->done == o->events && !status)
		return GOOD;
	lab_report_partial(lab->report, lab->done, o->events);
	return status ? status : NOTHING;
}

/* ---- the report, whole or not at all ---- */

static enum status write_out(const struct lab *lab, const char *text, size_t size)
{
	return tool_write(lab->options.out ? lab->options.out : "-", text, size) ? GOOD : NOTHING;
}

static enum status report(struct lab *lab)
{
	enum status status, written;
	char *text = NULL;
	size_t size = 0;

	lab->report = open_memstream(&text, &size);
	if (!lab->report)
		return complain(NOTHING, "the report", strerror(errno));
	lab_report_head(lab->report, &lab->options, &lab->trace, lab->copies);
	status = run(lab);
	fclose(lab->report);
	written = write_out(lab, text, size);
	free(text);
	return status ? status : written;
}

int main(int argc, char **argv)
{
	/* Large, and zero. */
	static struct lab lab;
	const char *why = lab_options_read(&lab.options, argc, argv);
	enum status status;

	if (why)
		return *why ? (int)complain(USAGE, "usage", why) : GOOD;
	signal(SIGINT, end);
	signal(SIGTERM, end);
	status = read_trace(&lab);
	if (!status)
		status = set_up(&lab);
	if (!status)
		status = report(&lab);
	lab_fill_release(&lab.fill);
	lab_memory_release(&lab.memory);
	lab_load_release(&lab.load);
	lab_trace_release(&lab.trace);
	free(lab.has);
	return (int)status;
}
