// SPDX-License-Identifier: GPL-2.0-only
/* spbfuzz rules: what can be broken, and the tables of docs/rules.md. */
#include "fuzz/tool/common/tool.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/rule/rule.h"
#include "fuzz/tool/common/json.h"
#include "fuzz/tool/common/options.h"

static const char usage[] =
	"usage: spbfuzz rules [options]\n"
	"List the rules that can be broken, by group: what RULES=, and --only of other commands,\n"
	"take. What is left out by SPBFUZZ_RULES or --only is not listed.\n"
	"      --only LIST  groups (safety, books, policy, conformance) and rules; -NAME leaves\n"
	"                   one out\n"
	"      --docs FILE  write the tables of FILE, which is docs/rules.md, anew\n"
	"  -j, --json       print JSON\n"
	"  -h, --help       print this\n";

bool tool_only(const char *list)
{
	return !list || rules_select(list, stderr);
}

static void print_list(void)
{
	for (unsigned int group = 0; group < GROUP_HARNESS; group++)
		for (unsigned int i = 0; i < NR_RULES; i++)
			if (rules[i].group == group && rule_is_on(i))
				printf("%-12s %-22s %s [%s]\n", rule_groups[group], rules[i].name,
				       rules[i].meaning, rules[i].source);
}

static void json_member(const char *name, const char *value, const char *after)
{
	printf("\"%s\": ", name);
	json_string(stdout, value);
	fputs(after, stdout);
}

static void print_json(void)
{
	const char *before = "[";

	for (unsigned int i = 0; i < NR_RULES; i++) {
		if (rules[i].group == GROUP_HARNESS || !rule_is_on(i))
			continue;
		printf("%s\n {", before);
		json_member("rule", rules[i].name, ", ");
		json_member("group", rule_groups[rules[i].group], ", ");
		json_member("meaning", rules[i].meaning, ", ");
		json_member("source", rules[i].source, ", ");
		json_member("checked", rules[i].when, "}");
		before = ",";
	}
	printf("]\n");
}

/* --- docs/rules.md: what stands between two marks --- */

static const char end_mark[] = "<!-- end of the table -->\n";

static const char *const section_names[NR_RULE_SECTIONS] = {
#define SECTION(id) [SECTION_##id] = #id,
#include "fuzz/harness/rule/rules.def"
};

static void write_table(FILE *to, enum rule_section section)
{
	fprintf(to, "| rule | meaning | source | checked | group |\n|---|---|---|---|---|\n");
	for (unsigned int i = 0; i < NR_RULES; i++)
		if (rule_section(&rules[i]) == section)
			fprintf(to, "| `%s` | %s | %s | %s | %s |\n", rules[i].name,
				rules[i].meaning, rules[i].source, rules[i].when,
				rule_groups[rules[i].group]);
}

/* The tables stand in the order of rules.def. */
bool rules_docs(FILE *to, const char *text)
{
	for (unsigned int section = 0; section < NR_RULE_SECTIONS; section++) {
		const char *at, *end;
		char mark[64];

		snprintf(mark, sizeof(mark), "<!-- %s of rules.def -->\n", section_names[section]);
		at = strstr(text, mark);
		end = at ? strstr(at, end_mark) : NULL;
		if (!end)
			return false;
		at += strlen(mark);
		fwrite(text, 1, (size_t)(at - text), to);
		write_table(to, section);
		text = end;
	}
	fputs(text, to);
	return true;
}

static bool write_docs(FILE *to, const void *text)
{
	return rules_docs(to, text);
}

static int rewrite(const char *path)
{
	char *text = NULL;
	bool good;

	if (!tool_read_text(path, &text))
		return STATUS_ERROR;
	good = tool_write_form(path, write_docs, text);
	free(text);
	return good ? STATUS_GOOD : tool_complain("%s: the marks of the tables are missing", path);
}

int cmd_rules(int argc, char **argv)
{
	const char *only = NULL, *docs = NULL;
	bool json = false;
	const struct tool_option options[] = {
		{ 0, "only", .text = &only },
		{ 0, "docs", .text = &docs },
		{ 'j', "json", .flag = &json },
		{ 0 },
	};
	int status = tool_options(argc, argv, usage, options);

	if (status >= 0)
		return status;
	if (!tool_only(only))
		return STATUS_ERROR;
	if (optind != argc)
		return tool_usage(usage, '?');
	if (docs)
		return rewrite(docs);
	if (json)
		print_json();
	else
		print_list();
	return STATUS_GOOD;
}
