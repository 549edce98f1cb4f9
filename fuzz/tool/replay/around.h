/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Schedules near that of a program. Where the same race shows in another build of the allocator,
 * the points of its preemptions are a few accesses further on or less far.
 */
#ifndef TOOL_AROUND_H
#define TOOL_AROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/harness/program/program.h"

/**
 * struct around - a search
 * @found: does the candidate show it?
 * @context: for @found
 * @max_tries: candidates, the program itself included
 * @stop: set by @found or by anybody: no more candidates
 * @tries: candidates so far
 * @size: bytes of the candidate
 * @bytes: the candidate, and in the end the one that shows it
 *
 * The caller fills in the first three.
 */
struct around {
	bool (*found)(void *context, const uint8_t *bytes, size_t size);
	void *context;
	uint32_t max_tries;
	volatile bool stop;
	uint32_t tries;
	size_t size;
	uint8_t bytes[PROGRAM_MAX_SIZE];
};

/**
 * around_search - the program, then its neighbours, the nearest first
 *
 * A neighbour has one preemption, or all from one on, at a point some distance further or less
 * far; a schedule that is drawn from a seed has the seed that far away. Nothing else changes. The
 * same program and answers give the same result. Return: one shows it.
 */
bool around_search(struct around *around, const uint8_t *data, size_t size);

#endif
