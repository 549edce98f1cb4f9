// SPDX-License-Identifier: GPL-2.0-only
/*
 * Assembles the text programs of seeds/ while the project is built: assemble OUT FILE...
 *
 * Each file becomes OUT/<name without .spbt>. It is no subcommand of spbfuzz, since the engines
 * want the seeds and most builds have no spbfuzz: this links what knows programs and text, and
 * nothing else.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/program/program.h"
#include "fuzz/harness/text/text.h"

#define MAX_TEXT (1u << 20)

static char text[MAX_TEXT];
static uint8_t bytes[PROGRAM_MAX_SIZE];

static void die(const char *path, unsigned int line, const char *why)
{
	fprintf(stderr, "assemble: %s:%u: %s\n", path, line, why);
	exit(1);
}

static size_t read_text(const char *path)
{
	FILE *from = fopen(path, "r");
	size_t size;

	if (!from)
		die(path, 0, strerror(errno));
	size = fread(text, 1, sizeof(text), from);
	if (ferror(from) || size == sizeof(text))
		die(path, 0, "cannot be read, or is larger than 1 MiB");
	fclose(from);
	return size;
}

static void assemble(const char *out, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t length = strlen(base), ending = strlen(".spbt");
	size_t size = read_text(path);
	struct text_error error;
	char name[PATH_MAX];
	FILE *to;

	if (length <= ending || strcmp(base + length - ending, ".spbt"))
		die(path, 0, "not a *.spbt");
	snprintf(name, sizeof(name), "%s/%.*s", out, (int)(length - ending), base);
	size = text_assemble(text, size, bytes, sizeof(bytes), NULL, &error);
	if (!size)
		die(path, error.line, error.message);
	to = fopen(name, "w");
	if (!to || fwrite(bytes, 1, size, to) != size || fclose(to))
		die(name, 0, strerror(errno));
}

int main(int argc, char **argv)
{
	if (argc < 2)
		die("usage", 0, "assemble OUT FILE...");
	for (int i = 2; i < argc; i++)
		assemble(argv[1], argv[i]);
	return 0;
}
