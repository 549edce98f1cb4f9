// SPDX-License-Identifier: GPL-2.0-only
/* spbfuzz import: traces of a real page allocator to programs. */
#include "fuzz/tool/common/tool.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/import/import.h"
#include "fuzz/harness/text/names.h"
#include "fuzz/tool/common/folder.h"

static const char usage[] =
	"usage: spbfuzz import -o DIR [options] TRACE\n"
	"Cut a trace of kmem:mm_page_alloc and kmem:mm_page_free into programs. TRACE is the\n"
	"text of the kernel's tracer, of trace-cmd report or of perf script, plain or xz.\n"
	"  -o, --output DIR     write the programs there\n"
	"  -g, --geometry NAME  for which they are scaled (default: default)\n"
	"  -p, --pcp NAME       profile of the per-CPU lists\n"
	"  -W, --watermarks NAME  profile of the watermarks\n"
	"  -s, --switch NAME    switch of the header (spbfuzz show names them); may be repeated\n"
	"  -w, --window N       records of a program beside its first and last (default: 62)\n"
	"  -m, --max N          at most N programs, spread evenly over the trace\n"
	"  -n, --name NAME      files are imported-NAME-0001 and so on (default: the trace's)\n"
	"  -l, --gfp-layout V   what gfp flags mean that come as numbers (default: 6.18)\n"
	"  -q, --quiet          no statistics\n"
	"  -h, --help           print this\n";

struct import_arguments {
	const char *dir, *trace;
	char name[64];
	unsigned int layout;
	bool quiet;
	struct import_options options;
};

#define PATH_ROOM 4096

static bool take_name(const char *what, const char *text, enum entry_table table, uint8_t *to)
{
	int found = entry_index(table, text);

	if (found >= 0) {
		*to = entry_byte(table, (unsigned int)found);
		return true;
	}
	tool_complain("'%s' is no %s; these are known:", text, what);
	for (unsigned int i = 0; i < entry_nr(table); i++)
		fprintf(stderr, "  %s\n", entry_name(table, i));
	return false;
}

static bool take_switch(const char *text, uint8_t *switches)
{
	const char *name;

	for (unsigned int bit = 0; (name = text_switch_name(bit)); bit++) {
		if (strcmp(name, text))
			continue;
		*switches |= (uint8_t)(1u << bit);
		return true;
	}
	tool_complain("'%s' is no switch; these are known:", text);
	for (unsigned int bit = 0; (name = text_switch_name(bit)); bit++)
		fprintf(stderr, "  %s\n", name);
	return false;
}

static bool take_layout(const char *text, unsigned int *layout)
{
	int found = gfp_layout_index(text);
	const char *name, *kernels;

	if (found >= 0) {
		*layout = (unsigned int)found;
		return true;
	}
	tool_complain("'%s' is no layout of gfp flags; these are known:", text);
	for (unsigned int i = 0; (name = gfp_layout_name(i, &kernels)); i++)
		fprintf(stderr, "  %-5s (Linux %s)\n", name, kernels);
	return false;
}

static bool take_option(struct import_arguments *arguments, int letter)
{
	struct program_header *header = &arguments->options.header;

	switch (letter) {
	case 'o':
		arguments->dir = optarg;
		return true;
	case 'g':
		return take_name("geometry", optarg, ENTRY_GEOMETRY, &header->geometry);
	case 'p':
		return take_name("profile of the per-CPU lists", optarg, ENTRY_PCP, &header->pcp);
	case 'W':
		return take_name("profile of the watermarks", optarg, ENTRY_WATERMARKS,
				 &header->watermarks);
	case 's':
		return take_switch(optarg, &header->switches);
	case 'w':
		return tool_number(optarg, 4, IMPORT_MAX_WINDOW, &arguments->options.window);
	case 'm':
		return tool_number(optarg, 1, 1000000, &arguments->options.max);
	case 'n':
		snprintf(arguments->name, sizeof(arguments->name), "%s", optarg);
		return *optarg && !strchr(optarg, '/') ? true :
			(tool_complain("'%s' is no part of a file name", optarg), false);
	case 'l':
		return take_layout(optarg, &arguments->layout);
	default:
		arguments->quiet = true;
		return true;
	}
}

/* The trace's name up to its first dot. */
static void default_name(struct import_arguments *arguments)
{
	const char *slash = strrchr(arguments->trace, '/');
	const char *base = slash ? slash + 1 : arguments->trace;

	if (!strcmp(base, "-"))
		base = "stdin";
	snprintf(arguments->name, sizeof(arguments->name), "%.*s", (int)strcspn(base, "."), base);
}

