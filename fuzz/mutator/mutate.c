// SPDX-License-Identifier: GPL-2.0-only
/* What can be done to one program: see mutator.h. */
#include "fuzz/mutator/mutator.h"

#include <stdio.h>
#include <string.h>

#include "fuzz/mutator/write.h"

/* Beyond this, an execution costs more than another record is likely to bring. */
#define LONG_PROGRAM 32
#define MOST_EDITS 4
#define TRIES 8 /* an operation that has nothing to do gives way to another one */

/* Offsets in a raw record: see program.h. */
#define RAW_WHERE 1
#define RAW_SLOT 2
#define RAW_ORDER 3

struct edit {
	struct draft *draft;
	struct random *random;
	mutate_bytes bytes;
};

static char did[64];

const char *mutator_did(void)
{
	return did;
}

static bool is_full(const struct draft *draft)
{
	return draft->nr == draft->room;
}

static unsigned int any_record(struct edit *e)
{
	return random_below(e->random, e->draft->nr);
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

/* Some at the end, with a schedule in which they meet. */
static bool insert_meeting(struct edit *e)
{
	struct writer writer;

	if (is_full(e->draft) || e->draft->nr > LONG_PROGRAM)
		return false;
	schedule_meetings(e->draft, e->random);
	writer_open(&writer, e->draft, e->random, any_place(e));
	write_meeting(&writer);
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

			raw[RAW_SLOT] = (uint8_t)(raw[RAW_SLOT] + shift);
			raw[RAW_WHERE] = (uint8_t)((raw[RAW_WHERE] & ~3u) |
						   ((raw[RAW_WHERE] + cpu) & 3u));
		}
		if (copied < nr)
			break;
		at += nr;
	}
	return true;
}

/* --- fields --- */

static bool has_gfp(enum program_op op)
{
	return op == OP_alloc || op == OP_alloc_mask || op == OP_bulk || op == OP_fill ||
	       op == OP_kvmalloc || op == OP_vmalloc || op == OP_skb;
}

static bool change_gfp(struct edit *e)
{
	struct program_record record;
	unsigned int n = any_record(e);

	draft_record(e->draft, n, &record);
	if (!has_gfp(program_op_of(record.opcode)))
		return false;
	record.op = program_op_of(record.opcode);
	switch (random_below(e->random, 4)) {
	case 0:
		record.gfp ^= 1u << random_below(e->random, 24);
		break;
	case 1: /* the same request for content of another kind */
		record.gfp ^= 1u << (3 + random_below(e->random, 2));
		break;
	default:
		record.gfp = shape_any(e->random);
		break;
	}
	draft_set_record(e->draft, n, &record);
	return true;
}

static uint16_t change_number(struct random *random, uint16_t value)
{
	switch (random_below(random, 4)) {
	case 0:
		return (uint16_t)(value + 1);
	case 1:
		return (uint16_t)(value - 1);
	case 2:
		return (uint16_t)random_small(random, 1024);
	default:
		return (uint16_t)(value ^ 1u << random_below(random, 16));
	}
}

static bool change_field(struct edit *e)
{
	struct random *random = e->random;
	uint8_t *raw = draft_raw(e->draft, any_record(e));
	struct program_record record;
	struct draft one = { .bytes = raw - PROGRAM_HEADER_SIZE, .nr = 1 };
	struct program_record other = { .op = OP_nop };

	draft_record(&one, 0, &record);
	switch (random_below(random, 6)) {
	case 0:
		raw[RAW_WHERE] ^= (uint8_t)(1u << random_below(random, 4));
		break;
	case 1:
		raw[RAW_SLOT] = (uint8_t)change_number(random, raw[RAW_SLOT]);
		break;
	case 2:
		raw[RAW_ORDER] = (uint8_t)((raw[RAW_ORDER] & 0xf0) | random_small(random, 8));
		break;
	case 3:
		raw[RAW_ORDER] ^= (uint8_t)(1u << (4 + random_below(random, 4)));
		break;
	case 4: /* another operation with the same fields */
		other.op = (uint8_t)(1 + random_below(random, NR_OPS - 1));
		raw[0] = program_opcode((enum program_op)other.op);
		break;
	default:
		record.arg = change_number(random, record.arg);
		record.op = program_op_of(record.opcode);
		program_encode_record(&record, raw);
		break;
	}
	return true;
}

/* The record's operation stays; what it works on is chosen by what there is at that point. */
static bool aim_again(struct edit *e)
{
	struct program_record record, aimed;
	struct writer writer;
	unsigned int n = any_record(e);

	draft_record(e->draft, n, &record);
	record.op = program_op_of(record.opcode);
	if (record.op == OP_nop)
		return false;
	writer_open(&writer, e->draft, e->random, n);
	aimed = record;
	aim_record(&writer, &aimed);
	if (random_below(e->random, 2))
		record = aimed;
	else if (random_below(e->random, 2))
		record.slot = aimed.slot;
	else
		record.arg = aimed.arg;
	draft_set_record(e->draft, n, &record);
	return true;
}

