// SPDX-License-Identifier: GPL-2.0-only
/* The exploration: see explore.h. */
#include "fuzz/explore/schedules/explore.h"

#include <setjmp.h>
#include <string.h>

#include "fuzz/explore/pool/process_pool.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/report/signature.h"
#include "fuzz/targets.h"
#include "fuzz/harness/stats/trace.h"
#include "fuzz/explore/schedules/record.h"

/* Points that a record says exactly; above, every 64th: policy_point() in sched_policy.h. */
#define EXACT_POINTS 0x3fffu
#define COARSE_POINT 64
#define COARSE_FIRST 0xc000u
#define MAX_POINT (0x4000u * COARSE_POINT)

#define END_SLOTS (1u << 16)

struct preemption {
	uint8_t side;
	uint32_t point;
};

/* The job under way. */
static const struct job *job;
static struct result *result;
static bool pruned, stop_at_first;
static uint8_t bytes[MAX_BYTES];
static size_t size;
static unsigned int first_record;

/* The schedule under way, and what was recorded of it with 0, 1, ... of its preemptions. */
static struct preemption list[MAX_BOUND];
static struct record records[MAX_BOUND + 1];

static uint64_t ends[END_SLOTS];
static uint64_t end_state;
static sigjmp_buf after_finding;

/* --- one schedule --- */

static void come_back(struct run *run)
{
	(void)run;
	siglongjmp(after_finding, 1);
}

/* The no-op on the last CPU begins when the pair is done: a hash of what it has left. */
static void hash_end(struct run *run, const struct program_record *record)
{
	(void)record;
	if (run->step == first_record + 2)
		end_state = trace_of_state(run);
}

static const struct observer watcher = {
	.name = "schedule", .op_begins = hash_end, .switched = record_switch,
};

bool explore_replay(const uint8_t *program, size_t length, bool quiet)
{
	this_run->options = (struct run_options){
		.oracles = true, .model = true, .races = true, .quiet = quiet,
	};
	this_run->on_finding = come_back;
	if (sigsetjmp(after_finding, 0))
		return false;
	target_race.run(program, length);
	return true;
}

static uint16_t encode_point(uint32_t point)
{
	if (point <= EXACT_POINTS)
		return (uint16_t)point;
	return (uint16_t)(COARSE_FIRST + point / COARSE_POINT - 1);
}

static bool can_say(uint32_t point)
{
	return point <= EXACT_POINTS || (point % COARSE_POINT == 0 && point <= MAX_POINT);
}

/* Return: false when an operation has more preemptions than its record has room for. */
static bool write_preemptions(unsigned int nr)
{
	struct program_record record[NR_SIDES];
	unsigned int used[NR_SIDES] = { 0 };
	struct program program;

	program_open(&program, bytes, size);
	for (unsigned int side = 0; side < NR_SIDES; side++) {
		program_record(&program, first_record + side, &record[side]);
		memset(record[side].preempt, 0, sizeof(record[side].preempt));
	}
	for (unsigned int i = 0; i < nr; i++) {
		unsigned int side = list[i].side;

		if (used[side] == 2)
			return false;
		record[side].preempt[used[side]++] = (struct program_preempt){
			.at = encode_point(list[i].point), .cpu = (uint8_t)!side,
			.interrupt = job->irq != OP_nop,
		};
	}
	for (unsigned int side = 0; side < NR_SIDES; side++)
		program_encode_record(&record[side], bytes + PROGRAM_HEADER_SIZE +
				      (first_record + side) * PROGRAM_RECORD_SIZE);
	return true;
}

/* Return: whether it is new. */
static bool note_end(uint64_t hash)
{
	uint32_t at = (uint32_t)(hash >> 32) % END_SLOTS;

	hash |= !hash;
	while (ends[at] && ends[at] != hash)
		at = (at + 1) % END_SLOTS;
	if (ends[at] || result->ends > END_SLOTS / 4 * 3)
		return false;
	ends[at] = hash;
	result->ends++;
	result->sum += hash * 0x9e3779b97f4a7c15ull;
	return true;
}

static uint64_t hash_of_text(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3ull;
	return hash;
}

