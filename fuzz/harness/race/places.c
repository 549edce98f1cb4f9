// SPDX-License-Identifier: GPL-2.0-only
/* Points at which operations of two CPUs touch the same: see places.h. */
#include "fuzz/harness/race/places.h"

#include <setjmp.h>
#include <string.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/race/racedetect.h"
#include "fuzz/harness/sched/sched.h"

#define MAX_TOUCHES (1u << 16)
/* Of one operation with one other CPU. Most have some ten. */
#define MAX_GROUP 256
/* Operations at the end of the program that are looked at. */
#define LAST_STEPS 16
/* Places of the harness, by hash: two in one conflict needlessly, which does no harm. */
#define OTHER_WORDS (1u << 12)
#define NR_WORDS (RACE_NR_WORDS + OTHER_WORDS)
#define NO_WORD NR_WORDS

/**
 * struct touch - one access, or a lock
 * @held: the oldest and the newest lock that is held, or NO_WORD
 * @next: the next one of the operation, or 0
 */
struct touch {
	uint32_t point;
	uint32_t word;
	uint32_t held[2];
	uint32_t next;
	uint8_t bytes;
	bool write;
};

/* Of one operation: its CPU, and the first and last touch; 0 = it has none. */
struct steps {
	uint32_t first, last;
	uint8_t cpu;
};

/* What the operations of one other CPU do to a word; of this round only. */
struct use {
	uint32_t round;
	uint8_t read, written;
};

extern const char __executable_start[];

/* Of the dry run, which is over when they are looked at. */
static PROCESS_STATE struct touch touches[MAX_TOUCHES]; /* from 1 on */
static PROCESS_STATE unsigned int nr_touches;
static PROCESS_STATE struct steps steps[PROGRAM_MAX_RECORDS];
static PROCESS_STATE unsigned int first_step;
/* Marked with the number of a round, which only grows. */
static PROCESS_STATE struct use uses[NR_WORDS + 1];
static PROCESS_STATE uint32_t this_round;
/* Where to come back to after a finding. */
static PROCESS_STATE sigjmp_buf way_out;

static uint32_t word_of(uintptr_t at)
{
	uintptr_t offset = at - access_state.base;
	uint64_t distance;

	if (offset < access_state.arena_size && offset >> 3 < RACE_NR_WORDS)
		return (uint32_t)(offset >> 3);
	distance = (at - (uintptr_t)__executable_start) >> 3;
	return RACE_NR_WORDS + (uint32_t)(distance * 0x9e3779b97f4a7c15ull >> 52);
}

static void link_up(struct steps *step, unsigned int cpu)
{
	if (step->last)
		touches[step->last].next = nr_touches;
	else
		step->first = nr_touches;
	step->last = nr_touches;
	step->cpu = (uint8_t)cpu;
}

static void note(const struct sched_touch *told)
{
	const struct host_context *c = host_context_at(told->cpu, told->irq);
	struct touch *touch = &touches[nr_touches + 1];

	if (told->irq || nr_touches == MAX_TOUCHES - 1)
		return;
	nr_touches++;
	*touch = (struct touch){
		.point = (uint32_t)told->point,
		.word = word_of((uintptr_t)told->at),
		.held = { NO_WORD, NO_WORD },
		.bytes = told->size < 8 ? (uint8_t)(((1u << told->size) - 1)
						    << ((uintptr_t)told->at & 7)) : 0xff,
		.write = told->write,
	};
	link_up(&steps[told->step], told->cpu);
	if (!c->nr_held)
		return;
	touch->held[0] = word_of((uintptr_t)c->held[0].lock);
	touch->held[1] = word_of((uintptr_t)c->held[c->nr_held - 1].lock);
}

/* --- who touches what --- */

static void take_up(unsigned int step)
{
	for (uint32_t i = steps[step].first; i; i = touches[i].next) {
		struct use *use = &uses[touches[i].word];

		if (use->round != this_round)
			*use = (struct use){ .round = this_round };
		if (touches[i].write)
			use->written |= touches[i].bytes;
		else
			use->read |= touches[i].bytes;
	}
}

