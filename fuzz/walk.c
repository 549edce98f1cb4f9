// SPDX-License-Identifier: GPL-2.0-only
/*
 * walk: spb_update_list(), driven by all that the first CPUs do, against the walks of the
 * tainted lists on the last one. Operations are preempted at lock and interrupt hooks.
 */
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/target/observers.h"
#include "fuzz/harness/target/target.h"

static void aim(struct run *r, unsigned int n, struct program_record *record)
{
	(void)n;
	if (record->cpu != r->nr_cpus - 1 || operation_is_idle(record->op) ||
	    operation_is(record->op, OPERATION_STATE | OPERATION_WALK))
		return;
	record->op = record->op & 1 ? OP_can_serve : OP_has_free;
}

static const struct run_mode mode = {
	.observers = observers_of_races, .preempt = true, .min_cpus = 2, .record = aim,
};

static void run(const uint8_t *data, size_t size)
{
	run_program(data, size, &mode);
}

const struct target target_walk = { .name = "walk", .run = run };