/* Something happens to what a record has just taken: it is freed, pinned, split, ... */
static bool follow_up(struct edit *e)
{
	static const uint8_t ops[] = {
		OP_free, OP_free, OP_pin, OP_split_free, OP_free_order, OP_free_again,
	};
	struct program_record record, next = { .op = OP_nop };
	unsigned int n = any_record(e), at;

	draft_record(e->draft, n, &record);
	if (is_full(e->draft) || !has_gfp(program_op_of(record.opcode)))
		return false;
	at = n + 1 + random_small(e->random, e->draft->nr - n);
	next.op = ops[random_below(e->random, sizeof(ops))];
	next.slot = record.slot;
	next.cpu = record.cpu;
	next.order = (uint8_t)random_small(e->random, 6);
	draft_make_room(e->draft, at, 1);
	draft_set_record(e->draft, at, &next);
	return true;
}

/* Preemptions come, go, or wait for more or fewer points. */
static bool change_preempt(struct edit *e)
{
	struct program_record record;
	unsigned int n = any_record(e);
	struct program_preempt *preempt = &record.preempt[random_below(e->random, 2)];

	draft_record(e->draft, n, &record);
	record.op = program_op_of(record.opcode);
	if (!preempt->at || random_one_in(e->random, 4)) {
		random_preempt(e->random, preempt, PROGRAM_CPUS);
	} else if (random_one_in(e->random, 4)) {
		preempt->at = 0;
	} else {
		preempt->at = (uint16_t)(preempt->at + random_small(e->random, 32) -
					 random_small(e->random, 32));
	}
	if (preempt->interrupt || random_one_in(e->random, 4))
		record.irq_op = (uint8_t)(1 + random_below(e->random, NR_OPS - 1));
	draft_set_record(e->draft, n, &record);
	return true;
}

static bool change_header(struct edit *e)
{
	uint8_t *raw = e->draft->bytes;
	struct program_header header, other;

	draft_header(e->draft, &header);
	write_header(e->draft, e->random);
	draft_header(e->draft, &other);
	switch (random_below(e->random, 8)) {
	case 0:
		header.geometry = other.geometry;
		break;
	case 1:
		header.cpus = other.cpus;
		break;
	case 2:
		header.pcp = other.pcp;
		break;
	case 3:
		header.watermarks = other.watermarks;
		break;
	case 4:
		header.switches ^= (uint8_t)(1u << random_below(e->random, 5));
		break;
	case 5:
		header.swarm ^= 1u << random_below(e->random, NR_GROUPS);
		break;
	case 6:
		header.swarm = 0;
		break;
	default:
		header.accesses = other.accesses;
		header.announced = other.announced;
		header.sched_mode = other.sched_mode;
		header.sched_param = other.sched_param;
		header.sched_seed = other.sched_seed;
		break;
	}
	program_encode_header(&header, raw);
	return true;
}

/* The same operations in another order. */
static bool reschedule(struct edit *e)
{
	struct program_header header;

	draft_header(e->draft, &header);
	if (header.sched_mode == SCHED_ANCHORED)
		return false;
	header.sched_seed = random_next(e->random);
	draft_set_header(e->draft, &header);
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
		write_meeting(&writer);
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

	for (unsigned int i = 0; i < NR_EDITS; i++)
		all += edits[i].weight;
	for (at = random_below(random, all); at >= edits[n].weight; n++)
		at -= edits[n].weight;
	return n;
}

static void edit_once(struct edit *e)
{
	for (unsigned int i = 0; i < TRIES; i++) {
		unsigned int n = any_edit(e->random);

		if (!edits[n].edit(e))
			continue;
		if (strlen(did) + strlen(edits[n].name) + 2 < sizeof(did)) {
			strcat(did, did[0] ? "+" : "");
			strcat(did, edits[n].name);
		}
		return;
	}
}

size_t mutator_mutate(uint8_t *bytes, size_t size, size_t room, uint64_t seed,
		      mutate_bytes mutate_bytes)
{
	struct random random = { seed };
	struct draft draft;
	struct edit e = { &draft, &random, mutate_bytes };

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
	for (unsigned int nr = 1 + random_small(&random, MOST_EDITS); nr; nr--)
		edit_once(&e);
	if (!random_one_in(&random, HEAVY_ONE_IN))
		lighten(&draft, &random);
	return draft_size(&draft);
}
