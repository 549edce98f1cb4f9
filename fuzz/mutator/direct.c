// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preemptions where they can make a difference: at points where the operation touches what
 * the next ones of another CPU touch, too. The engine knows them from a dry run.
 *
 *   cpu 0  ──look──unlock──.                    .──lock──act──
 *   cpu 1                  └──free──.──alloc──┘
 */
#include <string.h>

#include "fuzz/mutator/edit.h"
#include "fuzz/mutator/mutator.h"

#include "fuzz/harness/program/fields.h"
#include "fuzz/harness/program/state.h"

#define MAX_PLACES 4096
/* Words that are touched more often give way to others, by chance. */
#define COMMON 4
#define RARE_TRIES 8
/* The largest point that a record says exactly: see policy_point(). */
#define EXACT_POINTS 0x3fffu

/* Given by the engine, once. */
PROCESS_STATE unsigned int (*mutator_places)(const uint8_t *bytes, size_t size,
					     struct race_place *to, unsigned int room);
/* Of one call: too large for a stack. */
static PROCESS_STATE struct race_place places[MAX_PLACES];

/* Do records of two CPUs follow one another, so that they can meet? */
static bool can_meet(const struct draft *draft)
{
	for (unsigned int n = 1; n < draft->nr; n++)
		if (record_get(draft_raw(draft, n), cpu) !=
		    record_get(draft_raw(draft, n - 1), cpu))
			return true;
	return false;
}

/* Of one operation with one CPU. */
static bool same_group(const struct race_place *one, const struct race_place *other)
{
	return one->step == other->step && one->cpu == other->cpu;
}

/*
 * What follows at once on another CPU was mostly written to meet this: such groups come
 * first, the last one where it was written just now. Others are as likely as they have places.
 */
static unsigned int any_group(struct edit *e, unsigned int nr, unsigned int *first)
{
	unsigned int at = random_below(e->random, nr), end;
	bool last = e->in_order && !random_one_in(e->random, 8);

	if (last)
		for (at = nr - 1; at && places[at].next != places[at].step + 1; at--)
			;
	else if (!random_one_in(e->random, 4))
		for (unsigned int i = 0; i < nr; i++, at = (at + 1) % nr)
			if (places[at].next == places[at].step + 1)
				break;
	for (*first = at; *first && same_group(&places[*first - 1], &places[at]); --*first)
		;
	for (end = at + 1; end < nr && same_group(&places[end], &places[at]); end++)
		;
	return end - *first;
}

static unsigned int times(const struct race_place *group, unsigned int nr, uint32_t word)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < nr; i++)
		n += group[i].word == word;
	return n;
}

/*
 * Half of the time one where no lock keeps the other CPU from going on; else any, words that
 * are rare as often as those that are touched all the time.
 */
static const struct race_place *any_of(struct random *random,
					  const struct race_place *group, unsigned int nr)
{
	const struct race_place *place = &group[random_below(random, nr)];
	bool open = random_below(random, 2);

	for (unsigned int i = 0; i < RARE_TRIES; i++) {
		if (open ? place->open :
			   random_below(random, times(group, nr, place->word)) < COMMON)
			break;
		place = &group[random_below(random, nr)];
	}
	return place;
}

/* Just before the point, or just after it. */
static bool preempt_at(struct random *random, struct program_preempt *preempt,
		       const struct race_place *place)
{
	uint32_t point = place->point + random_below(random, 2);

	if (point > EXACT_POINTS)
		return false;
	*preempt = (struct program_preempt){ .at = (uint16_t)point, .cpu = place->cpu };
	return true;
}

static unsigned int look(const struct draft *draft)
{
	return mutator_places(draft->bytes, draft_size(draft), places, MAX_PLACES);
}

/* The second: where the first one is, or later in the operation as it runs by then. */
static void preempt_again(struct edit *e, unsigned int n, struct program_record *record)
{
	const struct program_preempt first = record->preempt[0];
	unsigned int nr, kept = 0;

	if (e->in_order || random_below(e->random, 2)) {
		record->preempt[1] = first;
		return;
	}
	nr = look(e->draft);
	for (unsigned int i = 0; i < nr; i++)
		if (places[i].step == n && places[i].point >= first.at)
			places[kept++] = places[i];
	if (kept)
		preempt_at(e->random, &record->preempt[1], any_of(e->random, places, kept));
}

static void forget_preemptions(struct draft *draft)
{
	for (unsigned int n = 0; n < draft->nr; n++) {
		record_put(draft_raw(draft, n), pre, 0);
		record_put(draft_raw(draft, n), pre2, 0);
	}
}

static bool place_preemptions(struct edit *e, bool anew)
{
	unsigned int nr = look(e->draft), first = 0, step;
	const struct race_place *place;
	struct program_record record;

	if (!nr)
		return false;
	nr = any_group(e, nr, &first);
	place = any_of(e->random, places + first, nr);
	step = place->step;
	draft_record(e->draft, step, &record);
	/* One more, where there is one that may have led there. */
	if (!anew && record.preempt[0].at) {
		if (!preempt_at(e->random, &record.preempt[1], place))
			return false;
		draft_set_record(e->draft, step, &record);
		return true;
	}
	if (!preempt_at(e->random, &record.preempt[0], place))
		return false;
	record.preempt[1].at = 0;
	draft_set_record(e->draft, step, &record);
	if (!random_one_in(e->random, e->in_order ? 8 : 3)) {
		preempt_again(e, step, &record);
		draft_set_record(e->draft, step, &record);
	}
	return true;
}

bool direct(struct edit *e)
{
	static PROCESS_STATE uint8_t before[PROGRAM_MAX_SIZE];
	size_t size = draft_size(e->draft);
	struct program_header header;
	bool anew = !random_one_in(e->random, 4);

	if (!mutator_places || !can_meet(e->draft))
		return false;
	memcpy(before, e->draft->bytes, size);
	draft_header(e->draft, &header);
	if (header.cpus < 2)
		header.cpus = 2;
	header.sched_mode = SCHED_ANCHORED;
	header.accesses = true;
	header.announced = false;
	draft_set_header(e->draft, &header);
	/* Those that there are have been tried, and keep operations apart that could meet. */
	if (anew)
		forget_preemptions(e->draft);
	if (place_preemptions(e, anew))
		return true;
	memcpy(e->draft->bytes, before, size);
	return false;
}
