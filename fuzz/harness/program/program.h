/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program format, version 1: what every byte string means.
 *
 *   header, 16 bytes          record, 16 bytes, repeated
 *   0  version 0x81           0  opcode, through a table of 256
 *   1  geometry               1  bits 0-1 logical CPU; bits 2-3 node; 4-7 spare
 *   2  CPUs (bits 0-1 + 1)    2  slot
 *   3  per-CPU lists profile  3  order (low 4 bits); bits 4-7: extra
 *   4-7 swarm: operation      4-7 gfp flags, little endian
 *      groups switched off    8-9 argument, little endian
 *   8  watermark profile     10-11 first preemption: at the n-th point, 0 = none
 *   9  switches (HDR_*)      12-13 second preemption
 *  10  bits 0-1 schedule     14 bits 0-1 CPU of the first, 2 it is an interrupt,
 *      mode; bit 2: memory      4-5 CPU of the second, 6 it is an interrupt
 *      accesses are points;  15 opcode that the interrupt runs
 *      bit 3: announced ones alone
 *  11  schedule parameter
 *  12-15 schedule seed
 *
 * Points are the lock and interrupt hooks, and where bit 2 or the target says so each access
 * to the arena, or with bit 3 each announced one; preemption numbers are scaled then, see
 * policy_point() in sched_policy.h.
 *
 * A missing tail reads as zero. Every field is taken modulo a constant of the format
 * or the geometry, never of the run, so a change of one byte changes one thing, and
 * removing a record leaves the meaning of the others alone. Opcode numbers are never
 * reused: spare entries of the table are no-ops until a later operation gets them.
 */
#ifndef HARNESS_PROGRAM_H
#define HARNESS_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRAM_VERSION 0x81
#define PROGRAM_HEADER_SIZE 16
#define PROGRAM_RECORD_SIZE 16
#define PROGRAM_MAX_RECORDS 1024 /* records beyond are not run */
#define PROGRAM_MAX_SIZE (PROGRAM_HEADER_SIZE + PROGRAM_MAX_RECORDS * PROGRAM_RECORD_SIZE)
#define PROGRAM_SLOTS 256
#define PROGRAM_CPUS 4

/* Groups that a swarm mask can switch off: one bit each, in this order. */
#define PROGRAM_GROUPS(X) \
	X(alloc) X(free) X(bulk) X(bad) X(split) X(drain) X(reclaim) X(compact) X(evacuate) \
	X(isolate) X(work) X(time) X(tunable) X(callers) X(state) X(contig) X(walk)

enum program_group {
#define X(name) GROUP_##name,
	PROGRAM_GROUPS(X)
#undef X
	NR_GROUPS,
};

/*
 * X(identifier, first entry in the table, entries, group, meaning)
 *
 * Entries give an operation its share of random bytes. A program is written with the
 * first entry; all entries of an operation mean the same.
 */
#define PROGRAM_OPS(X)                                                                             \
	X(alloc, 0x00, 32, alloc, "allocate order pages with gfp on node into slot")               \
	X(free, 0x20, 32, free, "free slot")                                                       \
	X(free_order, 0x40, 4, bad, "free slot with the order of the record")                      \
	X(free_pfn, 0x44, 4, bad, "free page number arg (scaled to the map) with order")           \
	X(free_again, 0x48, 4, bad, "free once more what slot held last")                          \
	X(bulk, 0x4c, 4, bulk, "bulk-allocate arg % 16 + 1 pages into slot and after it")          \
	X(split_free, 0x50, 4, split, "halve slot until order, freeing the upper part each time")  \
	X(drain, 0x54, 2, drain, "drain the lists of CPU arg % CPUs from this CPU")                \
	X(drain_all, 0x56, 2, drain, "drain every CPU")                                            \
	X(reclaim, 0x58, 4, reclaim, "reclaim order-scaled pages of zone arg")                     \
	X(compact, 0x5c, 4, compact, "compact zone arg for order")                                 \
	X(evacuate, 0x60, 4, evacuate, "spb_evacuate_for_order on zone arg, type by extra")        \
	X(isolate, 0x64, 4, isolate, "isolate the pageblock of page arg")                          \
	X(unisolate, 0x68, 4, isolate, "release the pageblock of page arg")                        \
	X(work, 0x6c, 4, work, "run up to arg % 16 + 1 items of deferred work")                    \
	X(time, 0x70, 2, time, "let arg jiffies pass")                                             \
	X(tunable, 0x72, 2, tunable, "set tunable slot to a value made from arg")                  \
	X(kvmalloc, 0x74, 4, callers, "kvmalloc of arg % 64 + 1 pages into slot")                  \
	X(vmalloc, 0x78, 4, callers, "vmalloc of arg % 64 + 1 pages into slot")                    \
	X(skb, 0x7c, 4, callers, "alloc_skb_with_frags of arg % 64 + 1 pages, orders up to order") \
	X(age, 0x80, 4, state, "give zone arg a state: see executor_age() for the fields")         \
	X(pin, 0x84, 4, state, "the pages of slot cannot be moved or given up; order odd: again")  \
	X(free_step, 0x88, 4, free, "free each slot from slot on in steps of arg % 16 + 1")        \
	X(contig, 0x8c, 2, contig, "take a whole superpageblock of zone arg into slot")            \
	X(contig_free, 0x8e, 2, contig, "give back the superpageblock of slot")                    \
	X(can_serve, 0x90, 4, walk, "the tainted walk of patch 35: zone arg, order, type extra")   \
	X(has_free, 0x94, 4, walk, "tainted_pool_has_free() on zone arg")                          \
	X(alloc_mask, 0x98, 4, alloc, "allocate with nodemask arg % 16, 0 = all")                  \
	X(fill, 0x9c, 4, state, "allocate order pages, gfp, up to arg % 512 + 1 times, unnamed") \
	X(thin, 0xa0, 4, state, "free every (arg % 16 + 2)nd unnamed allocation")                  \
	X(contig_bad, 0xa4, 2, bad, "spb_free_contig of page arg")                                 \
	X(split_bad, 0xa6, 2, bad, "split slot from order to order + extra")

