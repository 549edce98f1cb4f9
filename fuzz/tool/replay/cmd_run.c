// SPDX-License-Identifier: GPL-2.0-only
/* spbfuzz run: replay programs. */
#include "fuzz/tool/common/tool.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fuzz/harness/host/budget.h"
#include "fuzz/harness/stats/looked.h"
#include "fuzz/harness/stats/reach.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/report/signature.h"
#include "fuzz/harness/stats/trace.h"
#include "fuzz/tool/common/json.h"
#include "fuzz/tool/common/plain.h"
#include "fuzz/tool/replay/replay.h"

static const char usage[] =
	"usage: spbfuzz run [options] FILE|DIR...\n"
	"Replay programs, the files of a directory in order of their names. A finding is\n"
	"printed and the next program starts afresh; the exit status is 1 then.\n"
	"  -t, --target NAME  run them as this target does (default: alloc)\n"
	"  -H, --hash         print a hash of all events and of the end state, and the file\n"
	"  -r, --reverse      last file first\n"
	"  -1, --first        stop at the first finding\n"
	"  -v, -V, --verbose  print each operation with what it did, and full pictures\n"
	"      --[no-]model   the reference model checks each event (it does; not is twice\n"
	"                     as fast)\n"
	"      --strict       a broken promise of patch 35 is a finding (see docs/findings.md)\n"
	"      --only LIST    look at these rules and groups of rules alone: safety, books, "
	"policy,\n"
	"                     conformance, or what spbfuzz rules lists; -NAME leaves one out\n"
	"      --close        check after each section under a lock, as min and triage do: the\n"
	"                     signature is theirs\n"
	"      --counts       print what only a lock that was dropped explains, by kind\n"
	"      --rules        print how often each rule was put to the test; - is not counted\n"
	"      --scramble N   programs begin with garbage of seed N, not 0, in all that is state\n"
	"                     of a program: no hash and no report changes\n"
	"      --no-oracles   only crashes and broken contracts are findings\n"
	"  -j, --json         print JSON: for each file what it came to\n"
	"  -h, --help         print this\n";

struct run_arguments {
	const struct target *target;
	const char *only;
	bool hash, reverse, verbose, oracles, first, json, rules, counts;
};

enum { LONG_NO_ORACLES = 256, LONG_MODEL, LONG_NO_MODEL, LONG_STRICT, LONG_RULES, LONG_CLOSE,
       LONG_COUNTS, LONG_SCRAMBLE, LONG_ONLY };

/* Return: false when @letter is none of those that only switch something on or off. */
static bool read_switch(int letter, struct run_arguments *arguments)
{
	switch (letter) {
	case 'H':
		arguments->hash = true;
		break;
	case 'r':
		arguments->reverse = true;
		break;
	case '1':
		arguments->first = true;
		break;
	case 'v':
	case 'V':
		arguments->verbose = true;
		break;
	case 'j':
		arguments->json = true;
		break;
	case LONG_NO_ORACLES:
		arguments->oracles = false;
		break;
	case LONG_STRICT:
		this_run->options.strict = true;
		break;
	case LONG_CLOSE:
		this_run->options.close = true;
		break;
	case LONG_RULES:
		arguments->rules = this_run->options.verify_reset = true;
		break;
	case LONG_COUNTS:
		arguments->counts = true;
		break;
	case LONG_MODEL:
	case LONG_NO_MODEL:
		this_run->options.model = letter == LONG_MODEL;
		break;
	default:
		return false;
	}
	return true;
}

