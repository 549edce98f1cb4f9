// SPDX-License-Identifier: GPL-2.0-only
/* Grouping crashes: see triage.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/rule/rule.h"
#include "fuzz/tool/triage/triage.h"

size_t triage_new(const struct triage *triage)
{
	size_t nr = 0;

	for (size_t i = 0; i < triage->nr_groups; i++)
		nr += !triage->groups[i].known;
	return nr;
}

static bool is_smaller(const struct triage_file *a, const struct triage_file *b)
{
	if (a->verdict.nr_records != b->verdict.nr_records)
		return a->verdict.nr_records < b->verdict.nr_records;
	if (a->size != b->size)
		return a->size < b->size;
	return strcmp(a->path, b->path) < 0;
}

bool triage_same_signature(const char *line, size_t length, const char *signature)
{
	const char *slash = memchr(line, '/', length);
	const struct rule *rule = NULL;
	size_t name = slash ? (size_t)(slash - line) : 0;
	char word[SIGNATURE_ROOM];

	if (length == strlen(signature) && !strncmp(line, signature, length))
		return true;
	/* What the rule was called when the line was written. */
	if (name && name < sizeof(word)) {
		snprintf(word, sizeof(word), "%.*s", (int)name, line);
		rule = rule_by_name(word);
	}
	return rule && !strncmp(signature, rule->name, strlen(rule->name)) &&
	       strlen(signature) == strlen(rule->name) + length - name &&
	       !strncmp(signature + strlen(rule->name), slash, length - name);
}

/* Is it a line of its own? A line that begins with # is a comment, and no signature does. */
static bool is_known(const char *known, const char *signature)
{
	for (const char *line = known; line && *line;) {
		size_t end = strcspn(line, "\r\n");

		if (triage_same_signature(line, end, signature))
			return true;
		line += end + (line[end] != '\0');
	}
	return false;
}

static size_t group_of(struct triage *triage, size_t index)
{
	const struct triage_file *file = &triage->files[index];
	struct triage_group *group;

	for (size_t i = 0; i < triage->nr_groups; i++) {
		group = &triage->groups[i];
		if (strcmp(group->signature, file->verdict.signature))
			continue;
		group->count++;
		if (is_smaller(file, &triage->files[group->smallest]))
			group->smallest = index;
		return i;
	}
	group = &triage->groups[triage->nr_groups];
	*group = (struct triage_group){
		.signature = file->verdict.signature,
		.smallest = index,
		.count = 1,
		.known = is_known(triage->known, file->verdict.signature),
	};
	return triage->nr_groups++;
}

static int by_count(const void *a, const void *b)
{
	const struct triage_group *first = a, *second = b;

	if (first->known != second->known)
		return first->known - second->known;
	if (first->count != second->count)
		return first->count < second->count ? 1 : -1;
	return strcmp(first->signature, second->signature);
}

bool triage_group_files(struct triage *triage)
{
	triage->groups = calloc(triage->nr_files + 1, sizeof(*triage->groups));
	if (!triage->groups)
		return false;
	for (size_t i = 0; i < triage->nr_files; i++) {
		struct triage_file *file = &triage->files[i];

		if (!file->readable) {
			triage->unreadable++;
		} else if (!triage_is_crash(file)) {
			triage->good++;
		} else {
			triage->crashes++;
			group_of(triage, i);
		}
	}
	qsort(triage->groups, triage->nr_groups, sizeof(*triage->groups), by_count);
	for (size_t i = 0; i < triage->nr_files; i++)
		for (size_t g = 0; triage_is_crash(&triage->files[i]) && g < triage->nr_groups; g++)
			if (!strcmp(triage->groups[g].signature,
				    triage->files[i].verdict.signature))
				triage->files[i].group = g;
	return true;
}

void triage_release(struct triage *triage)
{
	for (size_t i = 0; i < triage->nr_files; i++) {
		free(triage->files[i].small);
		triage->files[i].small = NULL;
	}
	free(triage->groups);
	triage->groups = NULL;
}
