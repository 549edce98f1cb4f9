/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running many programs, whatever they do: a child runs them one after the other and tells
 * what happened. A real crash ends the child, and the next program gets a new one.
 */
#ifndef TOOL_WORKER_H
#define TOOL_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/target/target.h"
#include "spb/event.h"

#define SIGNATURE_ROOM 160

enum verdict_kind {
	VERDICT_GOOD,
	VERDICT_UNSEEN, /* it counts memory accesses, which this build does not see */
	VERDICT_FINDING,
	VERDICT_DIED,  /* a signal or a sanitizer ended it */
	VERDICT_SLOW,  /* it had to be ended: an endless loop that no budget sees */
};

/**
 * struct verdict - what running a program came to
 * @signature: rule/place as reports print it; for what is no finding the place is the kind
 *             of operation: AddressSanitizer:use-after-poison/alloc, SIGSEGV/free, timeout/alloc;
 *             empty when good
 * @rule: its first part; without a close look the rule that was seen broken
 * @message: one line
 * @step: record that ran at the end
 * @nr_records: that the program has
 * @hash: of all events
 * @micros: time that it took
 */
struct verdict {
	enum verdict_kind kind;
	char signature[SIGNATURE_ROOM];
	char rule[64];
	char message[512];
	unsigned int step;
	unsigned int nr_records;
	uint64_t hash;
	uint64_t micros;
};

/**
 * struct worker_hooks - called in the child, for what else a caller wants to know
 * @begin: a program is about to run
 * @event: something happened in it
 * @end: it ran to its end
 * @room: bytes of @shared
 *
 * Each gets memory that the child shares with its parent, all zero at first.
 */
struct worker_hooks {
	void (*begin)(void *shared);
	void (*event)(void *shared, const struct spb_event *event);
	void (*end)(void *shared);
	size_t room;
};

/**
 * worker_begin - before the first program
 * @hooks: NULL = none
 * @close: look closely, as options.close of run.h says
 *
 * Programs run with every oracle and the model. Return: false after a complaint.
 */
bool worker_begin(const struct worker_hooks *hooks, bool close);
void worker_end(void);
/* What the hooks share. */
void *worker_shared(void);

/**
 * worker_run - run a program in the child
 * @bytes: in the format of program.h; beyond TOOL_MAX_INPUT they are left out
 *
 * Return: false after a complaint, or when worker_interrupted(): @verdict is not filled in.
 */
bool worker_run(const struct target *target, const uint8_t *bytes, size_t size,
		struct verdict *verdict);

/*
 * The same for something that worker_run() ran, made smaller: what does not crash at all gets no
 * close look, which takes ten times as long.
 */
bool worker_run_again(const struct target *target, const uint8_t *bytes, size_t size,
		      struct verdict *verdict);

/* Return: false after a complaint when this build cannot say what a program does. */
bool worker_can_see(const char *path, const struct verdict *verdict);

/* Does it show something? */
static inline bool verdict_is_crash(const struct verdict *verdict)
{
	return verdict->kind >= VERDICT_FINDING;
}

/*
 * From now on Ctrl-C and kill only set what worker_interrupted() tells: the caller finishes
 * what it does and keeps what it has.
 */
void worker_catch_signals(void);
bool worker_interrupted(void);

struct tool_input;

/**
 * worker_on_file - do something with a file that takes many runs of its programs
 * @close: as for worker_begin()
 * @room: bytes of zeroes for @work to remember things in: more than a stack is for
 * @work: gets these, the file's bytes, and @arguments. Return: an exit status
 *
 * Ctrl-C is noticed as worker_catch_signals() says. Return: that of @work, or STATUS_ERROR after a
 * complaint.
 */
int worker_on_file(const char *path, bool close, size_t room,
		   int (*work)(void *state, const struct tool_input *input, const void *arguments),
		   const void *arguments);

/*
 * Sanitizers that look up names take half a second for each crash. Starts the tool once
 * more with that switched off, since they read their options only then; worker_begin()
 * finds names by itself. Returns when there is nothing to switch off.
 */
void worker_plain_stacks(char **argv);

#endif
