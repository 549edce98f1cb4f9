// SPDX-License-Identifier: GPL-2.0-only
/* What can be done to the fields of a record or of the header: see edit.h. */
#include "fuzz/mutator/edit.h"

#include "fuzz/harness/program/fields.h"
#include "fuzz/mutator/write.h"

static bool has_gfp(enum program_op op)
{
	return operation_has(op, FIELD_gfp);
}

static enum program_op any_operation(struct random *random)
{
	return operations_nth(random_below(random, operations_nr()));
}

bool change_gfp(struct edit *e)
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

static void flip(const struct field *field, uint8_t *raw, unsigned int bit)
{
	field_put(field, raw, field_get(field, raw) ^ 1u << bit);
}

static void flip_place(struct random *random, uint8_t *raw)
{
	unsigned int bit = random_below(random, FIELD_BITS_cpu + FIELD_BITS_node);

	if (bit < FIELD_BITS_cpu)
		flip(&record_fields[FIELD_cpu], raw, bit);
	else
		flip(&record_fields[FIELD_node], raw, bit - FIELD_BITS_cpu);
}

bool change_field(struct edit *e)
{
	struct random *random = e->random;
	uint8_t *raw = draft_raw(e->draft, any_record(e));
	struct program_record record;
	struct draft one = { .bytes = raw - PROGRAM_HEADER_SIZE, .nr = 1 };

	draft_record(&one, 0, &record);
	switch (random_below(random, 6)) {
	case 0:
		flip_place(random, raw);
		break;
	case 1:
		record_put(raw, slot, change_number(random, record.slot));
		break;
	case 2:
		record_put(raw, order, random_small(random, 8));
		break;
	case 3:
		flip(&record_fields[FIELD_extra], raw, random_below(random, FIELD_BITS_extra));
		break;
	case 4: /* another operation with the same fields */
		record_put(raw, opcode, program_opcode(any_operation(random)));
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
bool aim_again(struct edit *e)
{
	struct program_record record, aimed;
	struct writer writer;
	unsigned int n = any_record(e);

	draft_record(e->draft, n, &record);
	record.op = program_op_of(record.opcode);
	if (operation_is_idle(record.op))
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
bool follow_up(struct edit *e)
{
	static const uint8_t ops[] = {
		OP_free, OP_free, OP_pin,  OP_split_free, OP_free_order,
		OP_free_again, OP_free_part, OP_hold, OP_isolate_slot,
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
bool change_preempt(struct edit *e)
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
		record.irq_op = (uint8_t)any_operation(e->random);
	draft_set_record(e->draft, n, &record);
	return true;
}

bool change_header(struct edit *e)
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
bool reschedule(struct edit *e)
{
	struct program_header header;

	draft_header(e->draft, &header);
	if (header.sched_mode == SCHED_ANCHORED)
		return false;
	header.sched_seed = random_next(e->random);
	draft_set_header(e->draft, &header);
	return true;
}
