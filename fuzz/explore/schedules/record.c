// SPDX-License-Identifier: GPL-2.0-only
/* Recording runs: see record.h. */
#include "fuzz/explore/schedules/record.h"

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/sched/sched.h"

/* Words of the largest arena that the race detector takes, and places for all else. */
#define ARENA_WORDS ((2u << 20) / 8)
#define OTHER_WORDS (1u << 16)

struct index {
	uint32_t round;
	uint8_t read, written;
};

extern const char __executable_start[];

static struct record *into;
static unsigned int first_step;

/* By word, what the taken touches did there in this round. */
static struct index index_of[ARENA_WORDS + OTHER_WORDS];
static uint32_t round_number;

/*
 * Places of the harness are told apart by their distance from the beginning of the program,
 * which is the same in each process. Two in one place conflict needlessly: no harm.
 */
static uint32_t other_word(uintptr_t at)
{
	uint64_t distance = (at - (uintptr_t)__executable_start) >> 3;

	return ARENA_WORDS + (uint32_t)(distance * 0x9e3779b97f4a7c15ull >> 48);
}

static void add(uint32_t word, uint8_t bytes, const struct sched_touch *told)
{
	if (into->nr == MAX_TOUCHES) {
		into->full = true;
		return;
	}
	into->touch[into->nr++] = (struct touch){
		.word = word, .point = (uint32_t)told->point, .bytes = bytes,
		.side = told->irq ? 1 : (uint8_t)told->cpu, .write = told->write,
	};
}

static bool is_operation(unsigned int step, unsigned int cpu)
{
	return step >= first_step && cpu < NR_SIDES;
}

static void on_touch(const struct sched_touch *told)
{
	uintptr_t at = (uintptr_t)told->at, end = at + told->size;
	bool arena = at - access_state.base < access_state.arena_size;

	if (!is_operation(told->step, told->cpu))
		return;
	while (at < end) {
		uintptr_t from = arena ? at - access_state.base : at;
		unsigned int shift = from & 7, part = 8 - shift;

		if (part > end - at)
			part = (unsigned int)(end - at);
		add(arena ? (uint32_t)(from >> 3) : other_word(at),
		    arena ? (uint8_t)(((1u << part) - 1) << shift) : 0xff, told);
		at += part;
	}
}

static uint8_t side_of(unsigned int cpu)
{
	return cpu < NR_SIDES ? (uint8_t)cpu : NR_SIDES;
}

/* A switch away from a finished operation has no step any more. */
void record_switch(struct run *run, const struct sched_switch *told)
{
	bool begun = into->nr || into->nr_marks;
	struct mark *mark = &into->mark[into->nr_marks];

	(void)run;
	if (told->step == SCHED_NO_RECORD ? !begun : told->step < first_step)
		return;
	if (into->nr_marks == MAX_MARKS) {
		into->full = true;
		return;
	}
	*mark = (struct mark){
		.kind = told->kind, .from = side_of(told->from), .to = side_of(told->to),
		.point = (uint32_t)told->point, .at = into->nr,
	};
	if (told->kind == SWITCH_INTERRUPT)
		mark->to = 1;
	if (told->kind == SWITCH_INTERRUPT_END)
		mark->from = 1;
	into->nr_marks++;
}

void record_begin(struct record *record, unsigned int first)
{
	into = record;
	first_step = first;
	record->nr = 0;
	record->nr_marks = 0;
	record->full = false;
	sched_tap.touch = on_touch;
	sched_tap.from = first;
}

void record_take(const struct record *record, uint32_t begin, uint32_t end)
{
	round_number++;
	for (uint32_t i = begin; i < end; i++) {
		const struct touch *touch = &record->touch[i];
		struct index *index = &index_of[touch->word];

		if (index->round != round_number)
			*index = (struct index){ .round = round_number };
		if (touch->write)
			index->written |= touch->bytes;
		else
			index->read |= touch->bytes;
	}
}

bool record_conflicts(const struct touch *touch)
{
	const struct index *index = &index_of[touch->word];
	uint8_t against = touch->write ? index->read | index->written : index->written;

	return index->round == round_number && (against & touch->bytes);
}
