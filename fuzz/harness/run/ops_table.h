/* SPDX-License-Identifier: GPL-2.0-only */
/* What files of operations share: fields of a record, with the limits of the geometry applied. */
#ifndef HARNESS_OPS_TABLE_H
#define HARNESS_OPS_TABLE_H

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/run/ops.h"

static inline unsigned int order_of(const struct run *run, const struct program_record *r)
{
	return r->order % (run->config.max_order + 2u);
}

static inline unsigned int good_order_of(const struct run *run, const struct program_record *r)
{
	return r->order % (run->config.max_order + 1u);
}

static inline unsigned int node_of(const struct run *run, const struct program_record *r)
{
	return r->node % run->config.nr_nodes;
}

static inline unsigned int zone_of(const struct run *run, const struct program_record *r)
{
	return r->arg % run->queries->nr_zones();
}

static inline uint32_t owner_of(const struct program_record *r)
{
	return 1u + r->slot;
}

static inline unsigned int type_of(const struct program_record *r)
{
	return r->extra % 3u;
}

static inline unsigned int small_count_of(const struct program_record *r)
{
	return r->arg % 16u + 1;
}

static inline uint32_t page_of(const struct run *run, const struct program_record *r)
{
	uint32_t first = run->queries->min_pfn() - PROGRAM_PFN_MARGIN;
	uint32_t pages = run->queries->max_pfn() - run->queries->min_pfn() +
			 2 * PROGRAM_PFN_MARGIN;

	return first + (uint32_t)((uint64_t)pages * r->arg >> 16);
}

/* --- ops.c --- */

/* Free what may not be what somebody holds. */
void op_free_any(struct run *run, uint32_t pfn, unsigned int order);

/* --- ops_held.c: operations --- */

void op_contig(struct run *run, const struct program_record *r);
void op_contig_free(struct run *run, const struct program_record *r);
void op_contig_bad(struct run *run, const struct program_record *r);
void op_contig_bad_slot(struct run *run, const struct program_record *r);
void op_range(struct run *run, const struct program_record *r);
void op_range_free(struct run *run, const struct program_record *r);
void op_cma(struct run *run, const struct program_record *r);
void op_cma_free(struct run *run, const struct program_record *r);
void op_isolate_slot(struct run *run, const struct program_record *r);
void op_unisolate_slot(struct run *run, const struct program_record *r);
void op_free_inside(struct run *run, const struct program_record *r);
void op_free_part(struct run *run, const struct program_record *r);
void op_hold(struct run *run, const struct program_record *r);
void op_unhold(struct run *run, const struct program_record *r);

#endif
