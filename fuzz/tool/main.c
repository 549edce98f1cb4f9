// SPDX-License-Identifier: GPL-2.0-only
/* spbfuzz: replay, read, write and import programs. */
#include "fuzz/harness/base/known.h"
#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/race/hooks.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/tool/common/tool.h"
#include "fuzz/tool/replay/worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *meaning;
	bool in_children; /* runs programs in processes of their own */
} commands[] = {
	{ "run", cmd_run, "replay programs and say what was found", false },
	{ "show", cmd_show, "print a program as text", false },
	{ "asm", cmd_asm, "assemble a program out of text", false },
	{ "import", cmd_import, "make programs out of a trace of a real allocator", false },
	{ "compare", cmd_compare, "replay programs under changed policies", false },
	{ "reach", cmd_reach, "say what programs reach in the allocator", false },
	{ "min", cmd_min, "shrink a crash, keeping its signature", true },
	{ "around", cmd_around, "look for a signature in schedules near that of a program", true },
	{ "triage", cmd_triage, "group crashes by signature, tell new from known", true },
	{ "distil", cmd_distil, "choose few programs that cover what many do", true },
	{ "export", cmd_export, "make a page, or a program in C, out of a program", true },
	{ "lab", cmd_lab, "replay a whole trace on a zone of real size", false },
	{ "bench", cmd_bench, "measure what running programs costs", false },
	{ "format", cmd_format, "print the reference of programs, their fields and names", false },
	{ "rules", cmd_rules, "list the rules that can be broken", false },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(FILE *to)
{
	fprintf(to, "usage: spbfuzz COMMAND [options] FILE...\n");
	for (size_t i = 0; i < NR_COMMANDS; i++)
		fprintf(to, "  %-7s %s\n", commands[i].name, commands[i].meaning);
	fprintf(to, "A FILE is a program as bytes or as text (*.spbt); - is the standard input.\n"
		    "'spbfuzz COMMAND --help' says more. Exit status: 0 good, 1 finding,\n"
		    "2 usage or input error.\n");
}

/* What was printed and did not arrive is an error too: a disk is full, a reader went away. */
static int finish(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	return tool_complain("standard output: writing failed");
}

int main(int argc, char **argv)
{
#ifdef ACCESS_EXPECTED
	access_expect_hooks();
#endif
	/* A report has some sixty pieces, and a system call for each is slower than the program. */
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	/* A reader that goes away is an error of writing, not the end of the process. */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		help(stderr);
		return STATUS_ERROR;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help(stdout);
		return STATUS_GOOD;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("spbfuzz %s, program format %#x\n", TOOL_VERSION, PROGRAM_VERSION);
		return STATUS_GOOD;
	}
	if (!rules_from_environment(stderr))
		return tool_complain("SPBFUZZ_RULES=%s is wrong", getenv("SPBFUZZ_RULES"));
	if (!known_from_environment(stderr))
		return tool_complain("SPBFUZZ_KNOWN=%s is wrong", getenv("SPBFUZZ_KNOWN"));
	if (!geometry_from_environment(stderr))
		return tool_complain("SPBFUZZ_CHOOSER=%s is wrong", getenv("SPBFUZZ_CHOOSER"));
	for (size_t i = 0; i < NR_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		if (commands[i].in_children)
			worker_plain_stacks(argv);
		return finish(commands[i].run(argc - 1, argv + 1));
	}
	return tool_complain("'%s' is no command; see spbfuzz --help", argv[1]);
}
