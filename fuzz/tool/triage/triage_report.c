// SPDX-License-Identifier: GPL-2.0-only
/* What triage found, for people and for machines: see triage.h. */
#include <string.h>

#include "fuzz/harness/rule/rule.h"
#include "fuzz/tool/common/json.h"
#include "fuzz/tool/common/plain.h"
#include "fuzz/tool/triage/triage.h"

static const struct triage_file *smallest(const struct triage *triage,
					  const struct triage_group *group)
{
	return &triage->files[group->smallest];
}

static const char *state_of(const struct triage *triage, const struct triage_group *group)
{
	if (!triage->known)
		return "";
	return group->known ? "known" : "new";
}

void triage_table(FILE *to, const struct triage *triage)
{
	if (triage->nr_groups)
		fprintf(to, "%-5s %5s %4s  %-48s %s\n", triage->known ? "state" : "",
			"files", "ops", "signature", "smallest");
	for (size_t i = 0; i < triage->nr_groups; i++) {
		const struct triage_group *group = &triage->groups[i];
		const struct triage_file *file = smallest(triage, group);

		fprintf(to, "%-5s %5zu %4u  %-48s ", state_of(triage, group), group->count,
			file->verdict.nr_records, group->signature);
		plain_print(to, file->path);
		putc('\n', to);
	}
	fprintf(to, "%zu files: %zu crash, %zu run to their end, %zu cannot be read; groups: %zu",
		triage->nr_files, triage->crashes, triage->good, triage->unreadable,
		triage->nr_groups);
	if (triage->known)
		fprintf(to, ", of which %zu new", triage_new(triage));
	putc('\n', to);
}

static void json_member(FILE *to, const char *name, const char *value, const char *after)
{
	fprintf(to, "\"%s\": ", name);
	json_string(to, value);
	fputs(after, to);
}

/* "" for what is no rule of ours. */
static const char *rule_group_of(const char *name)
{
	const struct rule *rule = rule_by_name(name);

	return rule ? rule_groups[rule->group] : "";
}

static void json_files(FILE *to, const struct triage *triage, size_t group)
{
	const char *comma = "";

	fputs("\"files\": [", to);
	for (size_t i = 0; i < triage->nr_files; i++) {
		if (!triage_is_crash(&triage->files[i]) || triage->files[i].group != group)
			continue;
		fputs(comma, to);
		json_string(to, triage->files[i].path);
		comma = ", ";
	}
	putc(']', to);
}

void triage_json(FILE *to, const struct triage *triage)
{
	fprintf(to, "{\"files\": %zu, \"crashes\": %zu, \"good\": %zu, \"unreadable\": %zu, "
		    "\"new\": %zu,\n \"groups\": [",
		triage->nr_files, triage->crashes, triage->good, triage->unreadable,
		triage_new(triage));
	for (size_t i = 0; i < triage->nr_groups; i++) {
		const struct triage_group *group = &triage->groups[i];
		const struct triage_file *file = smallest(triage, group);

		fputs(i ? ",\n  {" : "\n  {", to);
		json_member(to, "signature", group->signature, ", ");
		json_member(to, "rule_group", rule_group_of(file->verdict.rule), ", ");
		json_member(to, "message", file->verdict.message, ", ");
		json_member(to, "target", file->target->name, ", ");
		json_member(to, "smallest", file->path, ", ");
		fprintf(to, "\"records\": %u, \"known\": %s, ", file->verdict.nr_records,
			group->known ? "true" : "false");
		json_files(to, triage, i);
		putc('}', to);
	}
	fputs("]}\n", to);
}

static void xml_attribute(FILE *to, const char *name, const char *value)
{
	fprintf(to, " %s=\"", name);
	xml_string(to, value);
	putc('"', to);
}

