// SPDX-License-Identifier: GPL-2.0-only
/*
 * A timer of CPU time: see watchdog.h.
 *
 * The last ticks of an operation that does not end look at its stack. The innermost function that
 * all of them are in is the one that goes round, since what it calls comes and goes (or nearly all
 * of the time goes by in that; the report has the callers, too):
 *
 *   tick 1   rmqueue()  rmqueue_bulk()  free_pcppages_bulk()  __free_one_page()
 *   tick 2   rmqueue()  rmqueue_bulk()  free_pcppages_bulk()
 *   tick 3   rmqueue()  rmqueue_bulk()  free_pcppages_bulk()  account_freepages()
 *                                       ^^^^^^^^^^^^^^^^^^
 */
#include "fuzz/harness/run/watchdog.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unwind.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/base/symbol.h"
#include "fuzz/harness/debuginfo/source.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/program/state.h"

/* So many ticks before the end look at the stack. */
#define LOOKS 20u
#define MOST_FRAMES 32u
#define MOST_CALLS 64u
/* A close look takes up to twenty times as long. */
#define CLOSE 20u
/* Of the calls a report names so many. */
#define NAMED 4u

/* Functions by name, the outermost first. */
struct calls {
	unsigned int nr;
	const char *name[MOST_CALLS];
};

/* What a look has seen, the innermost first. */
struct look {
	unsigned int nr;
	uintptr_t pc[MOST_FRAMES];
};

/* An option, kept from program to program. */
PROCESS_DATA unsigned int watchdog_ticks = 5 * WATCHDOG_TICKS_PER_SECOND;
/* The timer is the process's; what it counts begins anew with each operation. */
static PROCESS_STATE bool ticking;
static PROCESS_STATE volatile sig_atomic_t watching;
static PROCESS_STATE volatile unsigned int ticks;
static PROCESS_STATE unsigned int patience;
static PROCESS_STATE struct calls common; /* to all looks of the last operation that had any */

/* A child has no timer of its own. */
static void forked(void)
{
	ticking = false;
}

static _Unwind_Reason_Code note_frame(struct _Unwind_Context *context, void *arg)
{
	struct look *look = arg;
	int before = 0;
	uintptr_t pc = _Unwind_GetIPInfo(context, &before);

	/* The frame that the signal came to: what was noted so far is the handler's. Elsewhere
	 * the address is where a call returns to, which is what readers of addresses expect. */
	if (before) {
		look->nr = 0;
		pc++;
	}
	if (look->nr < MOST_FRAMES)
		look->pc[look->nr++] = pc;
	return _URC_NO_REASON;
}

static void add(struct calls *calls, const char *name)
{
	if (name && calls->nr < MOST_CALLS)
		calls->name[calls->nr++] = name;
}

static void name_calls(const struct look *look, struct calls *calls)
{
	struct source_frame frames[SOURCE_MAX_FRAMES];

	calls->nr = 0;
	for (unsigned int i = look->nr; i-- > 0;) {
		unsigned int inlined = source_frames(look->pc[i], frames);

		if (!inlined)
			add(calls, symbol_of(look->pc[i] - 1));
		while (inlined-- > 0)
			add(calls, frames[inlined].function);
	}
}

/* Return: false in code without lines. It is not ours: something of a library is half done. */
static bool look_at_stack(bool first)
{
	struct source_frame frames[SOURCE_MAX_FRAMES];
	struct look look = { 0 };
	struct calls calls;
	unsigned int same = 0;

	_Unwind_Backtrace(note_frame, &look);
	if (!look.nr || !source_frames(look.pc[0], frames))
		return false;
	name_calls(&look, &calls);
	if (first)
		common = calls;
	while (same < common.nr && same < calls.nr && !strcmp(common.name[same], calls.name[same]))
		same++;
	common.nr = same;
	return true;
}

/* The innermost calls that all looks have in common: "rmqueue() > rmqueue_bulk()". */
static const char *calls_text(void)
{
	static PROCESS_STATE char text[256];
	size_t used = 0;

	text[0] = '\0';
	for (unsigned int i = common.nr > NAMED ? common.nr - NAMED : 0;
	     i < common.nr && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s()",
					 used ? " > " : "", common.name[i]);
	return text;
}

static void tick(int number)
{
	(void)number;
	/* (A report of something else is no operation.) */
	if (!watching || this_run->finding.rule || ++ticks + LOOKS <= patience)
		return;
	/* The next tick is as good. */
	if (!look_at_stack(ticks + LOOKS == patience + 1)) {
		ticks--;
		return;
	}
	if (ticks < patience)
		return;
	watching = false;
	access_open(false);
	finding_at(common.nr ? common.name[common.nr - 1] : NULL);
	finding("endless", "%u s of CPU time in one operation, and no end; it goes round in %s",
		patience / WATCHDOG_TICKS_PER_SECOND, calls_text());
}

static void start(void)
{
	/* (A finding leaves the handler by a jump, and with it no signal may stay blocked.) */
	struct sigaction action = { .sa_handler = tick, .sa_flags = SA_NODEFER | SA_RESTART };
	const struct timeval each = { .tv_usec = 1000000 / WATCHDOG_TICKS_PER_SECOND };
	const struct itimerval timer = { .it_interval = each, .it_value = each };
	static PROCESS_STATE bool known;

	if (!known && pthread_atfork(NULL, NULL, forked)) {
		fprintf(stderr, "watchdog: out of memory\n");
		exit(2);
	}
	known = true;
	if (sigaction(SIGVTALRM, &action, NULL) || setitimer(ITIMER_VIRTUAL, &timer, NULL)) {
		perror("watchdog: a timer of CPU time");
		exit(2);
	}
	ticking = true;
}

void watchdog_begin(bool close)
{
	if (!ticking)
		start();
	patience = watchdog_ticks * (close ? CLOSE : 1);
	ticks = 0;
	watching = true;
}

void watchdog_operation(void)
{
	ticks = 0;
}

void watchdog_end(void)
{
	watching = false;
}
