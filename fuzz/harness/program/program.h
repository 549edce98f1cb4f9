/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program format, version 1: what every byte string means.
 *
 *   header, 16 bytes | record, 16 bytes | record | ...
 *
 * Fields are in fields.def, operations in operations.def, geometries and profiles in geometry.c;
 * docs/format.md, which is made from these, is the reference.
 *
 * Points are the lock and interrupt hooks, and where the header or the target says so each access
 * to the arena, or each announced one; preemption numbers are scaled then, see policy_point() in
 * sched_policy.h.
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

#include "fuzz/harness/program/operations.h"

#define PROGRAM_VERSION 0x81
#define PROGRAM_HEADER_SIZE 16
#define PROGRAM_RECORD_SIZE 16
#define PROGRAM_MAX_RECORDS 1024 /* records beyond are not run */
#define PROGRAM_MAX_SIZE (PROGRAM_HEADER_SIZE + PROGRAM_MAX_RECORDS * PROGRAM_RECORD_SIZE)
#define PROGRAM_SLOTS 256
#define PROGRAM_CPUS 4
/* Page numbers that a record names reach this far beyond both ends of the memory map. */
#define PROGRAM_PFN_MARGIN 16

enum program_schedule {
	SCHED_ANCHORED, /* preemptions of the records only; the others: sched_policy.h */
	SCHED_RANDOM_WALK,
	SCHED_PCT,
	SCHED_STARVE,
	NR_SCHEDULES,
};

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
	/*
	 * But only announced ones: READ_ONCE, WRITE_ONCE, atomics. Between two points that are
	 * hooks of the shim or announced accesses, no other CPU can see or change what this one
	 * does without a report of the race detector; so the points are a tenth, and a switch
	 * between a look and an act a hundred times as likely.
	 */
	bool announced;
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
 * Return: false for bytes that program_refusal() has a reason against; nothing is read then.
 */
bool program_open(struct program *program, const uint8_t *data, size_t size);

/**
 * program_refusal - why are these bytes no program that this version runs?
 * @why: receives a sentence, or part of one
 * @room: bytes at @why
 *
 * There is none, its version is unknown, or its header names an entry of a table that is kept
 * for a later version. Return: false when nothing is against them.
 */
bool program_refusal(const uint8_t *data, size_t size, char *why, size_t room);

/**
 * program_settle - have a header name what there is
 * @header: bytes
 *
 * What is kept for a later version becomes what it was before.
 */
void program_settle(uint8_t *header);

/**
 * program_tunable - the tunable that a slot means
 *
 * Slots of tunables that come later are kept; until then they mean what all others do. No
 * committed input has one.
 */
unsigned int program_tunable(uint8_t slot);
uint8_t program_tunable_slot(unsigned int tunable);

/**
 * program_record - decode the n-th record
 *
 * An operation of a group that the swarm mask switches off reads as OP_nop.
 */
void program_record(const struct program *program, unsigned int n, struct program_record *record);

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

#endif
