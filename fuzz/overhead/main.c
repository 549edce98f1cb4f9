// SPDX-License-Identifier: GPL-2.0-only
/*
 * What calls of the allocator cost, by the size and the state of a zone:
 *
 *   overhead build STATE NR walk|bitmaps|flat IMAGE
 *                               bring a zone of NR regions into a state
 *   overhead measure IMAGE      make calls there, a line of JSON for each kind
 *
 * A state is built once and measured by several builds, and under callgrind, which would take
 * minutes to build it: the image is the arena, mapped at the address where it was made.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/overhead/calls.h"
#include "fuzz/native/native.h"
#include "fuzz/overhead/host.h"
#include "fuzz/overhead/states.h"
#include "spb/alloc.h"

#define ARENA ((void *)0x40000000000)
#define MAX_REGIONS 16384u
/* Counters of a superpageblock have 16 bits: of pageblocks, when it has all of them. */
#define MAX_FLAT (UINT16_MAX / REGION_BLOCKS)

static __attribute__((noreturn)) void usage(const char *why)
{
	fprintf(stderr, "overhead: %s\nusage: overhead build STATE NR walk|bitmaps|flat IMAGE\n"
			"       overhead measure IMAGE\nstates:", why);
#define X(state) fprintf(stderr, " " #state);
	MEASURED_STATES(X)
#undef X
	fprintf(stderr, "\nNR: 2 to %u, or 1 to %u when flat\n", MAX_REGIONS, MAX_FLAT);
	exit(2);
}

static __attribute__((noreturn)) void die(const char *path)
{
	fprintf(stderr, "overhead: %s: %s\n", path, strerror(errno));
	exit(3);
}

static void *mapped(const char *path, int fd, size_t size, int kind)
{
	void *at = mmap(ARENA, size, PROT_READ | PROT_WRITE, kind | MAP_FIXED_NOREPLACE, fd, 0);

	if (at == MAP_FAILED || at != ARENA)
		die(path);
	return at;
}

static void build(const char *state, uint32_t nr, const char *chooser, const char *path)
{
	struct spb_config config = states_config(nr, chooser);
	const char *why = spb_config_check(&config);
	size_t size = spb_arena_size(&config);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
	void *arena;

	if (why)
		usage(why);
	/* Reserved first, or a full disk would be a bus error. */
	errno = fd < 0 ? errno : posix_fallocate(fd, 0, (off_t)size);
	if (errno)
		die(path);
	arena = mapped(path, fd, size, MAP_SHARED);
	native_attach(arena, size);
	spb_core_init(arena, &config);
	if (!states_build(state, nr))
		usage("no such state");
	if (msync(arena, size, MS_SYNC) || close(fd))
		die(path);
}

/* The image that is measured. */
static const char *image;
static int image_fd;
static size_t image_size;

static void map_afresh(void)
{
	munmap(ARENA, image_size);
	native_attach(mapped(image, image_fd, image_size, MAP_PRIVATE), image_size);
}

static void measure(const char *path)
{
	struct stat st;

	image = path;
	image_fd = open(path, O_RDONLY);
	if (image_fd < 0 || fstat(image_fd, &st))
		die(path);
	image_size = (size_t)st.st_size;
	calls_measure(map_afresh);
	if (fflush(stdout))
		die("standard output");
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "measure")) {
		measure(argv[2]);
		return 0;
	}
	if (argc == 6 && !strcmp(argv[1], "build")) {
		bool flat = !strcmp(argv[4], "flat");
		unsigned long nr = strtoul(argv[3], NULL, 10);

		if (!flat && strcmp(argv[4], "walk") && strcmp(argv[4], "bitmaps"))
			usage("neither walk, nor bitmaps, nor flat");
		if (nr < (flat ? 1 : 2) || nr > (flat ? MAX_FLAT : MAX_REGIONS))
			usage("NR is out of range");
		build(argv[2], (uint32_t)nr, argv[4], argv[5]);
		return 0;
	}
	usage("what is asked for?");
}
