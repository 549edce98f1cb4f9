// SPDX-License-Identifier: GPL-2.0-only
/*
 * A target without an engine: runs the files that it is given, and those of folders, in the order
 * of their names. What libFuzzer takes as options is passed over.
 *
 * Status: 0 unless a program ends the process, 2 for what cannot be read.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_BYTES (1u << 20)
#define STATUS_UNREADABLE 2

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void give_up(const char *path)
{
	perror(path);
	exit(STATUS_UNREADABLE);
}

/* A copy of exactly its size, so that a sanitizer sees each byte read beyond it. */
static void run_file(const char *path)
{
	uint8_t *all = malloc(MAX_BYTES), *data;
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!all || !file)
		give_up(path);
	size = fread(all, 1, MAX_BYTES, file);
	data = malloc(size ? size : 1);
	if (ferror(file) || !data)
		give_up(path);
	fclose(file);
	memcpy(data, all, size);
	free(all);
	fprintf(stderr, "Running: %s\n", path);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static unsigned int run_path(const char *path)
{
	struct dirent **entries;
	unsigned int runs = 0;
	struct stat status;
	char inside[4096];
	int nr;

	if (stat(path, &status))
		give_up(path);
	if (!S_ISDIR(status.st_mode)) {
		run_file(path);
		return 1;
	}
	nr = scandir(path, &entries, is_visible, alphasort);
	if (nr < 0)
		give_up(path);
	for (int i = 0; i < nr; i++) {
		snprintf(inside, sizeof(inside), "%s/%s", path, entries[i]->d_name);
		runs += run_path(inside);
		free(entries[i]);
	}
	free(entries);
	return runs;
}

int main(int argc, char **argv)
{
	unsigned int runs = 0;

	LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
		if (argv[i][0] != '-')
			runs += run_path(argv[i]);
	fprintf(stderr, "Done: %u programs\n", runs);
	return 0;
}