/* Return: -1 to go on, else the exit status. */
static int read_arguments(int argc, char **argv, struct run_arguments *arguments)
{
	static const struct option longs[] = {
		{ "target", required_argument, NULL, 't' },
		{ "hash", no_argument, NULL, 'H' },
		{ "reverse", no_argument, NULL, 'r' },
		{ "first", no_argument, NULL, '1' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "scramble", required_argument, NULL, LONG_SCRAMBLE },
		{ "no-oracles", no_argument, NULL, LONG_NO_ORACLES },
		{ "strict", no_argument, NULL, LONG_STRICT },
		{ "close", no_argument, NULL, LONG_CLOSE },
		{ "rules", no_argument, NULL, LONG_RULES },
		{ "counts", no_argument, NULL, LONG_COUNTS },
		{ "only", required_argument, NULL, LONG_ONLY },
		{ "model", no_argument, NULL, LONG_MODEL },
		{ "no-model", no_argument, NULL, LONG_NO_MODEL },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *name = "alloc";
	int letter;

	while ((letter = getopt_long(argc, argv, "t:Hr1vVjh", longs, NULL)) != -1) {
		if (letter == 't')
			name = optarg;
		else if (letter == LONG_ONLY)
			arguments->only = optarg;
		else if (letter == LONG_SCRAMBLE) {
			if (!tool_number(optarg, 1, UINT32_MAX, &this_run->options.scramble))
				return STATUS_ERROR;
		} else if (!read_switch(letter, arguments))
			return tool_usage(usage, letter);
	}
	arguments->target = replay_target(name);
	if (!arguments->target || !tool_only(arguments->only))
		return STATUS_ERROR;
	if (optind == argc)
		return tool_usage(usage, '?');
	return -1;
}

/* With --hash a line says so: builds with and without hooks replay the same files. */
static int refuse_accesses(const struct run_arguments *arguments, const char *path)
{
	if (arguments->hash) {
		plain_line(stdout, "needs-access-hooks  ", path);
		return STATUS_GOOD;
	}
	tool_complain("%s: its schedule counts memory accesses, which this build does not see; "
		      "build/race/spbfuzz does", path);
	return STATUS_ERROR;
}

static void print_json(const char *path, const char *status, bool good)
{
	static const char *comma = "\n ";
	char signature[160];

	printf("%s{\"file\": ", comma);
	json_string(stdout, path);
	printf(", \"status\": \"%s\"", status);
	if (good && this_run->stopped) {
		printf(", \"stopped\": \"%s\"}", this_run->stopped);
	} else if (good) {
		printf(", \"hash\": \"%016" PRIx64 "\"}", trace_hash());
	} else if (this_run->finding.rule) {
		finding_signature(&this_run->finding, signature, sizeof(signature));
		printf(", \"signature\": ");
		json_string(stdout, signature);
		printf(", \"message\": ");
		json_string(stdout, this_run->finding.message);
		printf(", \"step\": %u, \"rule_group\": \"%s\"}", this_run->finding.step,
		       rule_groups[rule_by_name(this_run->finding.rule)->group]);
	} else {
		putchar('}');
	}
	comma = ",\n ";
}

/* The line of --hash. */
static void print_hash(const char *path, bool good)
{
	char before[64];

	if (good && this_run->stopped)
		snprintf(before, sizeof(before), "stopped:%s  ", this_run->stopped);
	else if (good)
		snprintf(before, sizeof(before), "%016" PRIx64 "  ", trace_hash());
	else
		snprintf(before, sizeof(before), "finding:%s  ", this_run->finding.rule);
	plain_line(stdout, before, path);
}

static int run_file(const struct run_arguments *arguments, const char *path)
{
	struct tool_input input;
	bool good;
	char line[256];

	if (!tool_load(&input, path)) {
		memset(&this_run->finding, 0, sizeof(this_run->finding));
		if (arguments->json)
			print_json(path, "error", false);
		return STATUS_ERROR;
	}
	if (arguments->verbose)
		printf("%s: %zu bytes\n", path, input.size);
	if (arguments->verbose && !arguments->counts)
		reach_reset();
	good = replay(arguments->target, &input);
	if (this_run->needs_hooks) {
		tool_unload(&input);
		if (arguments->json)
			print_json(path, "error", false);
		return refuse_accesses(arguments, path);
	}
	if (arguments->json)
		print_json(path, good ? "good" : "finding", good);
	if (arguments->verbose)
		printf("  %s\n", reach_line(line, sizeof(line)));
	if (arguments->verbose)
		reach_print_promises(stdout);
	if (arguments->verbose && good && this_run->stopped)
		printf("  ended early: %s is broken, and switched off or "
		       "known\n", this_run->stopped);
	if (arguments->hash)
		print_hash(path, good);
	if (!good)
		plain_line(stderr, "FILE ", path);
	tool_unload(&input);
	return good ? STATUS_GOOD : STATUS_FINDING;
}

/* Input errors weigh more than findings: what was asked for was not done. */
static int run_files(const struct run_arguments *arguments, const struct tool_paths *paths)
{
	int worst = STATUS_GOOD;

	for (size_t i = 0; i < paths->nr; i++) {
		size_t n = arguments->reverse ? paths->nr - 1 - i : i;
		int status = run_file(arguments, paths->path[n]);

		if (status > worst)
			worst = status;
		if (arguments->first && worst != STATUS_GOOD)
			break;
	}
	if (arguments->target->summary && arguments->verbose)
		arguments->target->summary(stdout);
	if (arguments->rules)
		looked_print(stdout);
	if (arguments->counts)
		reach_print_dropped(stdout);
	if (this_run->options.model && arguments->verbose)
		looked_print_section(stdout, SECTION_MODEL);
	if (arguments->oracles && arguments->verbose) {
		looked_print_section(stdout, SECTION_WORKERS);
		budget_print(stdout);
	}
	return worst;
}

int cmd_run(int argc, char **argv)
{
	struct run_arguments arguments = { .oracles = true };
	struct tool_paths paths = { 0 };
	int status;

	this_run->options.model = true;
	status = read_arguments(argc, argv, &arguments);
	if (status >= 0)
		return status;
	if (arguments.json && (arguments.hash || arguments.verbose))
		return tool_complain("--json says it all: neither --hash nor --verbose go with it");
	replay_prepare(arguments.oracles, arguments.hash || arguments.json, arguments.verbose);
	status = tool_paths_add_all(&paths, argc, argv) ? STATUS_GOOD : STATUS_ERROR;
	if (arguments.json)
		putchar('[');
	if (status == STATUS_GOOD)
		status = run_files(&arguments, &paths);
	if (arguments.json)
		puts("\n]");
	tool_paths_release(&paths);
	return status;
}
