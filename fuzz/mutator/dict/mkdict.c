// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the dictionary of a target, for libFuzzer and AFL++: mkdict TARGET
 *
 * A token is a whole record, so that inserting one anywhere leaves the borders of later
 * records where they were; the first two bytes of a header, for each geometry; and the
 * gfp masks that callers really use. `make dicts` runs it for every target.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz/harness/program/fields.h"
#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/program/program.h"
#include "spb/gfp.h"

#define SWARM(name) BIT(GROUP_##name)
#define ALL_GROUPS (BIT(NR_GROUPS) - 1)
#define BASE_GROUPS (SWARM(alloc) | SWARM(free) | SWARM(state) | SWARM(work) | SWARM(tunable))

static const struct {
	const char *target;
	uint32_t groups;
	bool preempt; /* records with preemptions, too */
} aims[] = {
	{ "alloc", ALL_GROUPS, false },
	{ "relax", BASE_GROUPS | SWARM(bulk) | SWARM(isolate) | SWARM(contig), false },
	{ "callers", BASE_GROUPS | SWARM(callers) | SWARM(reclaim), false },
	{ "boot", ALL_GROUPS, false },
	{ "walk", BASE_GROUPS | SWARM(walk) | SWARM(evacuate) | SWARM(reclaim), true },
	{ "race", ALL_GROUPS, true },
};

/* What the callers that the relax sequence is about pass, and the usual others. */
static const struct {
	const char *name;
	uint32_t gfp;
} shapes[] = {
	{ "kernel", GFP_KERNEL },
	{ "kernel_reclaimable", GFP_KERNEL | __GFP_RECLAIMABLE },
	{ "movable", GFP_HIGHUSER_MOVABLE },
	{ "atomic", GFP_ATOMIC },
	{ "nowait", GFP_NOWAIT },
	{ "kvmalloc", (GFP_KERNEL & ~__GFP_DIRECT_RECLAIM) | __GFP_NOWARN },
	{ "kvmalloc_noretry", GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY },
	{ "optional_reclaimable",
	  (GFP_KERNEL & ~__GFP_DIRECT_RECLAIM) | __GFP_NOWARN | __GFP_RECLAIMABLE },
	{ "noretry", (GFP_KERNEL & ~__GFP_DIRECT_RECLAIM) | __GFP_NORETRY },
	{ "nofail", GFP_KERNEL | __GFP_NOFAIL },
	{ "memalloc", GFP_ATOMIC | __GFP_MEMALLOC },
	{ "transhuge", GFP_TRANSHUGE_LIGHT },
	{ "thisnode", GFP_KERNEL | __GFP_THISNODE },
	{ "dma32", GFP_KERNEL | GFP_DMA32 },
};

static const unsigned int orders[] = { 0, 1, 3, 5 };

static void print_bytes(const char *name, const uint8_t *bytes, size_t size)
{
	printf("%s=\"", name);
	for (size_t i = 0; i < size; i++)
		printf("\\x%02x", bytes[i]);
	printf("\"\n");
}

static void print_record(const char *name, enum program_op op, unsigned int order, uint32_t gfp,
			 uint16_t preempt)
{
	const struct program_record record = {
		.op = op,
		.order = (uint8_t)order,
		.gfp = gfp,
		.preempt[0] = { .at = preempt, .cpu = preempt != 0 },
	};
	uint8_t bytes[PROGRAM_RECORD_SIZE];

	program_encode_record(&record, bytes);
	record_put(bytes, irq, 0);
	print_bytes(name, bytes, sizeof(bytes));
}

static void print_operation(enum program_op op, bool preempt)
{
	const char *op_name = program_op_name(op);
	char name[80];

	if (!operation_has(op, FIELD_gfp)) {
		print_record(op_name, op, 0, 0, 0);
		if (preempt) {
			snprintf(name, sizeof(name), "%s_preempted", op_name);
			print_record(name, op, 1, 0, 3);
		}
		return;
	}
	for (size_t s = 0; s < ARRAY_SIZE(shapes); s++) {
		/* One order per shape is enough: the mutator changes orders by itself. */
		unsigned int order = orders[s % ARRAY_SIZE(orders)];

		if (!operation_has(op, FIELD_order)) {
			snprintf(name, sizeof(name), "%s_%s", op_name, shapes[s].name);
			print_record(name, op, 0, shapes[s].gfp, 0);
			continue;
		}
		snprintf(name, sizeof(name), "%s_%s_%u", op_name, shapes[s].name, order);
		print_record(name, op, order, shapes[s].gfp, 0);
	}
}

static void print_headers(void)
{
	char name[80];
	struct program_header header = { .cpus = 1 };
	uint8_t bytes[PROGRAM_HEADER_SIZE];

	for (unsigned int g = 0; g < entry_nr(ENTRY_GEOMETRY); g++) {
		snprintf(name, sizeof(name), "header_%s", entry_name(ENTRY_GEOMETRY, g));
		for (char *c = name; *c; c++)
			*c = *c == '-' ? '_' : *c;
		header.geometry = entry_byte(ENTRY_GEOMETRY, g);
		program_encode_header(&header, bytes);
		print_bytes(name, bytes, 2); /* version and geometry */
	}
}

static void print_masks(void)
{
	char name[80];
	uint8_t bytes[4];

	for (size_t s = 0; s < ARRAY_SIZE(shapes); s++) {
		snprintf(name, sizeof(name), "gfp_%s", shapes[s].name);
		for (unsigned int i = 0; i < 4; i++)
			bytes[i] = (uint8_t)(shapes[s].gfp >> (8 * i));
		print_bytes(name, bytes, sizeof(bytes));
	}
}

int main(int argc, char **argv)
{
	for (size_t a = 0; argc == 2 && a < ARRAY_SIZE(aims); a++) {
		if (strcmp(aims[a].target, argv[1]))
			continue;
		printf("# SPDX-License-Identifier: GPL-2.0-only\n");
		printf("# Made by `make dicts` from operations.def, gfp.h and geometry.c.\n");
		print_headers();
		print_masks();
		for (unsigned int n = 0; n < operations_nr(); n++) {
			enum program_op op = operations_nth(n);

			if (aims[a].groups & BIT(program_op_group(op)))
				print_operation(op, aims[a].preempt);
		}
		return 0;
	}
	fprintf(stderr, "usage: mkdict TARGET, with a target that mkdict.c aims at\n");
	return 2;
}
