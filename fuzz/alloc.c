// SPDX-License-Identifier: GPL-2.0-only
/*
 * alloc: the whole alphabet of program.h, any flags, any order, wrong calls included, the
 * logical CPUs taking turns. Checks: every oracle after each operation.
 * Does not preempt operations: see walk.
 */
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/target/observers.h"
#include "fuzz/harness/target/target.h"

static const struct run_mode mode = { .observers = observers_all };

static void run(const uint8_t *data, size_t size)
{
	run_program(data, size, &mode);
}

const struct target target_alloc = { .name = "alloc", .run = run };