/* Return: -1 to go on, else the exit status. */
static int read_arguments(int argc, char **argv, struct import_arguments *arguments)
{
	static const struct option longs[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "geometry", required_argument, NULL, 'g' },
		{ "pcp", required_argument, NULL, 'p' },
		{ "watermarks", required_argument, NULL, 'W' },
		{ "switch", required_argument, NULL, 's' },
		{ "window", required_argument, NULL, 'w' },
		{ "max", required_argument, NULL, 'm' },
		{ "name", required_argument, NULL, 'n' },
		{ "gfp-layout", required_argument, NULL, 'l' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "o:g:p:W:s:w:m:n:l:qh", longs, NULL)) != -1) {
		if (letter == 'h' || letter == '?')
			return tool_usage(usage, letter);
		if (!take_option(arguments, letter))
			return STATUS_ERROR;
	}
	if (optind != argc - 1 || !arguments->dir)
		return tool_usage(usage, '?');
	arguments->trace = argv[optind];
	if (!*arguments->name)
		default_name(arguments);
	return -1;
}

static void path_of(char path[PATH_ROOM], const struct import_arguments *arguments,
		    unsigned int number)
{
	snprintf(path, PATH_ROOM, "%s/imported-%s-%04u", arguments->dir, arguments->name, number);
}

/* Before any is written: is another one there under the name? The same one may be. */
static bool may_write(void *context, unsigned int number, const uint8_t *bytes, size_t size)
{
	char path[PATH_ROOM];

	path_of(path, context, number);
	if (access(path, F_OK) || folder_file_is_at(path, bytes, size))
		return true;
	tool_complain("%s: is there already, with another program; nothing was written: give "
		      "another --name or folder", path);
	return false;
}

static bool write_program(void *context, unsigned int number, const uint8_t *bytes, size_t size)
{
	char path[PATH_ROOM];

	path_of(path, context, number);
	return tool_write(path, bytes, size);
}

/* What was left out and why: on the standard error, since it may be a surprise. */
static void report_trouble(const struct import_arguments *arguments,
			   const struct import_trace *trace)
{
	if (*trace->trouble)
		tool_complain("%s: %s; the %" PRIu64 " lines before are used", arguments->trace,
			      trace->trouble, trace->lines);
	if (trace->unparsed)
		tool_complain("%s:%" PRIu64 ": not understood, and %" PRIu64
			      " more lines; the first is: %s",
			      arguments->trace, trace->first_unparsed_line, trace->unparsed - 1,
			      trace->first_unparsed);
	if (trace->lost)
		tool_complain("%s: the tracer says %" PRIu64 " times that it lost events",
			      arguments->trace, trace->lost);
}

static void print_result(const struct import_arguments *arguments,
			 const struct import_trace *trace, const struct import_result *result)
{
	printf("%s: %" PRIu64 " lines, %zu allocations and frees, %u windows, %u programs\n",
	       arguments->trace, trace->lines, trace->nr_events, result->windows,
	       result->programs);
	printf("  lines without: %" PRIu64 " comments, %" PRIu64 " batched frees, %" PRIu64
	       " extfrag, %" PRIu64 " other events, %" PRIu64 " not understood\n",
	       trace->comments, trace->batched, trace->extfrag, trace->other, trace->unparsed);
	printf("  skipped: %" PRIu64 " frees of unknown pages, %" PRIu64
	       " frees without a slot\n",
	       result->unknown_frees, result->aged_frees);
	printf("  adapted: %" PRIu64 " allocations of pages never freed, %" PRIu64
	       " with another migratetype than their flags, %" PRIu64 " without a slot\n",
	       result->replaced, result->retyped, result->unnamed);
}

static bool write_all(struct import_trace *trace, struct import_options *options,
		      struct import_result *result)
{
	options->emit = may_write;
	if (!import_programs(trace, options, result))
		return false;
	options->emit = write_program;
	return import_programs(trace, options, result);
}

static int import(struct import_arguments *arguments)
{
	struct import_result result;
	struct import_trace trace;
	const char *error = import_read(&trace, arguments->trace, arguments->layout);
	bool good = false;

	if (error) {
		tool_complain("%s: %s", arguments->trace, error);
	} else {
		report_trouble(arguments, &trace);
		if (!trace.nr_events)
			tool_complain("%s: no mm_page_alloc or mm_page_free in %" PRIu64
				      " lines; is it the text of a tracer?",
				      arguments->trace, trace.lines);
		else if (mkdir(arguments->dir, 0777) && errno != EEXIST)
			tool_complain("%s: %s", arguments->dir, strerror(errno));
		else
			good = write_all(&trace, &arguments->options, &result);
	}
	if (good && !arguments->quiet)
		print_result(arguments, &trace, &result);
	import_release(&trace);
	return good ? STATUS_GOOD : STATUS_ERROR;
}

int cmd_import(int argc, char **argv)
{
	struct import_arguments arguments = {
		.options = { .window = IMPORT_WINDOW },
	};
	int status = read_arguments(argc, argv, &arguments);

	arguments.options.context = &arguments;
	return status >= 0 ? status : import(&arguments);
}
