// SPDX-License-Identifier: GPL-2.0-only
/* spbfuzz format: see format.h. */
#include "fuzz/tool/format/format.h"

#include <getopt.h>
#include <stdbool.h>

#include "fuzz/tool/common/options.h"
#include "fuzz/tool/common/tool.h"

static const char usage[] =
	"usage: spbfuzz format\n"
	"Print the reference of programs, which is docs/format.md: their bytes and their text,\n"
	"every operation and field, the geometries, and the names of what a program can reach.\n"
	"  -h, --help  print this\n";

void format_print(FILE *to)
{
	fputs("# Programs: bytes and text\n\n"
	      "<!-- Made from the tables of the harness: change those, then run\n"
	      "     `spbfuzz format >docs/format.md`. tests/test_format.c compares. -->\n\n", to);
	format_programs(to);
	format_names(to);
}

int cmd_format(int argc, char **argv)
{
	const struct tool_option options[] = { { 0 } };
	int status = tool_options(argc, argv, usage, options);

	if (status >= 0)
		return status;
	if (optind != argc)
		return tool_usage(usage, '?');
	format_print(stdout);
	return STATUS_GOOD;
}
