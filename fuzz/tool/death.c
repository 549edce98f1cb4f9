// SPDX-License-Identifier: GPL-2.0-only
/* What a child died of: see death.h. */
#define _GNU_SOURCE
#include "fuzz/tool/death.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "fuzz/harness/fiber.h"
#include "fuzz/tool/symbol.h"

static struct death *notes;

/* A stack of its own: the program's may be what has ended. */
static char signal_stack[64 * 1024];

static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static void note_signal(int number, siginfo_t *info, void *context)
{
	const ucontext_t *at = context;

	(void)info;
#if defined(__x86_64__)
	notes->offset = symbol_offset((void *)at->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
	notes->offset = symbol_offset((void *)at->uc_mcontext.pc);
#else
	(void)at;
#endif
	/* Once more, with the default: the parent sees which signal it was. */
	signal(number, SIG_DFL);
	raise(number);
}

void death_watch(struct death *death)
{
#ifdef SANITIZED
	(void)death;
	(void)signals;
	(void)note_signal;
	(void)signal_stack;
#else
	const stack_t stack = { .ss_sp = signal_stack, .ss_size = sizeof(signal_stack) };
	struct sigaction action = { .sa_sigaction = note_signal,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	notes = death;
	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	fiber_watch_guards();
#endif
}

/* Functions that stand between a fault and whoever is to blame. */
static bool is_go_between(const char *name)
{
	static const char *const prefixes[] = {
		"__asan", "__interceptor", "__sanitizer", "__ubsan", "__lsan", "mem", "str",
		"shim_", "abort", "finding",
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

/* "    #2 0x55.. in spb_take core/..." or "    #2 0x55..  (/path/spbfuzz+0x1234) (...)" */
static bool name_of_frame(const char *line, char *name, size_t room)
{
	const char *in = strstr(line, " in "), *end = strchr(line, '\n');
	const char *plus = strstr(line, "+0x");

	if (end && in && in < end) {
		in += 4;
		snprintf(name, room, "%.*s", (int)strcspn(in, " .\n"), in);
		return *name;
	}
	/* An address of return is one past the call. */
	return end && plus && plus < end &&
	       symbol_at(strtoull(plus + 1, NULL, 16) - 1, name, room);
}

static void name_from_stack(const char *text, char *name, size_t room)
{
	const char *frame = text;

	while ((frame = strstr(frame, "    #"))) {
		/* A second stack tells of somebody else: who freed it, who made it. */
		if (frame != text && strstr(text, "    #0") < frame && !strncmp(frame, "    #0", 6))
			break;
		if (name_of_frame(frame, name, room) && !is_go_between(name))
			return;
		frame++;
	}
	snprintf(name, room, "-");
}

/* "SUMMARY: AddressSanitizer: use-after-poison (...)" */
static bool rule_from_summary(const char *text, struct verdict *verdict)
{
	const char *summary = strstr(text, "\nSUMMARY: ");
	const char *error = strstr(text, "runtime error: ");
	char who[32], what[48];

	if (!summary || sscanf(summary, " SUMMARY: %31[A-Za-z]: %47[A-Za-z-]", who, what) != 2)
		return false;
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

void death_verdict(struct verdict *verdict, const char *text, int status,
		   const struct death *death, enum program_op op)
{
	char name[64] = "-";

	if (!rule_from_summary(text, verdict))
		rule_from_status(status, verdict);
	if (!death->offset)
		name_from_stack(text, name, sizeof(name));
	else if (!symbol_at(death->offset, name, sizeof(name)))
		snprintf(name, sizeof(name), "-");
	snprintf(verdict->signature, sizeof(verdict->signature), "%s/%s/%s", verdict->rule,
		 program_op_name(finding_kind(op)), name);
}
