// SPDX-License-Identifier: GPL-2.0-only
/*
 * race: two to four CPUs run different operations of the whole alphabet at once, over few
 * handles, so that one frees, moves and isolates what another has allocated. Operations are
 * preempted at locks and, where the header says so, at each memory access of the core.
 *
 * Checks: every oracle, and at the end of each section under zone->lock an exact recount of
 * what it touched. Does not check: memory ordering; accesses are sequentially consistent.
 */
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/target/observers.h"
#include "fuzz/harness/target/target.h"

/* Few enough that records of different CPUs meet in one, enough for a state. */
#define SHARED_SLOTS 16

static void aim(struct run *r, unsigned int n, struct program_record *record)
{
	(void)r;
	(void)n;
	if (record->op != OP_tunable)
		record->slot %= SHARED_SLOTS;
}

static const struct run_mode mode = {
	.observers = observers_of_races, .preempt = true, .min_cpus = 2, .record = aim,
};

static void run(const uint8_t *data, size_t size)
{
	run_program(data, size, &mode);
}

const struct target target_race = { .name = "race", .run = run };