static void junit_outcome(FILE *to, const struct triage *triage, const struct triage_file *file)
{
	bool known;

	if (!file->readable) {
		fputs("<error message=\"not a program that can be read\"/>", to);
		return;
	}
	if (!triage_is_crash(file))
		return;
	known = triage->groups[file->group].known;
	if (known) {
		fputs("<skipped", to);
		xml_attribute(to, "message", file->verdict.signature);
		fputs("/>", to);
		return;
	}
	fputs("<properties><property name=\"group\"", to);
	xml_attribute(to, "value", rule_group_of(file->verdict.rule));
	fputs("/></properties><failure", to);
	xml_attribute(to, "type", file->verdict.rule);
	xml_attribute(to, "message", file->verdict.signature);
	putc('>', to);
	xml_string(to, file->verdict.message);
	fputs("</failure>", to);
}

void triage_junit(FILE *to, const struct triage *triage)
{
	size_t failures = 0, skipped = 0;

	for (size_t i = 0; i < triage->nr_groups; i++)
		*(triage->groups[i].known ? &skipped : &failures) += triage->groups[i].count;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", to);
	fprintf(to, "<testsuite name=\"spbfuzz triage\" tests=\"%zu\" failures=\"%zu\" "
		    "errors=\"%zu\" skipped=\"%zu\">\n",
		triage->nr_files, failures, triage->unreadable, skipped);
	for (size_t i = 0; i < triage->nr_files; i++) {
		const struct triage_file *file = &triage->files[i];

		fputs("<testcase", to);
		xml_attribute(to, "classname", file->target->name);
		xml_attribute(to, "name", file->path);
		fprintf(to, " time=\"%.6f\">", (double)file->verdict.micros / 1e6);
		junit_outcome(to, triage, file);
		fputs("</testcase>\n", to);
	}
	fputs("</testsuite>\n</testsuites>\n", to);
}

/* --- SARIF 2.1.0 --- */

/* The first group with the same rule stands for it: its number among those. */
static size_t rule_index(const struct triage *triage, size_t group, bool *first)
{
	const char *rule = smallest(triage, &triage->groups[group])->verdict.rule;
	size_t index = 0;

	for (size_t i = 0; i < triage->nr_groups; i++) {
		const char *other = smallest(triage, &triage->groups[i])->verdict.rule;
		bool earlier = false;

		for (size_t j = 0; j < i && !earlier; j++)
			earlier = !strcmp(smallest(triage, &triage->groups[j])->verdict.rule,
					  other);
		if (earlier)
			continue;
		if (!strcmp(rule, other)) {
			*first = i == group;
			return index;
		}
		index++;
	}
	*first = false;
	return index;
}

static const char *meaning_of(const char *name)
{
	const struct rule *rule = rule_by_name(name);

	return rule ? rule->meaning : "a signal, a sanitizer or the time ended the process";
}

static void sarif_rules(FILE *to, const struct triage *triage)
{
	const char *comma = "";
	bool first;

	for (size_t i = 0; i < triage->nr_groups; i++) {
		const char *rule = smallest(triage, &triage->groups[i])->verdict.rule;

		rule_index(triage, i, &first);
		if (!first)
			continue;
		fprintf(to, "%s\n        {", comma);
		json_member(to, "id", rule, ", \"shortDescription\": {");
		json_member(to, "text", meaning_of(rule), "}");
		if (*rule_group_of(rule))
			fprintf(to, ", \"properties\": {\"tags\": [\"%s\"]}", rule_group_of(rule));
		putc('}', to);
		comma = ",";
	}
}

/* A path as a reference: what is no part of one is escaped. */
static void uri_string(FILE *to, const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~/";

	putc('"', to);
	for (; *path; path++) {
		if (strchr(plain, *path))
			putc(*path, to);
		else
			fprintf(to, "%%%02X", (unsigned char)*path);
	}
	putc('"', to);
}

/* The record that ran at the end; lines of text are not told apart. */
static void sarif_region(FILE *to, const struct triage_file *file)
{
	size_t at = PROGRAM_HEADER_SIZE + (size_t)file->verdict.step * PROGRAM_RECORD_SIZE;
	size_t length = strlen(file->path);

	if (file->small)
		return;
	if (length > 5 && !strcmp(file->path + length - 5, ".spbt"))
		fputs(", \"region\": {\"startLine\": 1}", to);
	else if (at < file->size)
		fprintf(to, ", \"region\": {\"byteOffset\": %zu, \"byteLength\": %zu}", at,
			file->size - at < PROGRAM_RECORD_SIZE ? file->size - at
							      : (size_t)PROGRAM_RECORD_SIZE);
}

