// SPDX-License-Identifier: GPL-2.0-only
/* Sparse values as numbers: see number.h. */
#include "fuzz/tool/common/number.h"

#include <stdlib.h>

#define FIRST_SLOTS 4096 /* a power of two; half of them are used at most */

/* The slot of a value, or the free one where it belongs. */
static size_t slot_of(const struct numbers *numbers, uint32_t value)
{
	size_t at = (value * 0x9e3779b1u) & (numbers->slots - 1);

	while (numbers->slot[at] && numbers->value[numbers->slot[at] - 1] != value)
		at = (at + 1) & (numbers->slots - 1);
	return at;
}

static bool grow(struct numbers *numbers)
{
	size_t slots = numbers->slots ? 2 * numbers->slots : FIRST_SLOTS;
	uint32_t *value = realloc(numbers->value, slots / 2 * sizeof(*value));
	uint32_t *slot = calloc(slots, sizeof(*slot));

	if (value)
		numbers->value = value;
	if (!value || !slot) {
		free(slot);
		return false;
	}
	free(numbers->slot);
	numbers->slot = slot;
	numbers->slots = slots;
	for (uint32_t i = 0; i < numbers->nr; i++)
		slot[slot_of(numbers, value[i])] = i + 1;
	return true;
}

bool numbers_get(struct numbers *numbers, uint32_t value, uint32_t *number)
{
	size_t at;

	if (numbers->nr == numbers->slots / 2 && !grow(numbers))
		return false;
	at = slot_of(numbers, value);
	if (!numbers->slot[at]) {
		numbers->value[numbers->nr] = value;
		numbers->slot[at] = ++numbers->nr;
	}
	*number = numbers->slot[at] - 1;
	return true;
}

void numbers_release(struct numbers *numbers)
{
	free(numbers->value);
	free(numbers->slot);
	*numbers = (struct numbers){ 0 };
}
