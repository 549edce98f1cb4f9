// SPDX-License-Identifier: GPL-2.0-only
/*
 * relax: once a state is built, each allocation is one that may not sleep, so that most come
 * to the relax sequence of patch 35, whose decisions the model knows.
 */
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/target/observers.h"
#include "fuzz/harness/target/shape.h"
#include "fuzz/harness/target/target.h"

static void aim(struct run *r, unsigned int n, struct program_record *record)
{
	if (shape_state_built(r, n) && record->op == OP_alloc)
		shape_request(r, record);
}

static const struct run_mode mode = {
	.observers = observers_all,
	.record = aim,
};

static void run(const uint8_t *data, size_t size)
{
	run_program(data, size, &mode);
}

const struct target target_relax = { .name = "relax", .run = run, .summary = shape_summary };