static bool is_used(uint32_t word)
{
	return uses[word].round == this_round;
}

static bool conflicts(const struct touch *touch)
{
	const struct use *use = &uses[touch->word];

	return is_used(touch->word) &&
	       ((touch->write ? use->read | use->written : use->written) & touch->bytes);
}

/* The first operation of @cpu from @step on that touches anything. */
static unsigned int step_from(unsigned int cpu, unsigned int step)
{
	while (step < this_run->program.nr_records &&
	       (!steps[step].first || steps[step].cpu != cpu))
		step++;
	return step;
}

/* All of an operation with the next two of one other CPU. Return: how many. */
static unsigned int find_group(unsigned int step, unsigned int cpu, struct race_place *to,
			       unsigned int room)
{
	unsigned int next = step_from(cpu, step + 1), second = step_from(cpu, next + 1), nr = 0;

	if (next >= this_run->program.nr_records || !room)
		return 0;
	this_round++;
	take_up(next);
	if (second < this_run->program.nr_records)
		take_up(second);
	for (uint32_t i = steps[step].first; i; i = touches[i].next) {
		const struct touch *touch = &touches[i];

		if (!touch->point || !conflicts(touch))
			continue;
		/* Of more than there is room for, the early ones give way. */
		to[nr % room] = (struct race_place){
			.step = (uint16_t)step, .next = (uint16_t)next, .cpu = (uint8_t)cpu,
			.open = !is_used(touch->held[0]) && !is_used(touch->held[1]),
			.point = touch->point, .word = touch->word,
		};
		nr++;
	}
	return nr < room ? nr : room;
}

static unsigned int find_places(struct race_place *to, unsigned int room)
{
	unsigned int nr = 0;

	for (unsigned int step = first_step; step < this_run->program.nr_records; step++) {
		for (unsigned int cpu = 0; steps[step].first && cpu < this_run->nr_cpus; cpu++) {
			unsigned int left = room - nr;

			if (cpu != steps[step].cpu)
				nr += find_group(step, cpu, to + nr,
						 left < MAX_GROUP ? left : MAX_GROUP);
		}
	}
	return nr;
}

/* --- the dry run --- */

static void come_back(struct run *run)
{
	(void)run;
	siglongjmp(way_out, 1);
}

static unsigned int first_of_interest(const uint8_t *data, size_t size)
{
	struct program program;
	struct program_record record;
	unsigned int n = 0;

	if (!program_open(&program, data, size) || program.header.sched_mode != SCHED_ANCHORED)
		return SCHED_NO_RECORD;
	for (; n < program.nr_records; n++) {
		program_record(&program, n, &record);
		if (!operation_runs_alone(record.op))
			break;
	}
	/* What meets stands at the end, mostly. */
	return n + LAST_STEPS < program.nr_records ? program.nr_records - LAST_STEPS : n;
}

/* Return: did it come to its end? */
static bool run_dry(void (*run)(const uint8_t *data, size_t size), const uint8_t *data,
		    size_t size)
{
	if (sigsetjmp(way_out, 0))
		return false;
	run(data, size);
	return !this_run->needs_hooks;
}

unsigned int race_places(void (*run)(const uint8_t *data, size_t size), const uint8_t *data,
			 size_t size, struct race_place *to, unsigned int room)
{
	const struct run_options options = this_run->options;
	void (*on_finding)(struct run *run) = this_run->on_finding;
	bool whole;

	first_step = first_of_interest(data, size);
	if (first_step == SCHED_NO_RECORD)
		return 0;
	nr_touches = 0;
	memset(steps, 0, sizeof(steps));
	this_run->options = (struct run_options){ .dry = true, .quiet = true };
	this_run->on_finding = come_back;
	sched_tap = (struct sched_tap){ .touch = note, .from = first_step };
	whole = run_dry(run, data, size);
	sched_tap = (struct sched_tap){ .touch = NULL };
	this_run->options = options;
	this_run->on_finding = on_finding;
	return whole ? find_places(to, room) : 0;
}
