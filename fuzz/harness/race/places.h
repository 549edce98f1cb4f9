/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where it matters who runs first: a dry run of a program, with a note of all that its
 * operations touch.
 *
 *   cpu 0  ──.──x──.──.──y──.──x──     contig: ten thousand points, x and y are written or
 *   cpu 1  ──x──.──y──                 read by the next operation of CPU 1, too: three places
 *
 * Neither oracles nor the race detector look at a dry run; what is found there ends it.
 */
#ifndef HARNESS_PLACES_H
#define HARNESS_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct race_place - a point at which an operation touches what another CPU will touch
 * @step, @point: of the operation, as a preemption of its record counts them
 * @cpu: whose next operation, @next, or the one after that touches it
 * @open: no lock is held that those take
 * @word: where that is: a number
 */
struct race_place {
	uint16_t step, next;
	uint8_t cpu;
	bool open;
	uint32_t point;
	uint32_t word;
};

/**
 * race_places - run a program with all its preemptions, and look for such points
 * @run: of a target
 * @to: receives them, operation by operation
 *
 * Return: how many; 0 as well where the run ends early or its accesses are no points.
 */
unsigned int race_places(void (*run)(const uint8_t *data, size_t size), const uint8_t *data,
			 size_t size, struct race_place *to, unsigned int room);

#endif
