/* SPDX-License-Identifier: GPL-2.0-only */
/* Sparse values as numbers from 0 on, in the order in which they are first met. */
#ifndef TOOL_NUMBER_H
#define TOOL_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct numbers - a table of values; all zero is an empty one
 * @value: by number
 * @slot: hash table of number + 1, 0 = free
 */
struct numbers {
	uint32_t nr;
	uint32_t *value;
	uint32_t *slot;
	size_t slots;
};

/* The number of a value, a new one when it was not met before. Return: false without memory. */
bool numbers_get(struct numbers *numbers, uint32_t value, uint32_t *number);
void numbers_release(struct numbers *numbers);

#endif
