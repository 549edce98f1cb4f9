// SPDX-License-Identifier: GPL-2.0-only
/* Running a program in this process, and coming back from a finding. */
#include "fuzz/tool/replay.h"

#include <setjmp.h>
#include <string.h>

#include "fuzz/harness/run.h"

static const struct target *const targets[] = {
#define TARGET(name) &target_##name,
#include "fuzz/targets.def"
#undef TARGET
};

#define NR_TARGETS (sizeof(targets) / sizeof(targets[0]))

static sigjmp_buf after_finding;

const struct target *replay_target(const char *name)
{
	for (size_t i = 0; i < NR_TARGETS; i++)
		if (!strcmp(targets[i]->name, name))
			return targets[i];
	tool_complain("'%s' is no target; these are:", name);
	for (size_t i = 0; i < NR_TARGETS; i++)
		fprintf(stderr, "  %s\n", targets[i]->name);
	return NULL;
}

static void come_back(struct run *run)
{
	(void)run;
	siglongjmp(after_finding, 1);
}

void replay_prepare(bool oracles, bool hash, bool verbose)
{
	this_run->options.oracles = oracles;
	this_run->options.hash_state = hash;
	this_run->options.verbose = verbose;
	this_run->on_finding = come_back;
}

bool replay(const struct target *target, const struct tool_input *input)
{
	/* A report goes to the standard error: keep the order. */
	fflush(stdout);
	if (sigsetjmp(after_finding, 0))
		return false;
	target->run(input->bytes, input->size);
	return true;
}
