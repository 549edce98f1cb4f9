// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes programs out of a corpus, what a long session would leave: manyprograms NUMBER OUT FILE...
 *
 * Each is two of the files crossed, or one of them, then mutated a few times. The files and
 * their order decide everything. They are written to OUT/00000, OUT/00001, ...
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/mutator/mutator.h"
#include "fuzz/mutator/random.h"

#define ROOM 4096
#define MOST_EDITS 4

struct bytes {
	uint8_t at[ROOM];
	size_t size;
};

static void complain(const char *path)
{
	fprintf(stderr, "manyprograms: %s: %s\n", path, strerror(errno));
	exit(2);
}

static void read_program(const char *path, struct bytes *to)
{
	FILE *file = fopen(path, "rb");

	if (!file)
		complain(path);
	to->size = fread(to->at, 1, ROOM, file);
	if (ferror(file))
		complain(path);
	fclose(file);
}

static void write_program(const char *path, const struct bytes *from)
{
	FILE *file = fopen(path, "wb");

	if (!file || fwrite(from->at, 1, from->size, file) != from->size || fclose(file))
		complain(path);
}

static void make_program(struct random *random, char **files, unsigned int nr, struct bytes *to)
{
	static struct bytes one, other;

	read_program(files[random_below(random, nr)], &one);
	read_program(files[random_below(random, nr)], &other);
	to->size = 0;
	if (random_one_in(random, 2))
		to->size = mutator_cross(one.at, one.size, other.at, other.size, to->at, ROOM,
					 random_next(random));
	if (!to->size)
		*to = one;
	for (unsigned int edits = 1 + random_below(random, MOST_EDITS); edits; edits--)
		to->size = mutator_mutate(to->at, to->size, ROOM, random_next(random), NULL);
}

int main(int argc, char **argv)
{
	struct random random = { 1 };
	static struct bytes made;
	char path[4096];

	if (argc < 4 || atoi(argv[1]) <= 0) {
		fprintf(stderr, "usage: manyprograms NUMBER OUT FILE...\n");
		return 2;
	}
	for (int i = 0; i < atoi(argv[1]); i++) {
		make_program(&random, argv + 3, (unsigned int)argc - 3, &made);
		snprintf(path, sizeof(path), "%s/%05d", argv[2], i);
		write_program(path, &made);
	}
	return 0;
}
