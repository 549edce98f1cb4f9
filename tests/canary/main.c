// SPDX-License-Identifier: GPL-2.0-only
/*
 * canary NAME: make the named mistake. With the sanitizers on, the process must die with
 * their words; scripts/spb/parts/canaries.py looks for them. "none" makes no mistake.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/canary/canary.h"

static void overflow_heap(void)
{
	u8 *bytes = calloc(1, 16);

	printf("%d\n", canary_read(bytes, 16));
	free(bytes);
}

int main(int argc, char **argv)
{
	const char *name = argc == 2 ? argv[1] : "";
	/* Hidden from the optimiser. */
	volatile int large = 40;

	if (!strcmp(name, "shift"))
		printf("%d\n", canary_shift(large));
	else if (!strcmp(name, "overflow"))
		printf("%d\n", canary_overflow(large));
	else if (!strcmp(name, "conversion"))
		printf("%d\n", canary_conversion((u32)large + 300));
	else if (!strcmp(name, "heap"))
		overflow_heap();
	else if (!strcmp(name, "freed-page"))
		canary_use_after_free();
	else if (!strcmp(name, "left-page"))
		canary_use_after_finding();
	else if (strcmp(name, "none"))
		return 2;
	puts("survived");
	return 0;
}
