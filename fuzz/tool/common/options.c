// SPDX-License-Identifier: GPL-2.0-only
/* Options out of a table: see options.h. */
#include "fuzz/tool/common/options.h"

#include <getopt.h>

#include "fuzz/tool/common/tool.h"

#define MAX_OPTIONS 24
/* What getopt_long() returns for an option without a letter: its place in the table. */
#define NO_LETTER 256

static int value_of(const struct tool_option *options, unsigned int i)
{
	return options[i].letter ? options[i].letter : NO_LETTER + (int)i;
}

/* Return: false after a complaint. */
static bool take(const struct tool_option *option)
{
	if (option->number)
		return tool_number(optarg, 1, 1000000000, option->number);
	if (option->text)
		*option->text = optarg;
	else
		*option->flag = true;
	return true;
}

int tool_options(int argc, char **argv, const char *usage, const struct tool_option *options)
{
	struct option longs[MAX_OPTIONS + 2] = { { "help", no_argument, NULL, 'h' } };
	char letters[2 * MAX_OPTIONS + 2], *letter = letters;
	unsigned int nr;
	int found;

	*letter++ = 'h';
	for (nr = 0; options[nr].name && nr < MAX_OPTIONS; nr++) {
		bool argument = !options[nr].flag;

		longs[nr + 1] = (struct option){ options[nr].name, argument, NULL,
						 value_of(options, nr) };
		if (options[nr].letter)
			*letter++ = options[nr].letter;
		if (options[nr].letter && argument)
			*letter++ = ':';
	}
	*letter = '\0';
	while ((found = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		unsigned int i = 0;

		while (i < nr && value_of(options, i) != found)
			i++;
		if (i == nr)
			return tool_usage(usage, found);
		if (!take(&options[i]))
			return STATUS_ERROR;
	}
	return -1;
}
