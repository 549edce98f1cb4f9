/* SPDX-License-Identifier: GPL-2.0-only */
/* What running programs costs: measured by bench.c, asked for and printed by cmd_bench.c. */
#ifndef TOOL_BENCH_H
#define TOOL_BENCH_H

#include "fuzz/tool/replay/replay.h"

/**
 * struct bench - what is measured
 * @target: runs them
 * @inputs: the @nr programs, run in turn
 * @level: what checks, of the names in front of "-runs/s": that alone is measured; NULL = all
 * @ms: CPU time of each measurement; a fifth of it goes before, to warm up
 * @points: points of one run of all of them where the schedule may switch: accesses and some
 *          lock hooks; 0 = no schedule counts any
 * @figure: takes each result
 */
struct bench {
	const struct target *target;
	const struct tool_input *inputs;
	size_t nr;
	const char *level;
	unsigned int ms;
	uint64_t points;
	void (*figure)(const char *name, double value);
};

/**
 * bench_describe - one run of each: what they are, and that they can be run
 *
 * Return: STATUS_FINDING or STATUS_ERROR, after a report or a complaint, when one cannot be
 */
int bench_describe(struct bench *bench);

/* Is that the name of a level? */
bool bench_knows(const char *level);

/* The empty target; the programs without oracles, with them, and with the model too, in builds
 * with access hooks without the race detector and then with it; resets; switches. */
void bench_measure(struct bench *bench);

#endif
