// SPDX-License-Identifier: GPL-2.0-only
/*
 * boot: the allocator is configured by records of the program, well or badly. A bad configuration
 * must be refused by name, and then nothing has changed; after a good one all that there is at the
 * beginning is compared with the model, and the program's calls run on it.
 *
 * The records that configure count wherever they stand.
 */
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/target/observers.h"
#include "fuzz/harness/target/target.h"

static const struct run_mode mode = { .observers = observers_all, .boots = true };

static void run(const uint8_t *data, size_t size)
{
	run_program(data, size, &mode);
}

const struct target target_boot = { .name = "boot", .run = run, .boots = true };
