// SPDX-License-Identifier: GPL-2.0-only
/* What a checkpoint was made from: see key.h. */
#include "fuzz/explore/pool/key.h"

#include <stdio.h>

#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/rule/rule.h"

uint64_t key_add(uint64_t key, const void *bytes, size_t size)
{
	for (const uint8_t *at = bytes; size--; at++)
		key = (key ^ *at) * 0x100000001b3ull;
	return key;
}

uint64_t key_of_program(void)
{
	uint64_t key = 0xcbf29ce484222325ull;
	static uint8_t block[1 << 16];
	FILE *self = fopen("/proc/self/exe", "r");
	size_t size;

	while (self && (size = fread(block, 1, sizeof(block), self)))
		key = key_add(key, block, size);
	if (self)
		fclose(self);
	key = key_add(key, &geometry_chooser, sizeof(geometry_chooser));
	/* What is looked at decides what is found. */
	return key_add(key, rule_off, sizeof(rule_off));
}