static void note_finding(void)
{
	struct kind *kind = &result->kind[result->nr_kinds];
	char signature[MAX_SIGNATURE];

	finding_signature(&this_run->finding, signature, sizeof(signature));
	if (!note_end(hash_of_text(signature)) || result->nr_kinds == MAX_FINDINGS)
		return;
	memcpy(kind->signature, signature, sizeof(signature));
	kind->after = result->schedules;
	/* Nobody has to look at the end. */
	kind->size = (uint32_t)(size - PROGRAM_RECORD_SIZE);
	memcpy(kind->bytes, bytes, kind->size);
	result->nr_kinds++;
}

static bool is_over(void)
{
	return stop_at_first && result->nr_kinds;
}

/* The first @nr preemptions of the list. Return: false after a finding. */
static bool run_schedule(unsigned int nr)
{
	bool good;

	result->schedules++;
	result->now_size = (uint32_t)size;
	memcpy(result->now, bytes, size);
	if (result->schedules % 256 == 0)
		process_pool_beat();
	record_begin(&records[nr], first_record);
	this_run->watcher = &watcher;
	good = explore_replay(bytes, size, true);
	if (good)
		note_end(end_state);
	else
		note_finding();
	if (records[nr].full)
		result->long_runs++;
	return good;
}

/* --- what a record says --- */

/**
 * struct segment - one operation runs without a break, the other one is not finished
 * @side: whose
 * @begin, @end: touches
 * @first, @last: points at which it may be preempted
 * @blocked: it began when the other one had to wait for a lock
 */
struct segment {
	uint8_t side;
	bool blocked;
	uint32_t begin, end;
	uint32_t first, last;
};

/* A mark that is one of the list's preemptions. */
static bool is_preemption(const struct mark *mark)
{
	return mark->kind == SWITCH_PREEMPTED || mark->kind == SWITCH_INTERRUPT;
}

static unsigned int count_preemptions(const struct record *record)
{
	unsigned int nr = 0;

	for (uint32_t i = 0; i < record->nr_marks; i++)
		nr += is_preemption(&record->mark[i]);
	return nr;
}

/* The number of the mark that is the n-th preemption, from 1 on. */
static uint32_t find_preemption(const struct record *record, unsigned int n)
{
	uint32_t i = 0;

	for (; i < record->nr_marks; i++)
		if (is_preemption(&record->mark[i]) && !--n)
			break;
	return i;
}

/* Where @side was left before the @nr-th mark; 0 when it has not begun. */
static uint32_t left_at(const struct record *record, unsigned int side, uint32_t nr)
{
	while (nr-- > 0)
		if (record->mark[nr].from == side && record->mark[nr].kind != SWITCH_INTERRUPT_END)
			return record->mark[nr].point;
	return 0;
}

static bool is_finished(const struct record *record, unsigned int side, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++)
		if (record->mark[i].from == side && record->mark[i].kind == SWITCH_DONE)
			return true;
	return false;
}

/* What runs from the @nr-th mark on, or from the beginning (@nr 0, before any mark). */
static bool segment_from(const struct record *record, uint32_t nr, struct segment *segment)
{
	const struct mark *begin = nr ? &record->mark[nr - 1] : NULL;
	const struct mark *end = nr < record->nr_marks ? &record->mark[nr] : NULL;

	segment->side = begin ? begin->to : 0;
	segment->begin = begin ? begin->at : 0;
	segment->blocked = begin && begin->kind == SWITCH_BLOCKED;
	segment->end = end ? end->at : record->nr;
	if (segment->side == NR_SIDES ||
	    (job->irq == OP_nop && is_finished(record, !segment->side, nr)) ||
	    (job->irq != OP_nop && segment->side))
		return false;
	segment->first = left_at(record, segment->side, nr) + 1;
	if (end)
		segment->last = end->point;
	else if (segment->end > segment->begin) /* a finding ended it */
		segment->last = record->touch[segment->end - 1].point;
	else
		segment->last = 0;
	return true;
}

/* What the other one ran after the last preemption, until @segment's operation went on. */
static void take_other(const struct record *record, unsigned int nr)
{
	uint32_t mark = find_preemption(record, nr);
	bool more = mark + 1 < record->nr_marks;

	record_take(record, record->mark[mark].at, more ? record->mark[mark + 1].at : record->nr);
}

/* The attempt to take a lock that the other one made last. */
static void take_attempt(const struct record *record, const struct segment *segment)
{
	uint32_t end = segment->begin, begin = end;

	while (begin > 0 && record->touch[begin - 1].side != segment->side &&
	       record->touch[begin - 1].point == record->touch[end - 1].point)
		begin--;
	record_take(record, begin, end);
}

