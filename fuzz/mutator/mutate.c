// SPDX-License-Identifier: GPL-2.0-only
/* What can be done to one program: see mutator.h. */
#include "fuzz/mutator/mutator.h"

#include <stdio.h>
#include <string.h>

#include "fuzz/harness/program/fields.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/mutator/edit.h"
#include "fuzz/mutator/write.h"

/* Beyond this, an execution costs more than another record is likely to bring. */
#define LONG_PROGRAM 32
#define MOST_EDITS 4
#define TRIES 8 /* an operation that has nothing to do gives way to another one */

/* Of the last edit, which is of no program that runs. */
static PROCESS_STATE char did[64];

const char *mutator_did(void)
{
	return did;
}

/* A run of records that starts at @at: short ones more often than long ones. */
static unsigned int any_run(struct edit *e, unsigned int at)
{
	unsigned int left = e->draft->nr - at;

	return 1 + random_small(e->random, left < 32 ? left : 32);
}

/* Where to insert: at the end as often as anywhere else. */
static unsigned int any_place(struct edit *e)
{
	if (random_below(e->random, 2))
		return e->draft->nr;
	return random_below(e->random, e->draft->nr + 1);
}

/* --- records as a whole --- */

static bool insert_record(struct edit *e)
{
	struct writer writer;

	if (is_full(e->draft))
		return false;
	writer_open(&writer, e->draft, e->random, any_place(e));
	for (unsigned int nr = 1 + random_small(e->random, 4); nr; nr--)
		write_any(&writer);
	return true;
}

static bool insert_scene(struct edit *e)
{
	struct writer writer;

	if (is_full(e->draft) || e->draft->nr > LONG_PROGRAM)
		return false;
	writer_open(&writer, e->draft, e->random, any_place(e));
	write_scene(&writer);
	return true;
}

/* How often of eight times preemptions are placed: where CPUs meet anew more often than else. */
#define DIRECTS 1
#define DIRECTS_MEETING 4
#define DIRECTS_IN_ORDER 7

static void meet(struct edit *e, struct writer *writer)
{
	e->in_order = write_meeting(writer);
	e->directs = e->in_order ? DIRECTS_IN_ORDER : DIRECTS_MEETING;
}

/* Some at the end, with a schedule in which they meet. */
static bool insert_meeting(struct edit *e)
{
	struct writer writer;

	if (is_full(e->draft) || e->draft->nr > LONG_PROGRAM)
		return false;
	schedule_meetings(e->draft, e->random);
	writer_open(&writer, e->draft, e->random, any_place(e));
	meet(e, &writer);
	return true;
}

static bool remove_run(struct edit *e)
{
	unsigned int at, nr;

	if (e->draft->nr < 2)
		return false;
	at = any_record(e);
	nr = any_run(e, at);
	if (e->draft->nr > LONG_PROGRAM)
		nr = 1 + random_below(e->random, e->draft->nr - at);
	draft_remove(e->draft, at, nr < e->draft->nr ? nr : nr - 1);
	return true;
}

/* The end goes, or everything before it that a long program has too much of. */
static bool cut(struct edit *e)
{
	unsigned int at;

	if (e->draft->nr < 4)
		return false;
	at = 1 + random_below(e->random, e->draft->nr - 1);
	if (e->draft->nr > LONG_PROGRAM && random_below(e->random, 2))
		draft_remove(e->draft, random_below(e->random, at), e->draft->nr - at);
	else
		draft_remove(e->draft, at, e->draft->nr - at);
	return true;
}

/* A copy of the run [at, at + nr) before the record @to, which is not inside of it. */
static unsigned int copy_run(struct draft *draft, unsigned int at, unsigned int nr,
			     unsigned int to)
{
	nr = draft_make_room(draft, to, nr);
	if (to <= at)
		at += nr;
	memcpy(draft_raw(draft, to), draft_raw(draft, at), (size_t)nr * PROGRAM_RECORD_SIZE);
	return nr;
}

static unsigned int place_outside(struct edit *e, unsigned int at, unsigned int nr)
{
	unsigned int to = random_below(e->random, e->draft->nr - nr + 1);

	return to <= at ? to : to + nr;
}

static bool move_run(struct edit *e)
{
	unsigned int at, nr, to, copied;

	if (e->draft->nr < 2 || is_full(e->draft))
		return false;
	at = any_record(e);
	nr = any_run(e, at);
	to = place_outside(e, at, nr);
	copied = copy_run(e->draft, at, nr, to);
	draft_remove(e->draft, to <= at ? at + copied : at, copied);
	return true;
}

static bool duplicate_run(struct edit *e)
{
	unsigned int at, nr;

	if (is_full(e->draft))
		return false;
	at = any_record(e);
	nr = any_run(e, at);
	copy_run(e->draft, at, nr, place_outside(e, at, nr));
	return true;
}

