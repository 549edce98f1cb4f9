// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linked into builds with a planted bug: counts how often its place was reached, and how
 * often it made a difference there (SPB_CANARY).
 *
 * SPBFUZZ_CANARY names a file for the two counts, which outlive a crash there.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shim/types.h"

void shim_canary(bool triggered);

static uint64_t without_file[2];
static uint64_t *counts = without_file;

void shim_canary(bool triggered)
{
	counts[0]++;
	counts[1] += triggered;
}

__attribute__((constructor)) static void canary_begin(void)
{
	const char *path = getenv("SPBFUZZ_CANARY");
	int fd = path ? open(path, O_RDWR | O_CREAT | O_TRUNC, 0644) : -1;
	void *map;

	if (fd < 0 || ftruncate(fd, sizeof(without_file)))
		return;
	map = mmap(NULL, sizeof(without_file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map != MAP_FAILED)
		counts = map;
	close(fd);
}
