// SPDX-License-Identifier: GPL-2.0-only
/* spbfuzz export: a program as a page, as data, as a program in C. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "fuzz/tool/common/options.h"
#include "fuzz/tool/export/export.h"
#include "fuzz/tool/replay/replay.h"

static const char usage[] =
	"usage: spbfuzz export [options] FILE\n"
	"Run a program, with a finding or without, and write what happened for people. The exit\n"
	"status is 0 when that was written, whatever the program came to.\n"
	"      --html         a page that needs nothing but a browser (the default)\n"
	"      --json         what is in the page, as JSON\n"
	"      --c            a C file that makes the same calls of the core and sees whether it\n"
	"                     comes to the same; its head says how to compile it\n"
	"      --kunit        the same calls as a KUnit test for a kernel tree\n"
	"  -t, --target NAME  run it as this target does (default: the folder's name, or alloc)\n"
	"      --close        check after each section under a lock, as min and triage do\n"
	"      --about TEXT   a line for the page: where the program came from\n"
	"  -o, --output OUT   write it there (default: the standard output)\n"
	"  -h, --help         print this\n";

struct export_arguments {
	const struct target *target;
	const char *path, *out, *about;
	bool html, json, c, kunit, close;
};

/* Return: -1 to go on, else the exit status. */
static int read_arguments(int argc, char **argv, struct export_arguments *arguments)
{
	const char *target = NULL;
	const struct tool_option options[] = {
		{ 0, "html", .flag = &arguments->html },
		{ 0, "json", .flag = &arguments->json },
		{ 0, "c", .flag = &arguments->c },
		{ 0, "kunit", .flag = &arguments->kunit },
		{ 0, "close", .flag = &arguments->close },
		{ 0, "about", .text = &arguments->about },
		{ 't', "target", .text = &target },
		{ 'o', "output", .text = &arguments->out },
		{ 0 },
	};
	int status = tool_options(argc, argv, usage, options);

	if (status >= 0)
		return status;
	if (optind != argc - 1 ||
	    arguments->html + arguments->json + arguments->c + arguments->kunit > 1)
		return tool_usage(usage, '?');
	arguments->path = argv[optind];
	arguments->target = replay_target(target ? target : replay_target_of(arguments->path));
	return arguments->target ? -1 : STATUS_ERROR;
}

static bool write_page(const struct export_arguments *arguments, const struct tool_input *input)
{
	struct recording recording;
	const struct page_what what = { input, arguments->target, arguments->about, &recording };
	bool good = record(&note_run, arguments->target, input, arguments->close, &recording) &&
		    tool_write_form(arguments->out, arguments->json ? page_json : page_html, &what);

	recording_release(&recording);
	return good;
}

static bool write_source(const struct export_arguments *arguments, const struct tool_input *input)
{
	struct recording recording;
	const struct source_what what = { input, arguments->target, &recording };
	bool good = record(&note_calls, arguments->target, input, arguments->close, &recording);
	const char *why = good && arguments->c ? source_refusal(&recording) : NULL;

	if (why)
		tool_complain("%s: no C file: %.*s", input->path, (int)strcspn(why, "\n"), why);
	good = good && !why &&
	       tool_write_form(arguments->out, arguments->c ? source_c : source_kunit, &what);
	recording_release(&recording);
	return good;
}

int cmd_export(int argc, char **argv)
{
	struct export_arguments arguments = { .out = "-", .about = "" };
	struct tool_input input;
	bool good;
	int status = read_arguments(argc, argv, &arguments);

	if (status >= 0)
		return status;
	if (!tool_load(&input, arguments.path))
		return STATUS_ERROR;
	good = arguments.c || arguments.kunit ? write_source(&arguments, &input) :
						write_page(&arguments, &input);
	tool_unload(&input);
	return good ? STATUS_GOOD : STATUS_ERROR;
}
