// SPDX-License-Identifier: GPL-2.0-only
/* The table of operations: see operations.h. */
#include "fuzz/harness/program/operations.h"

#include <string.h>

#include "fuzz/harness/program/fields.h"

#define STATE OPERATION_STATE
#define ALONE OPERATION_ALONE
#define LASTS OPERATION_LASTS
#define WALK OPERATION_WALK
#define ATOMIC OPERATION_ATOMIC
#define ALLOCATES OPERATION_ALLOCATES
#define FREES OPERATION_FREES
#define F(field) (1ull << FIELD_##field)

const struct operation operations[NR_OPS] = {
	[OP_nop] = { "nop", "nothing", 0, PROGRAM_NOP, 1, ALONE, NR_GROUPS, AIM_COUNT },
#define OPERATION(name, first, count, group, fields, aim, flags, meaning) \
	[OP_##name] = { #name, meaning, fields, first, count, flags, GROUP_##group, AIM_##aim },
/* What it will be, it is not yet. */
#define RESERVED(name, first, count, group, fields, aim, flags, meaning) \
	OPERATION(name, first, count, group, fields, aim, OPERATION_RESERVED, meaning)
#include "fuzz/harness/program/operations.def"
};

/* Spare entries are zero, which is OP_nop. */
const uint8_t program_op_table[256] = {
#define OPERATION(name, first, count, group, fields, aim, flags, meaning) \
	[(first) ... (first) + (count) - 1] = OP_##name,
#include "fuzz/harness/program/operations.def"
};

static const struct {
	const char *name, *meaning;
} groups[NR_GROUPS] = {
#define GROUP(name, meaning) { #name, meaning },
#include "fuzz/harness/program/operations.def"
};

_Static_assert(NR_GROUPS <= 32, "a swarm mask has a bit for each group");
_Static_assert(NR_OPS <= 256, "an operation fits a byte");
_Static_assert(NR_FIELDS <= 64, "the fields of an operation are bits");

unsigned int operations_nr(void)
{
	unsigned int nr = 0;

	for (unsigned int op = 0; op < NR_OPS; op++)
		nr += !operation_is_idle((enum program_op)op);
	return nr;
}

enum program_op operations_nth(unsigned int n)
{
	unsigned int op = 0;

	while (operation_is_idle((enum program_op)op) || n--)
		op++;
	return (enum program_op)op;
}

const char *program_op_name(enum program_op op)
{
	return operations[op].name;
}

uint8_t program_opcode(enum program_op op)
{
	return operations[op].first;
}

int program_op_index(const char *name)
{
	for (int op = 0; op < NR_OPS; op++)
		if (!strcmp(operations[op].name, name))
			return op;
	return -1;
}

unsigned int program_op_group(enum program_op op)
{
	return operations[op].group;
}

const char *program_group_name(unsigned int group)
{
	return groups[group].name;
}

const char *program_group_meaning(unsigned int group)
{
	return groups[group].meaning;
}
