// SPDX-License-Identifier: GPL-2.0-only
/* The page, and the JSON in it: see export.h. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/text/event_names.h"
#include "fuzz/harness/text/names.h"
#include "fuzz/tool/common/json.h"
#include "fuzz/tool/export/export.h"
#include "spb/gfp.h"

/* A file of the tree as bytes of the program; the Makefile makes the object anew after a change. */
#define EMBED(name, file)                                                                \
	__asm__(".section .rodata\n" #name ":\n.incbin \"fuzz/tool/export/" file "\"\n"   \
		".byte 0\n.previous\n");                                                  \
	extern const char name[] __attribute__((visibility("hidden")))

EMBED(page_template, "page.html");
EMBED(page_style, "page.css");
EMBED(page_state, "page-state.js");
EMBED(page_script, "page.js");

#define FLAG(flag) { #flag, flag }

static const struct {
	const char *name;
	uint32_t mask;
} alloc_flags[] = {
	FLAG(ALLOC_NO_WATERMARKS), FLAG(ALLOC_NON_BLOCK), FLAG(ALLOC_MIN_RESERVE),
	FLAG(ALLOC_CMA), FLAG(ALLOC_NOFRAGMENT), FLAG(ALLOC_HIGHATOMIC), FLAG(ALLOC_KSWAPD),
	FLAG(ALLOC_NOFRAG_TAINTED_OK), FLAG(ALLOC_HIGHORDER_OPTIONAL),
};

static void pair(FILE *to, const char *before, const char *one, const char *other)
{
	fprintf(to, "%s[", before);
	json_string(to, one);
	putc(',', to);
	json_string(to, other);
	putc(']', to);
}

static void table(FILE *to, const char *name, const struct event_name *rows, unsigned int nr)
{
	fprintf(to, ",\n\"%s\":[", name);
	for (unsigned int i = 0; i < nr; i++)
		pair(to, i ? "," : "", rows[i].name, rows[i].meaning);
	putc(']', to);
}

static void flag_names(FILE *to)
{
	char name[64];

	fputs(",\n\"gfp\":{", to);
	for (unsigned int bit = 0; bit < 24; bit++) {
		fprintf(to, "%s\"%u\":", bit ? "," : "", bit);
		json_string(to, gfp_format(1u << bit, name, sizeof(name)));
	}
	fputs("},\n\"allocFlags\":[", to);
	for (unsigned int i = 0; i < sizeof(alloc_flags) / sizeof(alloc_flags[0]); i++)
		fprintf(to, "%s[\"%s\",%u]", i ? "," : "", alloc_flags[i].name,
			alloc_flags[i].mask);
	fputs("],\n\"types\":[", to);
	for (unsigned int type = 0; migratetype_name(type); type++)
		fprintf(to, "%s\"%s\"", type ? "," : "", migratetype_name(type));
	putc(']', to);
}

static void names(FILE *to)
{
	table(to, "steps", step_names, NR_SPB_STEPS);
	table(to, "refusals", refusal_names, NR_SPB_REFUSALS);
	table(to, "relaxes", relax_names, NR_SPB_RELAXES);
	table(to, "events", event_names, NR_SPB_EVENTS);
	flag_names(to);
}

static bool program_text(FILE *to, const struct tool_input *input)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	bool good = memory && text_show(memory, input->bytes, input->size, false);

	if (memory)
		fclose(memory);
	fputs(",\n\"text\":", to);
	json_string(to, good && text ? text : "");
	free(text);
	return good;
}

/* Geometry as the program's header has it. */
static void configuration(FILE *to, const struct page_what *what)
{
	struct program program;

	if (!program_open(&program, what->input->bytes, what->input->size))
		return;
	fprintf(to, ",\n\"cpus\":%u,\"records\":%u,\"mode\":\"%s\"", program.header.cpus,
		program.nr_records, text_schedule_name(program.header.sched_mode));
}

static void death(FILE *to, const struct verdict *verdict)
{
	if (verdict->kind != VERDICT_DIED && verdict->kind != VERDICT_SLOW)
		return;
	fputs(",\n\"died\":{\"rule\":", to);
	json_string(to, verdict->rule);
	fputs(",\"message\":", to);
	json_string(to, verdict->message);
	putc('}', to);
}

/* Lines are members of an array; what a child that died has left of the last one is no line. */
static void log_lines(FILE *to, const char *log)
{
	const char *end;

	fputs(",\n\"log\":[", to);
	for (bool first = true; (end = strchr(log, '\n')); log = end + 1, first = false) {
		fputs(first ? "\n" : ",\n", to);
		fwrite(log, 1, (size_t)(end - log), to);
	}
	fputs("\n]", to);
}

bool page_json(FILE *to, const void *data)
{
	const struct page_what *what = data;

	fputs("{\"format\":1,\"file\":", to);
	json_string(to, what->input->path);
	fprintf(to, ",\"target\":\"%s\",\"allocator\":\"%s\",\"about\":", what->target->name,
		allocator.name);
	json_string(to, what->about);
	configuration(to, what);
	names(to);
	if (!program_text(to, what->input))
		return false;
	fputs(",\n\"report\":", to);
	json_string(to, what->recording->words);
	death(to, &what->recording->verdict);
	log_lines(to, what->recording->log);
	fputs("}\n", to);
	return true;
}

/* In a script element no text may look like its end: < is in strings alone. */
static bool write_data(FILE *to, const void *data)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	bool good = memory && page_json(memory, data);

	if (memory)
		good &= !fclose(memory);
	for (const char *at = text; good && *at; at++) {
		if (*at == '<')
			fputs("\\u003c", to);
		else
			putc(*at, to);
	}
	free(text);
	return good;
}

/* The template has a line @NAME@ for each part. */
bool page_html(FILE *to, const void *data)
{
	static const char *const marks[] = { "@STYLE@", "@STATE@", "@SCRIPT@", "@DATA@" };
	const char *const parts[] = { page_style, page_state, page_script, NULL };
	const char *at = page_template;

	while (*at) {
		unsigned int i = 0;

		while (i < 4 && strncmp(at, marks[i], strlen(marks[i])))
			i++;
		if (i == 4) {
			putc(*at++, to);
			continue;
		}
		if (parts[i])
			fputs(parts[i], to);
		else if (!write_data(to, data))
			return false;
		at += strlen(marks[i]);
	}
	return true;
}