/* The first touch of @segment from point @from on that conflicts with what is taken. */
static uint32_t find_conflict(const struct record *record, const struct segment *segment,
			      uint32_t from)
{
	uint32_t i = segment->begin;

	for (; i < segment->end; i++) {
		const struct touch *touch = &record->touch[i];

		if (touch->side == segment->side && touch->point >= from &&
		    record_conflicts(touch))
			break;
	}
	return i;
}

/* The point of the other operation that is the first to conflict with point @point. */
static uint32_t first_conflicting(unsigned int nr, const struct segment *segment, uint32_t point)
{
	const struct record *before = &records[nr - 1], *after = &records[nr];
	uint32_t mark = find_preemption(after, nr);
	uint32_t end = mark + 1 < after->nr_marks ? after->mark[mark + 1].at : after->nr;
	uint32_t i = segment->begin, stop;

	while (i < segment->end &&
	       (before->touch[i].side != segment->side || before->touch[i].point < point))
		i++;
	for (stop = i; stop < segment->end && before->touch[stop].point == point; stop++)
		;
	for (uint32_t w = after->mark[mark].at; w < end; w++)
		for (uint32_t z = i; z < stop; z++)
			if (touches_conflict(&after->touch[w], &before->touch[z]))
				return after->touch[w].point;
	return 0;
}

/* --- the search --- */

static uint64_t extend(unsigned int nr, uint32_t bound);

/*
 * The last point of the class of @from: what runs after the preemption is the same before each
 * of them. Where an operation is under way that nothing may preempt, each is one of its own.
 */
static uint32_t end_of_class(unsigned int nr, const struct segment *segment, uint32_t from,
			     bool taken)
{
	const struct record *before = &records[nr - 1], *after = &records[nr];
	uint32_t touch;

	if (!pruned)
		return from;
	/* An interrupt comes later than it was asked for while interrupts are off. */
	if (job->irq != OP_nop && taken)
		from = after->mark[find_preemption(after, nr)].point;
	if (taken)
		take_other(after, nr);
	else if (segment->blocked)
		take_attempt(before, segment);
	else
		return from;
	touch = find_conflict(before, segment, from);
	return touch < segment->end ? before->touch[touch].point : segment->last;
}

/* Every class of preemptions in one segment. Return: how many schedules they stand for. */
static uint64_t preempt_in(const struct segment *segment, unsigned int nr, uint32_t bound)
{
	uint32_t from = segment->first, last_of_class;
	uint64_t sum = 0, each;
	uint32_t child_bound = 0;

	if (pruned && bound > from) {
		sum += bound - from;
		from = bound;
	}
	for (; from <= segment->last && !is_over(); from = last_of_class + 1) {
		bool good, taken;

		list[nr - 1] = (struct preemption){ segment->side, from };
		if (!can_say(from) || !write_preemptions(nr)) {
			result->far++;
			return sum;
		}
		good = run_schedule(nr);
		taken = count_preemptions(&records[nr]) == nr;
		each = good && taken && !records[nr].full ? extend(nr, child_bound) : 1;
		if (records[nr].full)
			return sum + each;
		last_of_class = end_of_class(nr, segment, from, taken);
		sum += each * (last_of_class - from + 1);
		child_bound = pruned && taken && job->irq == OP_nop ?
				      first_conflicting(nr, segment, last_of_class) + 1 : 0;
	}
	return sum;
}

/* All schedules that begin with the first @nr preemptions, which were just run. */
static uint64_t extend(unsigned int nr, uint32_t bound)
{
	const struct record *record = &records[nr];
	uint32_t mark = nr ? find_preemption(record, nr) + 1 : 0;
	uint64_t sum = 1;
	struct segment segment;

	if (nr == job->bound)
		return 1;
	for (; mark <= record->nr_marks && !is_over(); mark++) {
		if (segment_from(record, mark, &segment))
			sum += preempt_in(&segment, nr + 1, bound);
		bound = 0;
	}
	return sum;
}

void explore(const struct cases *cases, const struct job *which, bool prune, bool stop,
	     struct result *to)
{
	job = which;
	result = to;
	pruned = prune;
	stop_at_first = stop;
	memset(to, 0, sizeof(*to));
	memset(ends, 0, sizeof(ends));
	size = cases_bytes(cases, which, bytes, &first_record);
	if (run_schedule(0) && !records[0].full)
		to->unpruned = extend(0, 0);
	else
		to->unpruned = 1;
	to->done = true;
}