enum program_op {
	OP_nop,
#define X(name, first, count, group, text) OP_##name,
	PROGRAM_OPS(X)
#undef X
	NR_OPS,
};

/* What an operation without entries of its own is written with: the last spare entry. */
#define PROGRAM_NOP 0xff

/* Switches of the header's byte 9. */
#define HDR_DEFRAG (1u << 0)           /* start in defrag_mode */
#define HDR_RELAX_ALL (1u << 1)        /* relax_all_zones */
#define HDR_KVMALLOC_NORETRY (1u << 2)
#define HDR_OPTIONAL_ANY (1u << 3)
#define HDR_NO_REFUSAL (1u << 4)       /* lower_order_refusal off */
#define HDR_KEEPS_PROMISE (1u << 5)    /* refusal_keeps_promise 1 */

enum program_schedule {
	SCHED_ANCHORED, /* preemptions of the records only; the others: sched_policy.h */
	SCHED_RANDOM_WALK,
	SCHED_PCT,
	SCHED_STARVE,
	NR_SCHEDULES,
};

/*
 * Of byte 10, beside the mode. What may race is announced: READ_ONCE, WRITE_ONCE, atomics.
 * Between two points that are hooks of the shim or announced accesses, no other CPU can see
 * or change what this one does without a report of the race detector; so with bit 3 the
 * points are a tenth, and a switch between a look and an act a hundred times as likely.
 */
#define SCHED_ACCESSES 4u
#define SCHED_ANNOUNCED 8u

struct program_preempt {
	uint16_t at;   /* 0 = none */
	uint8_t cpu;
	bool interrupt;
};

struct program_record {
	uint8_t op;  /* enum program_op */
	uint8_t opcode; /* byte 0 as it was */
	uint8_t cpu;
	uint8_t node;
	uint8_t slot;
	uint8_t order;
	uint8_t extra;
	uint32_t gfp;
	uint16_t arg;
	struct program_preempt preempt[2];
	uint8_t irq_op; /* enum program_op */
	uint8_t irq_opcode; /* byte 15 as it was: 0 names no interrupt for the schedule modes */
};

struct program_header {
	uint8_t geometry;
	uint8_t cpus;
	uint8_t pcp;
	uint32_t swarm;
	uint8_t watermarks;
	uint8_t switches;
	uint8_t sched_mode;
	bool accesses; /* memory accesses are preemption points */
	bool announced; /* but only announced ones */
	uint8_t sched_param;
	uint32_t sched_seed;
};

/**
 * struct program - bytes with their meaning
 * @header: taken from the front
 * @bytes: the records, undecoded
 * @nr_records: complete ones plus one for a last partial one
 */
struct program {
	struct program_header header;
	const uint8_t *bytes;
	size_t size;
	unsigned int nr_records;
};

/**
 * program_open - read the header
 *
 * Return: false for no bytes or an unknown version; nothing is read then.
 */
bool program_open(struct program *program, const uint8_t *data, size_t size);

/**
 * program_record - decode the n-th record
 *
 * An operation of a group that the swarm mask switches off reads as OP_nop.
 */
void program_record(const struct program *program, unsigned int n, struct program_record *record);

/* Is that what @op is for? Such a record makes allocator calls by the hundred. */
bool program_builds_state(enum program_op op);

/* The first record that builds a state, of the bytes and not of what a target makes of them. */
unsigned int program_first_state(const struct program *program);

/**
 * program_encode_header, program_encode_record - the other direction
 * @to: PROGRAM_HEADER_SIZE or PROGRAM_RECORD_SIZE bytes
 *
 * A record whose opcode byte does not mean its op is written with the op's first entry.
 */
void program_encode_header(const struct program_header *header, uint8_t *to);
void program_encode_record(const struct program_record *record, uint8_t *to);

enum program_op program_op_of(uint8_t opcode);
const char *program_op_name(enum program_op op);

/* The first entry of the table that means @op, PROGRAM_NOP for OP_nop. */
uint8_t program_opcode(enum program_op op);

/* The operation of a name, or -1. */
int program_op_index(const char *name);

/* The group that switches @op; OP_nop counts as never switched: NR_GROUPS. */
unsigned int program_op_group(enum program_op op);
const char *program_group_name(unsigned int group);

#endif
