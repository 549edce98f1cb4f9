/* SPDX-License-Identifier: GPL-2.0-only */
/* What a subcommand understands, as a table. */
#ifndef TOOL_OPTIONS_H
#define TOOL_OPTIONS_H

#include <stdbool.h>

/**
 * struct tool_option - one option
 * @letter: 0 = none; 'h' need not be in the table
 * @name: the long one
 * @flag, @text, @number: what it sets, one of them; @number is from 1 on
 */
struct tool_option {
	char letter;
	const char *name;
	bool *flag;
	const char **text;
	unsigned int *number;
};

/**
 * tool_options - read the options; what follows is from optind on
 * @options: ends with a name of NULL
 *
 * Return: -1 to go on, else the exit status.
 */
int tool_options(int argc, char **argv, const char *usage, const struct tool_option *options);

#endif
