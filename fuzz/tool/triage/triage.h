/* SPDX-License-Identifier: GPL-2.0-only */
/* Crashes grouped by their signature, and the forms in which that is written down. */
#ifndef TOOL_TRIAGE_H
#define TOOL_TRIAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "fuzz/tool/replay/worker.h"

/**
 * struct triage_file - one file and what became of it
 * @target: as which it ran
 * @size: bytes of the program
 * @readable: it is a program
 * @small: the smallest program that breaks the same rule, where that was looked for;
 *         @verdict and @size are of it then
 * @group: which one, if it is a crash
 */
struct triage_file {
	const char *path;
	const struct target *target;
	size_t size;
	bool readable;
	uint8_t *small;
	size_t group;
	struct verdict verdict;
};

/**
 * struct triage_group - crashes with one signature
 * @signature: that of @smallest
 * @smallest: index of the file with the fewest records, then bytes, then the first name
 * @count: files
 * @known: the baseline names it
 */
struct triage_group {
	const char *signature;
	size_t smallest;
	size_t count;
	bool known;
};

/**
 * struct triage - all of them
 * @files: in the order of their names
 * @groups: the largest first
 * @crashes, @good, @unreadable: files
 * @known: signatures that a baseline names, one per line; NULL = no baseline
 * @version: of the tool
 */
struct triage {
	struct triage_file *files;
	size_t nr_files;
	struct triage_group *groups;
	size_t nr_groups;
	size_t crashes, good, unreadable;
	const char *known;
	const char *version;
};

static inline bool triage_is_crash(const struct triage_file *file)
{
	return file->readable && verdict_is_crash(&file->verdict);
}

/* Groups that no baseline names. */
size_t triage_new(const struct triage *triage);

/**
 * triage_group_files - fill in groups and counts
 * @triage: files and @known are given, the rest zero; triage_release() gives back what this takes
 *
 * Return: false when memory is out.
 */
bool triage_group_files(struct triage *triage);
void triage_release(struct triage *triage);

/* Does a line of a baseline name it, by the rule's name or by an old one? */
bool triage_same_signature(const char *line, size_t length, const char *signature);

/* Each writes the whole in one form. */
void triage_table(FILE *to, const struct triage *triage);
void triage_json(FILE *to, const struct triage *triage);
void triage_junit(FILE *to, const struct triage *triage);
void triage_sarif(FILE *to, const struct triage *triage);
void triage_github(FILE *to, const struct triage *triage);
/* Signatures, and after them what was known and not seen now. */
void triage_baseline(FILE *to, const struct triage *triage);

#endif
