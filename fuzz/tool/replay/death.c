// SPDX-License-Identifier: GPL-2.0-only
/* What a child died of: see death.h. */
#define _GNU_SOURCE
#include "fuzz/tool/replay/death.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static bool is_signal(const char *what)
{
	static const char *const signals[] = { "SEGV", "BUS", "FPE", "ABRT", "ILL", "TRAP" };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!strcmp(what, signals[i]))
			return true;
	return false;
}

/* "SUMMARY: AddressSanitizer: use-after-poison (...)" */
static bool rule_from_summary(const char *text, struct verdict *verdict)
{
	const char *summary = strstr(text, "\nSUMMARY: ");
	const char *error = strstr(text, "runtime error: ");
	char who[32], what[48];

	if (!summary || sscanf(summary, " SUMMARY: %31[A-Za-z]: %47[A-Za-z-]", who, what) != 2)
		return false;
	/* The same fault has one name with and without the sanitizer. */
	if (is_signal(what))
		snprintf(verdict->rule, sizeof(verdict->rule), "SIG%.36s", what);
	else
		snprintf(verdict->rule, sizeof(verdict->rule), "%.24s:%.36s", who, what);
	if (!error)
		error = strstr(text, "ERROR: ");
	if (error)
		snprintf(verdict->message, sizeof(verdict->message), "%.*s",
			 (int)strcspn(error, "\n"), error);
	return true;
}

static void rule_from_status(int status, struct verdict *verdict)
{
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	const char *name = number ? sigabbrev_np(number) : NULL;

	if (name)
		snprintf(verdict->rule, sizeof(verdict->rule), "SIG%s", name);
	else
		snprintf(verdict->rule, sizeof(verdict->rule), "exit-status-%d",
			 WEXITSTATUS(status));
	snprintf(verdict->message, sizeof(verdict->message), "the process ended with %s",
		 verdict->rule);
}

static enum program_op kind_of(enum program_op op)
{
	if (operation_is(op, OPERATION_ALLOCATES))
		return OP_alloc;
	return operation_is(op, OPERATION_FREES) ? OP_free : op;
}

void death_signature(struct verdict *verdict, enum program_op op)
{
	snprintf(verdict->signature, sizeof(verdict->signature), "%s/%s", verdict->rule,
		 program_op_name(kind_of(op)));
}

void death_verdict(struct verdict *verdict, const char *text, int status, enum program_op op)
{
	if (!rule_from_summary(text, verdict))
		rule_from_status(status, verdict);
	death_signature(verdict, op);
}
