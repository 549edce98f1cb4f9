/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the benchmark share. */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "fuzz/harness/target.h"

/* Long enough that the clock and a stray interrupt do not matter. */
#define MEASURE_NS 1000000000ull
#define WARM_UP_NS 200000000ull

struct input {
	uint8_t *bytes;
	size_t size;
};

/* A program out of text; ends the process when it cannot be read. */
struct input assemble(const char *path);

/* Schedules that count memory accesses, and the cost of a switch: bench_race.c. */
void bench_race(const char *path);

#endif
