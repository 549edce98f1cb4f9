// SPDX-License-Identifier: GPL-2.0-only
/* empty: does nothing, so that benchmarks know what the engine itself costs. */
#include "fuzz/harness/target/target.h"

static void run(const uint8_t *data, size_t size)
{
	(void)data;
	(void)size;
}

const struct target target_empty = { .name = "empty", .run = run };