/* The same once more, on top of what the first time holds: other slots, maybe another CPU. */
static bool repeat_phase(struct edit *e)
{
	unsigned int at, nr, shift, times = 1 + random_small(e->random, 4);

	if (is_full(e->draft) || e->draft->nr > LONG_PROGRAM)
		return false;
	at = any_record(e);
	nr = any_run(e, at);
	shift = 1 + random_below(e->random, 16);
	while (times--) {
		unsigned int copied = copy_run(e->draft, at, nr, at + nr);
		unsigned int cpu = random_one_in(e->random, 4);

		for (unsigned int i = 0; i < copied; i++) {
			uint8_t *raw = draft_raw(e->draft, at + nr + i);

			record_put(raw, slot, record_get(raw, slot) + shift);
			record_put(raw, cpu, record_get(raw, cpu) + cpu);
		}
		if (copied < nr)
			break;
		at += nr;
	}
	return true;
}

/* All over again. A meeting is likeliest to come to something where nothing else goes on. */
static bool start_anew(struct edit *e)
{
	bool meeting = random_below(e->random, 2);
	bool alone = meeting && !random_one_in(e->random, 4);
	struct writer writer;

	e->draft->nr = 0;
	write_header(e->draft, e->random);
	if (meeting)
		schedule_meetings(e->draft, e->random);
	writer_open(&writer, e->draft, e->random, 0);
	for (unsigned int nr = alone ? 0 : 1 + random_below(e->random, 2); nr; nr--)
		write_scene(&writer);
	if (meeting)
		meet(e, &writer);
	return e->draft->nr > 0;
}

/* --- which --- */

static const struct {
	const char *name;
	unsigned int weight;
	bool (*edit)(struct edit *e);
} edits[] = {
	{ "insert-record", 12, insert_record },
	{ "insert-scene", 8, insert_scene },
	{ "meeting", 16, insert_meeting },
	{ "remove", 10, remove_run },
	{ "cut", 2, cut },
	{ "move", 4, move_run },
	{ "duplicate", 4, duplicate_run },
	{ "repeat", 4, repeat_phase },
	{ "gfp", 10, change_gfp },
	{ "field", 10, change_field },
	{ "aim", 8, aim_again },
	{ "follow-up", 6, follow_up },
	{ "preempt", 6, change_preempt },
	{ "header", 6, change_header },
	{ "reschedule", 8, reschedule },
	{ "anew", 8, start_anew },
	{ "direct", 8, direct },
};

#define NR_EDITS (sizeof(edits) / sizeof(edits[0]))
#define BYTES_ONE_IN 32 /* nothing that bytes can say is out of reach */
#define HEAVY_ONE_IN 8  /* nor what takes long */

const char *mutator_name(unsigned int n)
{
	return n < NR_EDITS ? edits[n].name : NULL;
}

static unsigned int any_edit(struct random *random)
{
	unsigned int all = 0, n = 0, at;

	/* The last one is for engines that know places. */
	for (unsigned int i = 0; i < NR_EDITS - !mutator_places; i++)
		all += edits[i].weight;
	for (at = random_below(random, all); at >= edits[n].weight; n++)
		at -= edits[n].weight;
	return n;
}

static void say(const char *name)
{
	if (strlen(did) + strlen(name) + 2 < sizeof(did)) {
		strcat(did, did[0] ? "+" : "");
		strcat(did, name);
	}
}

static void edit_once(struct edit *e)
{
	for (unsigned int i = 0; i < TRIES; i++) {
		unsigned int n = any_edit(e->random);

		if (!edits[n].edit(e))
			continue;
		say(edits[n].name);
		return;
	}
}

size_t mutator_mutate(uint8_t *bytes, size_t size, size_t room, uint64_t seed,
		      mutate_bytes mutate_bytes)
{
	struct random random = { seed };
	struct draft draft;
	struct edit e = { .draft = &draft, .random = &random, .directs = DIRECTS };

	did[0] = '\0';
	if (mutate_bytes && random_one_in(&random, BYTES_ONE_IN)) {
		snprintf(did, sizeof(did), "bytes");
		return mutate_bytes(bytes, size, room);
	}
	if (!draft_open(&draft, bytes, size, room)) {
		bytes[0] = PROGRAM_VERSION;
		return mutate_bytes ? mutate_bytes(bytes, size ? size : 1, room) : 1;
	}
	if (!draft.nr) {
		snprintf(did, sizeof(did), "anew");
		start_anew(&e);
		return draft_size(&draft);
	}
	/* A meeting in order is what it is meant to be as long as nothing else is changed. */
	for (unsigned int nr = 1 + random_small(&random, MOST_EDITS); nr && !e.in_order; nr--)
		edit_once(&e);
	if (!random_one_in(&random, HEAVY_ONE_IN))
		lighten(&draft, &random);
	/* A look at the program that came of it. */
	if (mutator_places && random_below(&random, 8) < e.directs && direct(&e))
		say("direct");
	return draft_size(&draft);
}
