/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of a program that somebody wants to look at.
 *
 *   child   runs it ── a recorder notes ──▶ log (a file)       what it says ──▶ words (a file)
 *   parent  waits, reads both                  whatever the child died of, what was noted is there
 */
#ifndef TOOL_EXPORT_H
#define TOOL_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/harness/base/observer.h"
#include "fuzz/tool/common/tool.h"
#include "fuzz/tool/replay/worker.h"

/**
 * struct recorder - who notes what happens
 * @watcher: the observer
 * @prepare: before the run; what is noted goes to @log
 * @finish: the program is over; @found: a rule was broken, and the state is as it was then
 */
struct recorder {
	const struct observer *watcher;
	void (*prepare)(FILE *log);
	void (*finish)(bool found);
};

/**
 * struct recording - what came of it; recording_release() frees it
 * @log: text that the recorder wrote
 * @words: the report, or what a sanitizer said
 * @verdict: only of a child that died: kind, rule, message, signature
 */
struct recording {
	char *log, *words;
	struct verdict verdict;
};

/**
 * record - run a program in a child
 * @close: look closely, as min and triage do
 *
 * Return: false after a complaint.
 */
bool record(const struct recorder *recorder, const struct target *target,
	    const struct tool_input *input, bool close, struct recording *recording);
void recording_release(struct recording *recording);

/* Notes the run as lines of JSON, for the page. */
extern const struct recorder note_run;

/* The state as members of a JSON object, without those that are as they were told last. */
void note_state(FILE *to);
void note_state_begin(void);

/* What the page is made of. */
struct page_what {
	const struct tool_input *input;
	const struct target *target;
	const char *about;
	const struct recording *recording;
};

/* For tool_write_form(): all that is known as one JSON object, and the page around it. */
bool page_json(FILE *to, const void *what);
bool page_html(FILE *to, const void *what);

/* For tool_write_form() of a struct recording by note_calls: a program in C. */
struct source_what {
	const struct tool_input *input;
	const struct target *target;
	const struct recording *recording;
};

/* Why there can be no C file, up to the end of the line; NULL: there can. KUnit takes all. */
const char *source_refusal(const struct recording *recording);
bool source_c(FILE *to, const void *what);
bool source_kunit(FILE *to, const void *what);

/* Notes the calls of the allocator as rows of C. */
extern const struct recorder note_calls;

#endif
