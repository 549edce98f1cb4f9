// SPDX-License-Identifier: GPL-2.0-only
/* Garbage in place of what the last program left: see state.h. */
#include "fuzz/harness/program/state.h"

/* Borders of the section: fuzz/state.ld. */
extern uint64_t program_state_start[], program_state_end[];

#define EVERY_HIGH_BIT 0x8080808080808080ull

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Between the variables there are places that a sanitizer has poisoned: it does not look here. */
__attribute__((no_sanitize("address"))) void state_scramble(uint64_t seed)
{
	uint64_t random = (seed + 1) * 0x9e3779b97f4a7c15ull;

	for (volatile uint64_t *at = program_state_start; at < program_state_end; at++)
		*at = next_random(&random) | EVERY_HIGH_BIT;
}
