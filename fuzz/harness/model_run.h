/* SPDX-License-Identifier: GPL-2.0-only */
/* The model beside a running program; nothing happens unless options.model. */
#ifndef HARNESS_MODEL_RUN_H
#define HARNESS_MODEL_RUN_H

#include <stdio.h>

#include "fuzz/harness/model.h"

struct run;

void model_run_begin(const struct run *run);
void model_run_event(struct run *run, const struct spb_event *event);
/* A legal request failed. */
void model_run_null(const struct run *run, uint32_t gfp, unsigned int order, unsigned int nid,
		    uint32_t nodemask);
void model_run_section(const struct run *run);
void model_run_after_op(const struct run *run);
/* Everything, at the end and whenever the oracles check everything. */
void model_run_full(const struct run *run);

/* How often each rule was put to the test since the process started. */
void model_run_print(FILE *out);

#endif
