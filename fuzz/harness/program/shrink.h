/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Smaller programs that still show the same: fewest records first, then simplest values.
 *
 *   alloc free alloc drain free_again     records in ever smaller pieces, then in pairs
 *   alloc                free_again       then each field of header and records toward zero
 *
 * What "the same" is, the caller says. The same program and answers give the same result.
 */
#ifndef HARNESS_SHRINK_H
#define HARNESS_SHRINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/harness/program/program.h"

/**
 * struct shrink - one program being made smaller
 * @still: does the candidate show the same?
 * @context: for @still
 * @max_tries: give up after as many candidates; 0 = never
 * @stop: set by anybody (a signal handler): the best so far is the result
 * @tries: candidates so far
 * @nr: records of the best so far, whole, below @bytes
 * @bytes: the best so far
 *
 * The caller fills in the first three and owns the rest when shrink_program() is over.
 */
struct shrink {
	bool (*still)(void *context, const uint8_t *bytes, size_t size);
	void *context;
	uint32_t max_tries;
	volatile bool stop;
	uint32_t tries;
	unsigned int nr;
	uint8_t bytes[PROGRAM_MAX_SIZE];
};

/**
 * shrink_program - make a program smaller until no single change does
 * @data: a program that shows it
 * @last: the record during which it shows, as a first guess what is not needed
 *
 * Return: false when @data is no program, or does not show it at all. Else the result is
 * in @shrink, never larger than @data without the records that never run.
 */
bool shrink_program(struct shrink *shrink, const uint8_t *data, size_t size, unsigned int last);

/* Bytes of the best so far. */
static inline size_t shrink_size(const struct shrink *shrink)
{
	return PROGRAM_HEADER_SIZE + (size_t)shrink->nr * PROGRAM_RECORD_SIZE;
}

#endif