static void sarif_result(FILE *to, const struct triage *triage, size_t index)
{
	const struct triage_group *group = &triage->groups[index];
	const struct triage_file *file = smallest(triage, group);
	const char *function = strrchr(group->signature, '/');
	bool first;

	fputs("{", to);
	json_member(to, "ruleId", file->verdict.rule, ", ");
	fprintf(to, "\"ruleIndex\": %zu, \"level\": \"error\", \"message\": {",
		rule_index(triage, index, &first));
	json_member(to, "text", file->verdict.message, "},\n       \"locations\": [{");
	fputs("\"physicalLocation\": {\"artifactLocation\": {\"uri\": ", to);
	uri_string(to, file->path);
	putc('}', to);
	sarif_region(to, file);
	putc('}', to);
	if (function && strcmp(function, "/-")) {
		fputs(", \"logicalLocations\": [{", to);
		json_member(to, "name", function + 1, ", \"kind\": \"function\"}]");
	}
	fprintf(to, "}],\n       \"occurrenceCount\": %zu, ", group->count);
	if (triage->known)
		json_member(to, "baselineState", group->known ? "unchanged" : "new", ", ");
	fputs("\"partialFingerprints\": {", to);
	json_member(to, "signature/v1", group->signature, "}}");
}

void triage_sarif(FILE *to, const struct triage *triage)
{
	fputs("{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n"
	      " \"version\": \"2.1.0\",\n \"runs\": [\n  {\"tool\": {\"driver\": {"
	      "\"name\": \"spbfuzz\", ",
	      to);
	json_member(to, "version", triage->version, ", \"rules\": [");
	sarif_rules(to, triage);
	fputs("]}},\n   \"results\": [", to);
	for (size_t i = 0; i < triage->nr_groups; i++) {
		fputs(i ? ",\n      " : "\n      ", to);
		sarif_result(to, triage, i);
	}
	fputs("]}]}\n", to);
}

/* --- GitHub --- */

/* What a workflow command takes for its own syntax is escaped. */
static void github_string(FILE *to, const char *text, const char *syntax)
{
	for (; *text; text++) {
		if (*text == '%' || *text == '\r' || *text == '\n' || strchr(syntax, *text))
			fprintf(to, "%%%02X", (unsigned char)*text);
		else
			putc(*text, to);
	}
}

void triage_github(FILE *to, const struct triage *triage)
{
	for (size_t i = 0; i < triage->nr_groups; i++) {
		const struct triage_group *group = &triage->groups[i];
		const struct triage_file *file = smallest(triage, group);

		fprintf(to, "::%s file=", group->known ? "notice" : "error");
		github_string(to, file->path, ",:");
		fputs(",title=", to);
		github_string(to, group->signature, ",:");
		fputs("::", to);
		github_string(to, file->verdict.message, "");
		fprintf(to, " (%zu files%s)\n", group->count, group->known ? ", known" : "");
	}
}

/* Those of this run, and after them what was known and not seen now. */
void triage_baseline(FILE *to, const struct triage *triage)
{
	fputs("# Signatures that are known: spbfuzz triage --baseline\n", to);
	for (size_t i = 0; i < triage->nr_groups; i++)
		fprintf(to, "%s\n", triage->groups[i].signature);
	for (const char *line = triage->known; line && *line;) {
		size_t end = strcspn(line, "\n");
		bool seen = *line == '#' || !end;

		for (size_t i = 0; i < triage->nr_groups && !seen; i++)
			seen = triage_same_signature(line, end, triage->groups[i].signature);
		if (!seen)
			fprintf(to, "%.*s\n", (int)end, line);
		line += end + (line[end] != '\0');
	}
}
