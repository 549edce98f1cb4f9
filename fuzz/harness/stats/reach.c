// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts of what programs have reached: see reach.h. A process counts for itself and adds
 * that to the shared file now and then, since an atomic addition for each event would cost
 * more than the event.
 */
#include "fuzz/harness/stats/reach.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/harness/base/allocator.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/text/event_names.h"

/* Of all processes. */
static PROCESS_STATE struct reach *shared;
static PROGRAM_STATE bool relaxed;

static const char *const dropped_names[NR_DROPPED] = {
#define X(id, name) [DROPPED_##id] = name,
	REACH_DROPPED(X)
#undef X
};

static void on_event(struct run *run, const struct spb_event *event)
{
	(void)run;
	reached.event[event->type]++;
	switch (event->type) {
	case SPB_EV_ALLOC:
		reached.step[event->step]++;
		break;
	case SPB_EV_PCP_GET:
		reached.step[SPB_STEP_PCP]++;
		break;
	case SPB_EV_WAKE:
		reached.step[SPB_STEP_WAKE]++;
		break;
	case SPB_EV_REFUSE:
		reached.refusal[event->arg % NR_SPB_REFUSALS]++;
		break;
	case SPB_EV_RELAX:
		reached.relax[event->arg % NR_SPB_RELAXES]++;
		relaxed = true;
		break;
	default:
		break;
	}
}

/* Both are nothing but counters of 64 bits. */
static void flush(void)
{
	uint64_t *to = (uint64_t *)shared;
	uint64_t *from = (uint64_t *)&reached;

	if (!shared)
		return;
	for (size_t i = 0; i < sizeof(reached) / sizeof(*from); i++)
		if (from[i])
			__atomic_add_fetch(&to[i], from[i], __ATOMIC_RELAXED);
	memset(&reached, 0, sizeof(reached));
}

static void begin(struct run *run)
{
	(void)run;
	relaxed = false;
}

static void end(struct run *run)
{
	reached.runs++;
	reached.stopped += run->stopped != NULL;
	reached.points += run->points;
	reached.relaxed_runs += relaxed;
	/* What a process has not added when it is ended is lost; and progress counts each. */
	flush();
}

const struct observer reach_observer = {
	.name = "reach",
	.events = ALL_EVENTS,
	.begin = begin,
	.event = on_event,
	.end = end,
};

const struct reach *reach_counts(void)
{
	flush();
	return shared ? shared : &reached;
}

void reach_reset(void)
{
	memset(&reached, 0, sizeof(reached));
}

static unsigned int nr_reached(const uint64_t *count, unsigned int n)
{
	unsigned int found = 0;

	while (n--)
		found += count[n] > 0;
	return found;
}

static unsigned int relaxed_percent(const struct reach *reach)
{
	return reach->runs ? (unsigned int)(reach->relaxed_runs * 100 / reach->runs) : 0;
}

char *reach_line(char *to, size_t room)
{
	const struct reach *reach = reach_counts();

	if (allocator.reached) {
		allocator.reached(reach, to, room);
		return to;
	}
	snprintf(to, room, "steps %u/%u refusals %u/%u relax %u/%u relaxed runs %u%%",
		 nr_reached(reach->step, NR_SPB_STEPS), NR_SPB_STEPS,
		 nr_reached(reach->refusal, NR_SPB_REFUSALS), NR_SPB_REFUSALS,
		 nr_reached(reach->relax, NR_SPB_RELAXES), NR_SPB_RELAXES, relaxed_percent(reach));
	return to;
}

static void print_group(FILE *out, const char *what, const uint64_t *count,
			const struct event_name *names, unsigned int n)
{
	fprintf(out, "%s: %u of %u\n", what, nr_reached(count, n), n);
	for (unsigned int i = 0; i < n; i++)
		fprintf(out, "  %-16s %12llu%s\n", names[i].name, (unsigned long long)count[i],
			count[i] ? "" : "  never");
}

/* Only the kinds that were seen: most programs meet none. */
static void print_promises(FILE *out, const struct reach *reach)
{
	uint64_t made = 0;

	for (unsigned int i = 0; i < NR_PROMISES; i++)
		made += reach->promise[i];
	fprintf(out, "promises: %llu, %llu of them broken\n", (unsigned long long)made,
		(unsigned long long)(made - reach->promise[PROMISE_KEPT]));
	for (unsigned int i = 0; i < NR_PROMISES; i++)
		if (reach->promise[i])
			fprintf(out, "  promise-%-14s %12llu\n", promise_names[i],
				(unsigned long long)reach->promise[i]);
}

