// SPDX-License-Identifier: GPL-2.0-only
/* Mistakes for the sanitizers to find, compiled with the very flags of core/. */
#include "shim/types.h"
#include "tests/canary/canary.h"

int canary_shift(int n)
{
	return 1 << n;
}

int canary_overflow(int n)
{
	return n + 0x7fffffff;
}

u8 canary_conversion(u32 n)
{
	u8 narrow = n;

	return narrow;
}

u8 canary_read(const u8 *bytes, u32 at)
{
	return bytes[at];
}
