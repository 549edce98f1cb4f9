// SPDX-License-Identifier: GPL-2.0-only
/* The program format: bytes to records and back. See program.h for the layout. */
#include "fuzz/harness/program/program.h"

#include <stdio.h>
#include <string.h>

#include "fuzz/harness/program/fields.h"
#include "fuzz/harness/program/geometry.h"

static enum program_op op_unless_off(uint8_t opcode, uint32_t swarm)
{
	enum program_op op = program_op_of(opcode);

	if (op != OP_nop && swarm >> operations[op].group & 1)
		return OP_nop;
	return op;
}

/* The byte that names an entry of @table. */
static uint8_t *entry_at(uint8_t *header, enum entry_table table)
{
	static const uint8_t at[NR_ENTRY_TABLES] = {
		[ENTRY_GEOMETRY] = HEADER_AT_geometry / 8,
		[ENTRY_PCP] = HEADER_AT_pcp / 8,
		[ENTRY_WATERMARKS] = HEADER_AT_watermarks / 8,
	};

	return header + at[table];
}

bool program_refusal(const uint8_t *data, size_t size, char *why, size_t room)
{
	uint8_t raw[PROGRAM_HEADER_SIZE] = { 0 };

	if (!size || data[0] != PROGRAM_VERSION) {
		snprintf(why, room, "version %#x of the program format; this tool knows %#x only",
			 size ? data[0] : 0, PROGRAM_VERSION);
		return true;
	}
	memcpy(raw, data, size < sizeof(raw) ? size : sizeof(raw));
	for (unsigned int i = 0; i < NR_ENTRY_TABLES; i++) {
		enum entry_table table = (enum entry_table)i;
		const char *name = entry_table_name(table);
		uint8_t byte = *entry_at(raw, table);

		if (entry_of(table, byte) >= 0)
			continue;
		snprintf(why, room, "%s %u is kept for a later version; it once meant %s %s, and "
			 "does so again when the text of the program says that", name, byte, name,
			 entry_name(table, entry_before(table, byte)));
		return true;
	}
	return false;
}

void program_settle(uint8_t *header)
{
	for (unsigned int i = 0; i < NR_ENTRY_TABLES; i++) {
		enum entry_table table = (enum entry_table)i;
		uint8_t *byte = entry_at(header, table);

		if (entry_of(table, *byte) < 0)
			*byte = entry_byte(table, entry_before(table, *byte));
	}
}

/* By how many slots were counted first; how many had a slot of their own then; the others. */
#define FIRST_TUNABLES 8u
#define OLD_TUNABLES 9u
#define LATER_TUNABLES 64u
#define MAX_LATER_TUNABLES 32u

_Static_assert(NR_SPB_TUNABLES >= OLD_TUNABLES &&
	       NR_SPB_TUNABLES <= OLD_TUNABLES + MAX_LATER_TUNABLES, "a tunable has a slot");

unsigned int program_tunable(uint8_t slot)
{
	unsigned int tunable = slot;

	if (slot >= LATER_TUNABLES && slot < LATER_TUNABLES + MAX_LATER_TUNABLES)
		tunable = slot - LATER_TUNABLES + OLD_TUNABLES;
	else if (slot >= OLD_TUNABLES)
		tunable = NR_SPB_TUNABLES;
	return tunable < NR_SPB_TUNABLES ? tunable : slot % FIRST_TUNABLES;
}

uint8_t program_tunable_slot(unsigned int tunable)
{
	return (uint8_t)(tunable < OLD_TUNABLES ? tunable :
						  tunable - OLD_TUNABLES + LATER_TUNABLES);
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
	for (unsigned int table = 0; table < NR_ENTRY_TABLES; table++)
		if (entry_of((enum entry_table)table, *entry_at(raw, (enum entry_table)table)) < 0)
			return false;
	header->geometry = (uint8_t)header_get(raw, geometry);
	header->cpus = (uint8_t)(header_get(raw, cpus) + 1);
	header->pcp = (uint8_t)header_get(raw, pcp);
	header->swarm = header_get(raw, swarm);
	header->watermarks = (uint8_t)header_get(raw, watermarks);
	header->switches = (uint8_t)header_get(raw, switches);
	header->sched_mode = (uint8_t)header_get(raw, mode);
	header->accesses = header_get(raw, accesses);
	header->announced = header_get(raw, announced);
	header->sched_param = (uint8_t)header_get(raw, param);
	header->sched_seed = header_get(raw, seed);

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
	record->opcode = (uint8_t)record_get(raw, opcode);
	record->op = op_unless_off(record->opcode, program->header.swarm);
	record->cpu = (uint8_t)record_get(raw, cpu);
	record->node = (uint8_t)record_get(raw, node);
	record->slot = (uint8_t)record_get(raw, slot);
	record->order = (uint8_t)record_get(raw, order);
	record->extra = (uint8_t)record_get(raw, extra);
	record->gfp = record_get(raw, gfp);
	record->arg = (uint16_t)record_get(raw, arg);
	record->preempt[0].at = (uint16_t)record_get(raw, pre);
	record->preempt[0].cpu = (uint8_t)record_get(raw, pre_cpu);
	record->preempt[0].interrupt = record_get(raw, pre_irq);
	record->preempt[1].at = (uint16_t)record_get(raw, pre2);
	record->preempt[1].cpu = (uint8_t)record_get(raw, pre2_cpu);
	record->preempt[1].interrupt = record_get(raw, pre2_irq);
	record->irq_opcode = (uint8_t)record_get(raw, irq);
	record->irq_op = op_unless_off(record->irq_opcode, program->header.swarm);
}

unsigned int program_first_state(const struct program *program)
{
	struct program_record record;
	unsigned int n;

	for (n = 0; n < program->nr_records; n++) {
		program_record(program, n, &record);
		if (operation_is(record.op, OPERATION_STATE))
			break;
	}
	return n;
}

void program_encode_header(const struct program_header *header, uint8_t *to)
{
	memset(to, 0, PROGRAM_HEADER_SIZE);
	header_put(to, version, PROGRAM_VERSION);
	header_put(to, geometry, header->geometry);
	header_put(to, cpus, header->cpus - 1u);
	header_put(to, pcp, header->pcp);
	header_put(to, swarm, header->swarm);
	header_put(to, watermarks, header->watermarks);
	header_put(to, switches, header->switches);
	header_put(to, mode, header->sched_mode);
	header_put(to, accesses, header->accesses);
	header_put(to, announced, header->announced);
	header_put(to, param, header->sched_param);
	header_put(to, seed, header->sched_seed);
}

void program_encode_record(const struct program_record *record, uint8_t *to)
{
	bool same = program_op_of(record->opcode) == record->op;

	memset(to, 0, PROGRAM_RECORD_SIZE);
	record_put(to, opcode, same ? record->opcode : operations[record->op].first);
	record_put(to, cpu, record->cpu);
	record_put(to, node, record->node);
	record_put(to, slot, record->slot);
	record_put(to, order, record->order);
	record_put(to, extra, record->extra);
	record_put(to, gfp, record->gfp);
	record_put(to, arg, record->arg);
	record_put(to, pre, record->preempt[0].at);
	record_put(to, pre_cpu, record->preempt[0].cpu);
	record_put(to, pre_irq, record->preempt[0].interrupt);
	record_put(to, pre2, record->preempt[1].at);
	record_put(to, pre2_cpu, record->preempt[1].cpu);
	record_put(to, pre2_irq, record->preempt[1].interrupt);
	record_put(to, irq, operations[record->irq_op].first);
}
