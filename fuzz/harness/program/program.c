// SPDX-License-Identifier: GPL-2.0-only
/* The program format: bytes to records and back. See program.h for the layout. */
#include "fuzz/harness/program/program.h"

#include <string.h>

/* Spare entries are zero, which is OP_nop. */
static const uint8_t op_table[256] = {
#define X(name, first, count, group, text) [(first) ... (first) + (count) - 1] = OP_##name,
	PROGRAM_OPS(X)
#undef X
};

static const uint8_t op_first[NR_OPS] = {
	[OP_nop] = PROGRAM_NOP,
#define X(name, first, count, group, text) [OP_##name] = (first),
	PROGRAM_OPS(X)
#undef X
};

static const uint8_t op_group[NR_OPS] = {
	[OP_nop] = NR_GROUPS,
#define X(name, first, count, group, text) [OP_##name] = GROUP_##group,
	PROGRAM_OPS(X)
#undef X
};

static const char *const op_names[NR_OPS] = {
	[OP_nop] = "nop",
#define X(name, first, count, group, text) [OP_##name] = #name,
	PROGRAM_OPS(X)
#undef X
};

static const char *const group_names[NR_GROUPS] = {
#define X(name) #name,
	PROGRAM_GROUPS(X)
#undef X
};

_Static_assert(NR_GROUPS <= 32, "a swarm mask has a bit for each group");
_Static_assert(NR_OPS <= 256, "an operation fits a byte");

static uint16_t get16(const uint8_t *from)
{
	return (uint16_t)(from[0] | from[1] << 8);
}

static uint32_t get32(const uint8_t *from)
{
	return get16(from) | (uint32_t)get16(from + 2) << 16;
}

static void put16(uint8_t *to, unsigned int value)
{
	to[0] = value & 0xff;
	to[1] = value >> 8 & 0xff;
}

static void put32(uint8_t *to, uint32_t value)
{
	put16(to, value & 0xffff);
	put16(to + 2, value >> 16);
}

enum program_op program_op_of(uint8_t opcode)
{
	return op_table[opcode];
}

const char *program_op_name(enum program_op op)
{
	return op_names[op];
}

uint8_t program_opcode(enum program_op op)
{
	return op_first[op];
}

int program_op_index(const char *name)
{
	for (int op = 0; op < NR_OPS; op++)
		if (!strcmp(op_names[op], name))
			return op;
	return -1;
}

unsigned int program_op_group(enum program_op op)
{
	return op_group[op];
}

const char *program_group_name(unsigned int group)
{
	return group_names[group];
}

static enum program_op op_unless_off(uint8_t opcode, uint32_t swarm)
{
	enum program_op op = op_table[opcode];

	if (op != OP_nop && swarm >> op_group[op] & 1)
		return OP_nop;
	return op;
}

bool program_open(struct program *program, const uint8_t *data, size_t size)
{
	struct program_header *header = &program->header;
	uint8_t raw[PROGRAM_HEADER_SIZE] = { 0 };
	size_t in_header = size < sizeof(raw) ? size : sizeof(raw);
	size_t records;

	if (!size || data[0] != PROGRAM_VERSION)
		return false;
	memcpy(raw, data, in_header);
	header->geometry = raw[1];
	header->cpus = (raw[2] & 3) + 1;
	header->pcp = raw[3];
	header->swarm = get32(raw + 4);
	header->watermarks = raw[8];
	header->switches = raw[9];
	header->sched_mode = raw[10] % NR_SCHEDULES;
	header->accesses = raw[10] & SCHED_ACCESSES;
	header->announced = raw[10] & SCHED_ANNOUNCED;
	header->sched_param = raw[11];
	header->sched_seed = get32(raw + 12);

	program->bytes = data + in_header;
	program->size = size - in_header;
	records = (program->size + PROGRAM_RECORD_SIZE - 1) / PROGRAM_RECORD_SIZE;
	program->nr_records = records < PROGRAM_MAX_RECORDS ? records : PROGRAM_MAX_RECORDS;
	return true;
}

void program_record(const struct program *program, unsigned int n, struct program_record *record)
{
	size_t start = (size_t)n * PROGRAM_RECORD_SIZE;
	uint8_t padded[PROGRAM_RECORD_SIZE] = { 0 };
	const uint8_t *raw = padded;

	if (program->size >= start + PROGRAM_RECORD_SIZE)
		raw = program->bytes + start;
	else if (program->size > start)
		memcpy(padded, program->bytes + start, program->size - start);
	record->opcode = raw[0];
	record->op = op_unless_off(raw[0], program->header.swarm);
	record->cpu = raw[1] & 3;
	record->node = raw[1] >> 2 & 3;
	record->slot = raw[2];
	record->order = raw[3] & 0xf;
	record->extra = raw[3] >> 4;
	record->gfp = get32(raw + 4);
	record->arg = get16(raw + 8);
	for (unsigned int i = 0; i < 2; i++) {
		record->preempt[i].at = get16(raw + 10 + 2 * i);
		record->preempt[i].cpu = raw[14] >> 4 * i & 3;
		record->preempt[i].interrupt = raw[14] >> (4 * i + 2) & 1;
	}
	record->irq_op = op_unless_off(raw[15], program->header.swarm);
	record->irq_opcode = raw[15];
}

bool program_builds_state(enum program_op op)
{
	return op == OP_age || op == OP_fill || op == OP_thin;
}

unsigned int program_first_state(const struct program *program)
{
	struct program_record record;
	unsigned int n;

	for (n = 0; n < program->nr_records; n++) {
		program_record(program, n, &record);
		if (program_builds_state(record.op))
			break;
	}
	return n;
}

void program_encode_header(const struct program_header *header, uint8_t *to)
{
	to[0] = PROGRAM_VERSION;
	to[1] = header->geometry;
	to[2] = (header->cpus - 1) & 3;
	to[3] = header->pcp;
	put32(to + 4, header->swarm);
	to[8] = header->watermarks;
	to[9] = header->switches;
	to[10] = (uint8_t)(header->sched_mode | (header->accesses ? SCHED_ACCESSES : 0) |
			   (header->announced ? SCHED_ANNOUNCED : 0));
	to[11] = header->sched_param;
	put32(to + 12, header->sched_seed);
}

void program_encode_record(const struct program_record *record, uint8_t *to)
{
	bool same = op_table[record->opcode] == record->op;

	to[0] = same ? record->opcode : op_first[record->op];
	to[1] = (record->cpu & 3) | (record->node & 3) << 2;
	to[2] = record->slot;
	to[3] = (record->order & 0xf) | (record->extra & 0xf) << 4;
	put32(to + 4, record->gfp);
	put16(to + 8, record->arg);
	to[14] = 0;
	for (unsigned int i = 0; i < 2; i++) {
		put16(to + 10 + 2 * i, record->preempt[i].at);
		to[14] |= (record->preempt[i].cpu & 3) << 4 * i;
		to[14] |= record->preempt[i].interrupt << (4 * i + 2);
	}
	to[15] = op_first[record->irq_op];
}
