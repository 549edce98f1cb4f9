// SPDX-License-Identifier: GPL-2.0-only
/* spbfuzz show, spbfuzz asm: programs as text and back, one or a folder full of them. */
#include "fuzz/tool/common/tool.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_ENDING ".spbt"

static const char show_usage[] =
	"usage: spbfuzz show [-n] [-o OUT] FILE...\n"
	"Print a program as text; a program that is text already in its standard form.\n"
	"  -n      number the records, as reports do\n"
	"  -o OUT  write there, whole or not at all (default: standard output); of several\n"
	"          files OUT is a folder, and each gets its name with .spbt\n"
	"  -h      print this\n";

static const char asm_usage[] =
	"usage: spbfuzz asm [-o OUT] FILE...\n"
	"Assemble a program out of text (*.spbt).\n"
	"  -o OUT  write there, whole or not at all (default: standard output); of several\n"
	"          files OUT is a folder, and each gets its name without .spbt\n"
	"  -h      print this\n";

/**
 * struct conversion - of bytes to text or the other way
 * @out: where to, a folder when @paths are several
 * @to_text: show, not asm
 * @numbered: each record has its number
 */
struct conversion {
	const char *out;
	bool to_text, numbered;
	char **paths;
	int nr;
};

/* Return: -1 to go on, else the exit status. */
static int read_options(int argc, char **argv, const char *usage, struct conversion *what)
{
	static const struct option longs[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	int letter;

	what->out = "-";
	while ((letter = getopt_long(argc, argv, what->to_text ? "no:h" : "o:h", longs,
				     NULL)) != -1) {
		switch (letter) {
		case 'o':
			what->out = optarg;
			break;
		case 'n':
			what->numbered = true;
			break;
		default:
			return tool_usage(usage, letter);
		}
	}
	if (optind == argc)
		return tool_usage(usage, '?');
	what->paths = argv + optind;
	what->nr = argc - optind;
	return -1;
}

struct shown {
	const struct tool_input *input;
	bool numbered;
};

static bool text_form(FILE *to, const void *what)
{
	const struct shown *shown = what;

	return text_show(to, shown->input->bytes, shown->input->size, shown->numbered);
}

static bool convert_one(const struct conversion *what, const char *path, const char *out)
{
	struct tool_input input;
	bool good;

	if (!tool_load_any(&input, path))
		return false;
	if (what->to_text)
		good = tool_write_form(out, text_form, &(struct shown){ &input, what->numbered });
	else
		good = tool_write(out, input.bytes, input.size);
	tool_unload(&input);
	return good;
}

/* The name of a file in the folder: with the ending of text, or without it. */
static bool name_in_folder(const struct conversion *what, const char *path, char *to, size_t room)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t length = strlen(base), ending = strlen(TEXT_ENDING);
	int printed;

	if (length > ending && !strcmp(base + length - ending, TEXT_ENDING))
		length -= ending;
	printed = snprintf(to, room, "%s/%.*s%s", what->out, (int)length, base,
			   what->to_text ? TEXT_ENDING : "");
	if (printed >= 0 && (size_t)printed < room)
		return true;
	tool_complain("%s: the name is too long", path);
	return false;
}

/* One that cannot be converted does not keep the others from it. */
static bool convert_all(const struct conversion *what)
{
	char out[PATH_MAX];
	struct stat stat_of;
	bool good = true;

	if (what->nr == 1)
		return convert_one(what, what->paths[0], what->out);
	if (stat(what->out, &stat_of) || !S_ISDIR(stat_of.st_mode)) {
		tool_complain("%s: not a folder, which several files need: give -o FOLDER",
			      what->out);
		return false;
	}
	for (int i = 0; i < what->nr; i++)
		good &= name_in_folder(what, what->paths[i], out, sizeof(out)) &&
			convert_one(what, what->paths[i], out);
	return good;
}

int cmd_show(int argc, char **argv)
{
	struct conversion what = { .to_text = true };
	int status = read_options(argc, argv, show_usage, &what);

	if (status >= 0)
		return status;
	return convert_all(&what) ? STATUS_GOOD : STATUS_ERROR;
}

int cmd_asm(int argc, char **argv)
{
	struct conversion what = { .to_text = false };
	int status = read_options(argc, argv, asm_usage, &what);

	if (status >= 0)
		return status;
	if (!strcmp(what.out, "-") && isatty(STDOUT_FILENO))
		return tool_complain("a program is not for a terminal: give -o OUT");
	return convert_all(&what) ? STATUS_GOOD : STATUS_ERROR;
}