static void print_dropped(FILE *out, const struct reach *reach)
{
	uint64_t all = 0;

	for (unsigned int i = 0; i < NR_DROPPED; i++)
		all += reach->dropped[i];
	if (!all)
		fprintf(out, "a dropped lock explains nothing\n");
	else
		fprintf(out, "a dropped lock explains: %llu\n", (unsigned long long)all);
	for (unsigned int i = 0; i < NR_DROPPED; i++)
		if (reach->dropped[i])
			fprintf(out, "  %-22s %12llu\n", dropped_names[i],
				(unsigned long long)reach->dropped[i]);
}

void reach_print_dropped(FILE *out)
{
	print_dropped(out, reach_counts());
}

void reach_print_promises(FILE *out)
{
	print_promises(out, reach_counts());
}

/* Of a list that others read, too, or there are no names. */
static void print_known(FILE *out, const struct reach *reach)
{
	for (unsigned int i = 0; known_name(i); i++)
		if (reach->known[i])
			fprintf(out, "known: %llu x %s\n", (unsigned long long)reach->known[i],
				known_name(i));
}

/* One that does nothing yet is worth a line where a program has it. */
static void print_op(FILE *out, const struct reach *reach, enum program_op op)
{
	bool reserved = operation_is(op, OPERATION_RESERVED);

	if (!reach->op[op] && reserved)
		return;
	fprintf(out, "  %-16s %12llu", program_op_name(op), (unsigned long long)reach->op[op]);
	if (reserved)
		fprintf(out, "  does nothing in this version");
	if (reach->missing[op])
		fprintf(out, "  this allocator has none: %llu calls left out",
			(unsigned long long)reach->missing[op]);
	fputc('\n', out);
}

/* Of an allocator with superpageblocks. */
static void print_search(FILE *out, const struct reach *reach)
{
	print_group(out, "search steps", reach->step, step_names, NR_SPB_STEPS);
	print_group(out, "refusals", reach->refusal, refusal_names, NR_SPB_REFUSALS);
	print_group(out, "relax outcomes", reach->relax, relax_names, NR_SPB_RELAXES);
	print_promises(out, reach);
}

static void print_programs(FILE *out, const struct reach *reach)
{
	char line[160];

	fprintf(out, "programs: %llu", (unsigned long long)reach->runs);
	if (allocator.reached) {
		allocator.reached(reach, line, sizeof(line));
		fprintf(out, "; %s\n", line);
		return;
	}
	fprintf(out, ", of which %llu (%u%%) reached the relax sequence\n",
		(unsigned long long)reach->relaxed_runs, relaxed_percent(reach));
}

void reach_print(FILE *out)
{
	const struct reach *reach = reach_counts();

	if (!allocator.reached)
		print_search(out, reach);
	if (reach->stopped)
		fprintf(out, "ended early, by what is switched off or known: %llu\n",
			(unsigned long long)reach->stopped);
	print_known(out, reach);
	if (reach->points)
		print_dropped(out, reach);
	print_group(out, "events", reach->event, event_names, NR_SPB_EVENTS);
	fprintf(out, "operations\n");
	for (unsigned int op = 0; op < NR_OPS; op++)
		print_op(out, reach, (enum program_op)op);
	print_programs(out, reach);
	if (reach->points)
		fprintf(out, "schedules: %llu preemption points, most of them accesses\n",
			(unsigned long long)reach->points);
}

bool reach_map(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	void *mem = MAP_FAILED;
	struct stat st;

	if (fd < 0)
		return false;
	/* A file of another version has another size: its counts would mean other things. */
	if (!fstat(fd, &st) && (!st.st_size || (size_t)st.st_size == sizeof(struct reach)) &&
	    /* With its blocks: on a full disk a store into a hole would be a signal. */
	    !posix_fallocate(fd, 0, sizeof(struct reach)))
		mem = mmap(NULL, sizeof(struct reach), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (mem == MAP_FAILED)
		return false;
	shared = mem;
	return true;
}
