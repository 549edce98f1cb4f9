// SPDX-License-Identifier: GPL-2.0-only
/* Findings that are known: see known.h. */
#include "fuzz/harness/base/known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"

#define SIGNATURE 160
#define LINE 1024

static PROCESS_STATE char names[KNOWN_MAX][SIGNATURE];
static PROCESS_STATE unsigned int nr_names;

static char *trimmed(char *text)
{
	char *end;

	text += strspn(text, " \t");
	end = text + strlen(text);
	while (end > text && strchr(" \t\r\n", end[-1]))
		end--;
	*end = '\0';
	return text;
}

/* What stands before the next bar, which is cut off. */
static char *column(char **rest)
{
	char *bar = *rest ? strchr(*rest, '|') : NULL, *text = *rest;

	if (bar)
		*bar = '\0';
	*rest = bar ? bar + 1 : NULL;
	return text ? trimmed(text) : NULL;
}

/* Return: NULL, or what is wrong. */
static const char *take(char *line)
{
	char *rest = line, *name, *reason, *source;
	char rule[SIGNATURE];

	if (!*trimmed(line) || *trimmed(line) == '#')
		return NULL;
	name = column(&rest);
	reason = column(&rest);
	source = column(&rest);
	if (!reason || !*reason || !source || !*source || rest)
		return "is not \"signature | reason | source\"";
	if (nr_names == KNOWN_MAX || strlen(name) >= SIGNATURE)
		return "is one too many, or too long";
	snprintf(rule, sizeof(rule), "%.*s", (int)strcspn(name, "/"), name);
	if (!strchr(name, '/') || !rule_by_name(rule))
		return "does not begin with \"rule/\", of a rule that there is";
	strcpy(names[nr_names++], name);
	return NULL;
}

bool known_read(const char *path, FILE *complaints)
{
	const char *wrong = NULL;
	unsigned int number = 0;
	char line[LINE];
	FILE *file;

	nr_names = 0;
	if (!path || !*path)
		return true;
	file = fopen(path, "r");
	if (!file) {
		fprintf(complaints, "%s: %s\n", path, strerror(errno));
		return false;
	}
	while (!wrong && fgets(line, sizeof(line), file)) {
		number++;
		wrong = strchr(line, '\n') || feof(file) ? take(line) : "is too long";
	}
	if (!wrong && ferror(file))
		wrong = strerror(errno);
	fclose(file);
	if (!wrong)
		return true;
	fprintf(complaints, "%s:%u: %s\n", path, number, wrong);
	nr_names = 0;
	return false;
}

bool known_from_environment(FILE *complaints)
{
	return known_read(getenv("SPBFUZZ_KNOWN"), complaints);
}

int known_number(const char *signature)
{
	for (unsigned int i = 0; i < nr_names; i++) {
		size_t length = strlen(names[i]);

		if (names[i][length - 1] == '*' ? !strncmp(signature, names[i], length - 1)
						: !strcmp(signature, names[i]))
			return (int)i;
	}
	return -1;
}

const char *known_name(unsigned int number)
{
	return number < nr_names ? names[number] : NULL;
}
