// SPDX-License-Identifier: GPL-2.0-only
/* spbfuzz show, spbfuzz asm: programs as text and back. */
#include "fuzz/tool/tool.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char show_usage[] =
	"usage: spbfuzz show [-n] [-o OUT] FILE\n"
	"Print a program as text; a program that is text already in its standard form.\n"
	"  -n      number the records, as reports do\n"
	"  -o OUT  write there, whole or not at all (default: standard output)\n"
	"  -h      print this\n";

static const char asm_usage[] =
	"usage: spbfuzz asm [-o OUT] FILE\n"
	"Assemble a program out of text (*.spbt).\n"
	"  -o OUT  write there, whole or not at all (default: standard output)\n"
	"  -h      print this\n";

struct text_options {
	const char *out;
	bool numbered;
	const char *path;
};

/* Return: -1 to go on, else the exit status. */
static int read_options(int argc, char **argv, const char *usage, const char *letters,
			struct text_options *options)
{
	static const struct option longs[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	int letter;

	*options = (struct text_options){ .out = "-" };
	while ((letter = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		switch (letter) {
		case 'o':
			options->out = optarg;
			break;
		case 'n':
			options->numbered = true;
			break;
		default:
			return tool_usage(usage, letter);
		}
	}
	if (optind != argc - 1)
		return tool_usage(usage, '?');
	options->path = argv[optind];
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

int cmd_show(int argc, char **argv)
{
	struct text_options options;
	struct tool_input input;
	bool good;
	int status = read_options(argc, argv, show_usage, "no:h", &options);

	if (status >= 0)
		return status;
	if (!tool_load(&input, options.path))
		return STATUS_ERROR;
	good = tool_write_form(options.out, text_form, &(struct shown){ &input, options.numbered });
	tool_unload(&input);
	return good ? STATUS_GOOD : STATUS_ERROR;
}

int cmd_asm(int argc, char **argv)
{
	struct text_options options;
	struct tool_input input;
	bool good;
	int status = read_options(argc, argv, asm_usage, "o:h", &options);

	if (status >= 0)
		return status;
	if (!strcmp(options.out, "-") && isatty(STDOUT_FILENO))
		return tool_complain("a program is not for a terminal: give -o OUT");
	if (!tool_load(&input, options.path))
		return STATUS_ERROR;
	good = tool_write(options.out, input.bytes, input.size);
	tool_unload(&input);
	return good ? STATUS_GOOD : STATUS_ERROR;
}
