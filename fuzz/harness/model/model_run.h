/* SPDX-License-Identifier: GPL-2.0-only */
/* The model beside a running program; nothing happens unless options.model. */
#ifndef HARNESS_MODEL_RUN_H
#define HARNESS_MODEL_RUN_H

#include "fuzz/harness/model/model.h"
#include "spb/rules.h"

struct run;

void model_run_begin(struct run *run);
/* Is everything as the configuration has it? At the beginning, all memory free. */
void model_compare_birth(void);
void model_run_event(struct run *run, const struct spb_event *event);
/* The running context makes a request, which may be several, and has its answer. One that
 * @breaks a rule ends before it has begun. */
void model_run_request(const struct run *run, enum spb_rule breaks, enum model_ask ask,
		       uint32_t gfp, unsigned int order, unsigned int nid, uint32_t nodemask,
		       uint32_t nr);
void model_run_request_end(const struct run *run);
/* The running context makes room, for this if it is @known, and is done. */
void model_run_room(const struct run *run, bool known, unsigned int order, unsigned int mt);
void model_run_room_end(const struct run *run);
/* The same for a contiguous one, from the @zone-th populated zone. */
void model_run_contig(const struct run *run, unsigned int zone);
void model_run_contig_end(const struct run *run, uint32_t pfn);
/* The running context walks the tainted lists of zone @index, and has its answer. */
void model_run_walk(const struct run *run, unsigned int index, bool below_order,
		    unsigned int order, unsigned int mt);
void model_run_walk_end(const struct run *run, bool answer);
/* A section under the lock of a zone has ended; others may be under way. */
void model_run_unlocked(const struct run *run);
/* A tunable changes: requests read the old value, or the new one before it is told. */
void model_run_tuning(const struct run *run, bool begins);
void model_run_section(const struct run *run);
void model_run_after_op(const struct run *run);
/* Everything, at the end and whenever the oracles check everything. */
void model_run_full(const struct run *run);

#endif
