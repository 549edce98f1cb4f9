/* SPDX-License-Identifier: GPL-2.0-only */
/* Running the records of a program: see PROGRAM_OPS for what each operation means. */
#ifndef HARNESS_EXECUTOR_H
#define HARNESS_EXECUTOR_H

#include "fuzz/harness/base/run.h"
#include "spb/rules.h"

/* Decode record @n, with what the target changes in it, its CPU within the program's. */
void executor_record(struct run *run, unsigned int n, struct program_record *record);

/**
 * executor_op - run one record on the running logical CPU
 *
 * The caller has set step and CPU of the run. Checks locks and interrupts afterwards.
 */
void executor_op(struct run *run, const struct program_record *record);

/*
 * Another call begins, or another operation is under way beside it: does the race detector
 * compare its accesses? A record that builds a state makes calls by the thousand; while nobody
 * else is under way, most of them are left out.
 */
void executor_compare_accesses(const struct run *run);

/* The record's irq_op, on top of whatever the running CPU does. */
void executor_interrupt(struct run *run, const struct program_record *record);

/* The oracles' turn: an operation is complete and no other is under way. */
void executor_after_op(struct run *run);

/**
 * executor_age - give a zone the state that an age record describes
 *
 * gfp bytes 0 to 2: share of the zone's pageblocks, in 256ths, that are allocated as
 * unmovable, reclaimable and movable; byte 3: share of their pages, in 256ths, that is free
 * again; what is left stays wholly free. order: log2 of the pages that are freed or kept
 * together, at most the pageblock order. arg: low byte the zone, high byte which of them.
 */
void executor_age(struct run *run, const struct program_record *record);

/* --- calls with prediction, for the operations --- */

/* Allocate and give it to @owner (0: an unnamed one). Return: pfn or NO_PFN. */
uint32_t executor_alloc(struct run *run, uint32_t owner, uint32_t gfp, unsigned int order,
			unsigned int nid, uint32_t nodemask);
/* Allocate; the caller settles who owns it. */
uint32_t executor_alloc_raw(struct run *run, uint32_t gfp, unsigned int order, unsigned int nid);
/* Return: how many of @nr, in @pfns, that nobody owns yet. */
unsigned int executor_bulk(struct run *run, uint32_t gfp, unsigned int nid, unsigned int nr,
			   uint32_t *pfns);
bool executor_caller(struct run *run, enum caller_kind kind, uint32_t nr_pages,
		     unsigned int order, uint32_t gfp, struct extent_list *list);
/* Free what the program holds at @pfn. */
void executor_free(struct run *run, uint32_t pfn);
/* Any call of free(), split(), contig_free() or isolate(), and what is wrong with it. */
void executor_free_call(struct run *run, uint32_t pfn, unsigned int order, enum spb_rule expect);
int executor_split_call(struct run *run, uint32_t pfn, unsigned int order,
			unsigned int new_order, enum spb_rule expect);
void executor_free_contig(struct run *run, uint32_t pfn, enum spb_rule expect);
void executor_isolate(struct run *run, uint32_t pfn, bool on, enum spb_rule expect);
/* Return: the first page of a superpageblock that nobody owns yet, or NO_PFN. */
uint32_t executor_contig(struct run *run, unsigned int zone);
/* Reclaim, compaction, evacuation (@arg: the type) or deferred work (@arg: items). */
void executor_room(struct run *run, enum program_op op, unsigned int zone, unsigned int order,
		   unsigned int arg);
/* A drain (@arg: whose), or one of the walks (@arg: the type). */
void executor_look(struct run *run, enum program_op op, unsigned int zone, unsigned int order,
		   unsigned int arg);

#endif
