// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel says: its log, warnings and bugs, which are findings. */
#include <ctype.h>
#include <setjmp.h>
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/adapter.h"
#include "shim/shim.h"

#define LOG_LINES 24
#define LOG_LINE 160
#define WORD 64

static PROGRAM_STATE char log_lines[LOG_LINES][LOG_LINE];
static PROGRAM_STATE unsigned int nr_lines;
/* The kernel is about to complain, or did; bug() does not return, but to there. */
static PROGRAM_STATE bool complaint_is_due, complained;
static PROGRAM_STATE sigjmp_buf complaint_ends;
/* Of the finding under way: a report and its signature keep the address. */
static PROGRAM_STATE char word[WORD];
/* Of each CPU: it has printed with the lock of a zone held. */
static PROGRAM_STATE bool printed_locked[PROGRAM_CPUS];

void kernel_log_begin(void)
{
	nr_lines = 0;
	complaint_is_due = false;
	memset(printed_locked, 0, sizeof(printed_locked));
}

/* What is printed may be a part of a finding that says more, so this one waits for the end of the
 * call. */
void kernel_log_check(void)
{
	bool printed = printed_locked[shim_this->cpu];

	printed_locked[shim_this->cpu] = false;
	looked(ZONE_LOCK_LEAF);
	if (printed)
		rule_broken(ZONE_LOCK_LEAF, "a line is printed with the lock of a zone held: %s",
			    log_lines[(nr_lines - 1) % LOG_LINES]);
}

/* Of what was said, what may stand in a signature. */
static const char *word_of(const char *text)
{
	size_t n = 0;

	for (; *text && n + 1 < sizeof(word); text++) {
		if (isalnum((unsigned char)*text) || *text == '_')
			word[n++] = *text;
		else if (n && word[n - 1] != '-')
			word[n++] = '-';
	}
	while (n && word[n - 1] == '-')
		n--;
	word[n] = 0;
	return word;
}

static const char *base_of(const char *file)
{
	const char *slash = file ? strrchr(file, '/') : NULL;

	return slash ? slash + 1 : file ? file : "?";
}

bool kernel_complains(void (*free)(uint32_t pfn, uint32_t order), uint32_t pfn, uint32_t order)
{
	complained = false;
	complaint_is_due = true;
	if (!sigsetjmp(complaint_ends, 0))
		free(pfn, order);
	complaint_is_due = false;
	return complained;
}

void kernel_warns(const char *what, const char *file, int line)
{
	complained = true;
	if (complaint_is_due)
		return;
	if (!rule_is_on(RULE_KERNEL_WARN))
		return;
	finding_at(word_of(what));
	finding("kernel-warn", "%s, %s:%d", what, base_of(file), line);
}

void kernel_bugs(const char *what, const char *file, int line)
{
	complained = true;
	if (complaint_is_due)
		siglongjmp(complaint_ends, 1);
	finding_at(word_of(what));
	finding("kernel-bug", "%s, %s:%d", what, base_of(file), line);
}

void kernel_prints(const char *text)
{
	char *to = log_lines[nr_lines++ % LOG_LINES];

	snprintf(to, LOG_LINE, "%s", text);
	to[strcspn(to, "\n")] = 0;
	if (!complaint_is_due && kernel_has_zone_lock())
		printed_locked[shim_this->cpu] = true;
}

void kernel_print_log(FILE *to)
{
	unsigned int first = nr_lines > LOG_LINES ? nr_lines - LOG_LINES : 0;

	if (first < nr_lines)
		fprintf(to, "  the kernel's log:\n");
	for (unsigned int i = first; i < nr_lines; i++)
		fprintf(to, "    %s\n", log_lines[i % LOG_LINES]);
}
