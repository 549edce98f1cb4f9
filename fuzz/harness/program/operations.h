/* SPDX-License-Identifier: GPL-2.0-only */
/* What is known of each operation, whoever asks: the table of operations.def in memory. */
#ifndef HARNESS_OPERATIONS_H
#define HARNESS_OPERATIONS_H

#include <stdbool.h>
#include <stdint.h>

enum program_group {
#define GROUP(name, meaning) GROUP_##name,
#include "fuzz/harness/program/operations.def"
	NR_GROUPS,
};

enum program_op {
	OP_nop,
#define OPERATION(name, first, count, group, fields, aim, flags, meaning) OP_##name,
#include "fuzz/harness/program/operations.def"
	NR_OPS,
};

/* What an operation without opcodes of its own is written with: the last spare one. */
#define PROGRAM_NOP 0xff

/**
 * enum operation_flags - what else there is to know of an operation
 * @OPERATION_STATE: it gives the allocator a state, with calls by the hundred. Aimed targets
 *                   leave alone what comes before the end of the first of these.
 * @OPERATION_ALONE: no other CPU can be disturbed by it or disturb it in a way that is worth
 *                   a schedule: where a program begins with such records, they run before its
 *                   CPUs take turns
 * @OPERATION_LASTS: what comes later finds the machine changed: a phase of a program may end
 *                   after it, and programs are cut and joined there
 * @OPERATION_WALK: one of the walks of the tainted lists, whose CPU changes nothing
 * @OPERATION_ATOMIC: it may run in an interrupt
 * @OPERATION_ALLOCATES: a crash in it is a crash in an allocation, whatever the operation
 * @OPERATION_FREES: likewise in a free
 * @OPERATION_RESERVED: it does nothing in this version, and has none of the others
 */
enum operation_flags {
	OPERATION_STATE = 1 << 0,
	OPERATION_ALONE = 1 << 1,
	OPERATION_LASTS = 1 << 2,
	OPERATION_WALK = 1 << 3,
	OPERATION_ATOMIC = 1 << 4,
	OPERATION_ALLOCATES = 1 << 5,
	OPERATION_FREES = 1 << 6,
	OPERATION_RESERVED = 1 << 7,
};

/**
 * enum operation_aim - what the fields of a record are chosen by
 * @AIM_REQUEST: a slot that is free, an order and flags as callers ask for
 * @AIM_HELD: a slot that holds something
 * @AIM_FREED: a slot that held something
 * @AIM_WHOLE: a slot that holds contiguous memory
 * @AIM_ZONE: a zone, an order, a type
 * @AIM_ZONE_NEW: the same and a slot that is free
 * @AIM_PAGE: a page of the map
 * @AIM_FILL: a request, many times
 * @AIM_AGE: shares of a zone
 * @AIM_TIME: as long as something waits for
 * @AIM_TUNABLE: a tunable and a value
 * @AIM_BOOT: a part of a configuration
 * @AIM_COUNT: a small number
 */
enum operation_aim {
	AIM_REQUEST,
	AIM_HELD,
	AIM_FREED,
	AIM_WHOLE,
	AIM_ZONE,
	AIM_ZONE_NEW,
	AIM_PAGE,
	AIM_FILL,
	AIM_AGE,
	AIM_TIME,
	AIM_TUNABLE,
	AIM_BOOT,
	AIM_COUNT,
	NR_AIMS,
};

/**
 * struct operation - one row of the table
 * @fields: bits of enum program_field
 * @first: opcode that it is written with
 * @opcodes: how many there are, @first and what follows
 * @flags: enum operation_flags
 * @group: enum program_group; NR_GROUPS for what no mask switches off
 * @aim: enum operation_aim
 */
struct operation {
	const char *name;
	const char *meaning;
	uint64_t fields;
	uint8_t first;
	uint8_t opcodes;
	uint8_t flags;
	uint8_t group;
	uint8_t aim;
};

extern const struct operation operations[NR_OPS];

static inline bool operation_is(enum program_op op, unsigned int flags)
{
	return operations[op].flags & flags;
}

/* Does it do nothing at all, now or for ever? */
static inline bool operation_is_idle(enum program_op op)
{
	return op == OP_nop || operation_is(op, OPERATION_RESERVED);
}

/* Where a program begins with such records, they run before its CPUs take turns. */
static inline bool operation_runs_alone(enum program_op op)
{
	return operation_is(op, OPERATION_ALONE | OPERATION_RESERVED);
}

/* Does @field (enum program_field) count? */
static inline bool operation_has(enum program_op op, unsigned int field)
{
	return operations[op].fields >> field & 1;
}

/* The operations that do something, in the order of the table. @n: below operations_nr() */
unsigned int operations_nr(void);
enum program_op operations_nth(unsigned int n);

/* What each opcode means; the decoder asks twice for each record. */
extern const uint8_t program_op_table[256];

static inline enum program_op program_op_of(uint8_t opcode)
{
	return (enum program_op)program_op_table[opcode];
}

const char *program_op_name(enum program_op op);

/* The first entry of the table that means @op, PROGRAM_NOP for OP_nop. */
uint8_t program_opcode(enum program_op op);

/* The operation of a name, or -1. */
int program_op_index(const char *name);

/* The group that switches @op; OP_nop counts as never switched: NR_GROUPS. */
unsigned int program_op_group(enum program_op op);
const char *program_group_name(unsigned int group);
const char *program_group_meaning(unsigned int group);

#endif
