/* SPDX-License-Identifier: GPL-2.0-only */
/* A fuzz target: what is done with one input. Each fuzz/<name>.c defines one. */
#ifndef HARNESS_TARGET_H
#define HARNESS_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct target - one fuzz target
 * @name: as in fuzz/targets.def
 * @run: execute one input; returns unless there is a finding
 * @boots: records configure the allocator
 * @summary: print a line or more about all inputs so far, or NULL
 */
struct target {
	const char *name;
	void (*run)(const uint8_t *data, size_t size);
	bool boots;
	void (*summary)(FILE *to);
};

#endif
