// SPDX-License-Identifier: GPL-2.0-only
/* Programs in C out of the lines of note_calls.c: for the core alone, and for KUnit. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/text/names.h"
#include "fuzz/tool/export/calls.h"

__asm__(".section .rodata\nreproducer_text:\n.incbin \"fuzz/tool/export/reproducer.in\"\n"
	".byte 0\n.previous\n");
extern const char reproducer_text[] __attribute__((visibility("hidden")));

static const char *const kinds[NR_ROW_KINDS] = {
#define X(id) [ROW_##id] = #id,
	CALL_ROWS(X)
#undef X
};

static const char *const seen_names[] = { "AT_EVENT", "BY_CORE", "AFTERWARDS" };

/* The rest of a line that begins so; NULL for another one. */
static const char *after(const char *line, const char *word)
{
	size_t length = strlen(word);

	return strncmp(line, word, length) ? NULL : line + length;
}

static bool row_of(const char *line, struct call_row *row)
{
	unsigned int depth, cpu, kind, refused;

	if (sscanf(line, "row %u %u %u %u %u %u %u %u %u %u %" SCNu64, &depth, &cpu, &kind,
		   &refused, &row->a, &row->b, &row->c, &row->d, &row->result, &row->events,
		   &row->hash) != 11 || kind >= NR_ROW_KINDS)
		return false;
	row->depth = (uint8_t)depth;
	row->cpu = (uint8_t)cpu;
	row->kind = (uint8_t)kind;
	row->refused = refused;
	return true;
}

/* In a comment, and in a string, nothing may end it. */
static void write_plain(FILE *to, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];
		bool plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';

		if (plain && !(byte == '/' && i && text[i - 1] == '*'))
			putc(byte, to);
		else
			putc('?', to);
	}
}

static void write_string(FILE *to, const char *name, const char *text, size_t length)
{
	fprintf(to, "static const char %s[] = \"", name);
	write_plain(to, text, length);
	fputs("\";\n", to);
}

static void write_zones(FILE *to, const struct spb_config *config)
{
	fputs("\t.zones = {\n", to);
	for (unsigned int node = 0; node < config->nr_nodes; node++)
		for (unsigned int zone = 0; zone < MAX_NR_ZONES; zone++)
			if (config->zones[node][zone].nr_pages)
				fprintf(to, "\t\t[%u][%u] = { %u, %u },\n", node, zone,
					config->zones[node][zone].start_pfn,
					config->zones[node][zone].nr_pages);
	fputs("\t},\n\t.ranges = {\n", to);
	for (unsigned int i = 0; i < config->nr_ranges; i++)
		fprintf(to, "\t\t{ %u, %u, %u },\n", config->ranges[i].start_pfn,
			config->ranges[i].nr_pages, config->ranges[i].kind);
	fputs("\t},\n", to);
}

/* The geometry of the header; its switches are calls. */
static bool write_config(FILE *to, const struct tool_input *input)
{
	struct spb_config config;
	struct program program;

	if (!program_open(&program, input->bytes, input->size))
		return false;
	program.header.switches = 0;
	geometry_config(&program.header, &config);
	fputs("static const struct spb_config config = {\n", to);
#define FIELD(name) fprintf(to, "\t." #name " = %u,\n", config.name)
	FIELD(block_order);
	FIELD(max_order);
	FIELD(pageblocks_per_spb);
	FIELD(nr_nodes);
	FIELD(nr_cpus);
	FIELD(nr_ranges);
	FIELD(pcp_batch);
	FIELD(pcp_high);
	FIELD(wmark_divisor);
	FIELD(lowmem_divisor);
#undef FIELD
	write_zones(to, &config);
	fputs("\t.tunables = {\n", to);
#define X(name, value, text) fprintf(to, "\t\t." #name " = %u,\n", config.tunables.name);
	SPB_TUNABLES(X)
#undef X
	fputs("\t},\n};\n\n", to);
	return true;
}

static void write_end(FILE *to, const char *line)
{
	unsigned int seen = SEEN_AFTERWARDS;
	uint64_t state = 0;
	int used = 0;
	const char *tab, *end = line + strcspn(line, "\n");

	sscanf(line, "end %u %" SCNu64 " %n", &seen, &state, &used);
	tab = strchr(line, '\t');
	if (seen >= NR_CALL_SEEN || !tab)
		return;
	fprintf(to, "static const enum seen broken_seen = %s;\n", seen_names[seen]);
	fprintf(to, "static const u64 broken_state = 0x%" PRIx64 ";\n", state);
	write_string(to, "broken_rule", line + used, (size_t)(tab - line - used));
	write_string(to, "broken_how", tab + 1, (size_t)(end - tab - 1));
}

static void write_row(FILE *to, const struct call_row *r)
{
	char gfp[512];
	bool asks = r->kind == ROW_ALLOC || r->kind == ROW_BULK;
	bool calls = r->kind == ROW_KVMALLOC || r->kind == ROW_VMALLOC || r->kind == ROW_SKB;

	gfp_format(asks ? r->a : r->c, gfp, sizeof(gfp));
	fprintf(to, "\t{ %u, %u, %s, %d, ", r->depth, r->cpu, kinds[r->kind], r->refused);
	if (asks)
		fprintf(to, "%s, %u, %u, %u", gfp, r->b, r->c, r->d);
	else if (calls)
		fprintf(to, "%u, %u, %s, %u", r->a, r->b, gfp, r->d);
	else
		fprintf(to, "%u, %u, %u, %u", r->a, r->b, r->c, r->d);
	fprintf(to, ", %u, %s%u, 0x%" PRIx64 " },\n", r->result,
		r->events == ROW_ANY_EVENTS ? "ANY + 0 * " : "", r->events, r->hash);
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

/* The text of a record, before its calls. Return: is the line one? */
static bool write_text(FILE *to, const char *line)
{
	const char *text = after(line, "op ");

	if (!text)
		return false;
	fputs("\t/* ", to);
	write_plain(to, text, strcspn(text, "\n"));
	fputs(" */\n", to);
	return true;
}

static void write_rows(FILE *to, const char *log)
{
	struct call_row row;

	fputs("static const struct row rows[] = {\n", to);
	for (const char *line = log; *line; line = next_line(line))
		if (!write_text(to, line) && row_of(line, &row))
			write_row(to, &row);
	fputs("};\n\n", to);
	for (const char *line = log; *line; line = next_line(line))
		if (after(line, "end "))
			write_end(to, line);
}

static void write_head(FILE *to, const struct source_what *what, const char *before)
{
	fprintf(to, "%sMade by spbfuzz export of ", before);
	write_plain(to, what->input->path, strlen(what->input->path));
	fprintf(to, ", target %s\n", what->target->name);
}

const char *source_refusal(const struct recording *recording)
{
	if (recording->verdict.kind == VERDICT_DIED || recording->verdict.kind == VERDICT_SLOW)
		return "the process died of it";
	return after(recording->log, "refused ");
}

bool source_c(FILE *to, const void *data)
{
	const struct source_what *what = data;
	const char *at = reproducer_text, *mark = strstr(at, "@HEAD@");

	fwrite(at, 1, (size_t)(mark - at), to);
	write_head(to, what, " * ");
	at = mark + strlen("@HEAD@");
	mark = strstr(at, "@DATA@");
	fwrite(at, 1, (size_t)(mark - at), to);
	if (!write_config(to, what->input))
		return false;
	write_rows(to, what->recording->log);
	fputs(mark + strlen("@DATA@"), to);
	return true;
}

/* --- KUnit --- */

#define MAX_PAGES 4096u

/* Who holds what: the place in page[] of the allocation at a pfn. */
struct held {
	uint32_t pfn[MAX_PAGES];
	unsigned int nr;
};

static int place_of(const struct held *held, uint32_t pfn)
{
	for (unsigned int i = held->nr; i-- > 0;)
		if (held->pfn[i] == pfn)
			return (int)i;
	return -1;
}

static void kunit_alloc(FILE *to, const struct call_row *r, struct held *held)
{
	char gfp[512];

	if (held->nr == MAX_PAGES)
		return;
	fprintf(to, "\tpage[%u] = alloc_pages_node(%u, %s, %u);\n\torder[%u] = %u;\n", held->nr,
		r->c, gfp_format(r->a, gfp, sizeof(gfp)), r->b, held->nr, r->b);
	held->pfn[held->nr++] = r->result;
}

static void kunit_row(FILE *to, const struct call_row *r, struct held *held)
{
	int place;

	switch (r->kind) {
	case ROW_ALLOC:
		kunit_alloc(to, r, held);
		break;
	case ROW_FREE:
		place = place_of(held, r->a);
		if (place < 0 || r->refused) {
			fputs("\t/* frees what it does not hold: left out */\n", to);
			break;
		}
		fprintf(to, "\tif (page[%d])\n\t\t__free_pages(page[%d], %u);\n"
			"\tpage[%d] = NULL;\n", place, place, r->b, place);
		held->pfn[place] = NO_PFN - 1;
		break;
	case ROW_DRAIN:
	case ROW_DRAIN_ALL:
		fputs("\tdrain_all_pages(NULL);\n", to);
		break;
	case ROW_OWNER:
	case ROW_PIN:
		break;
	default:
		fprintf(to, "\t/* %s %u %u %u: a kernel does that by itself */\n", kinds[r->kind],
			r->a, r->b, r->c);
	}
}

static unsigned int nr_allocs(const char *log)
{
	struct call_row row;
	unsigned int nr = 0;

	for (const char *line = log; *line; line = next_line(line))
		if (row_of(line, &row) && row.kind == ROW_ALLOC)
			nr++;
	return nr && nr < MAX_PAGES ? nr : nr ? MAX_PAGES : 1;
}

static void kunit_body(FILE *to, const char *log)
{
	struct held held = { .nr = 0 };
	struct call_row row;

	for (const char *line = log; *line; line = next_line(line))
		if (!write_text(to, line) && row_of(line, &row))
			kunit_row(to, &row, &held);
}

bool source_kunit(FILE *to, const void *data)
{
	const struct source_what *what = data;
	unsigned int nr = nr_allocs(what->recording->log);

	fputs("// SPDX-License-Identifier: GPL-2.0-only\n/*\n", to);
	write_head(to, what, " * ");
	fprintf(to, " *\n * The same calls of a kernel's page allocator: what is wrong is for the "
		"kernel's own checks\n * (CONFIG_DEBUG_VM, CONFIG_DEBUG_LIST, "
		"CONFIG_PROVE_LOCKING) to say. For mm/tests/.\n */\n"
		"#include <kunit/test.h>\n#include <linux/gfp.h>\n#include <linux/mm.h>\n\n"
		"static void spbfuzz_calls(struct kunit *test)\n{\n"
		"\tstatic struct page *page[%u];\n\tstatic unsigned int order[%u];\n\n", nr, nr);
	kunit_body(to, what->recording->log);
	fprintf(to, "\n\tfor (unsigned int i = 0; i < ARRAY_SIZE(page); i++) {\n"
		"\t\tif (!page[i])\n\t\t\tcontinue;\n"
		"\t\tKUNIT_EXPECT_EQ(test, page_to_pfn(page[i]) & ((1ul << order[i]) - 1), 0);\n"
		"\t\t__free_pages(page[i], order[i]);\n\t\tpage[i] = NULL;\n\t}\n}\n\n"
		"static struct kunit_case spbfuzz_cases[] = {\n\tKUNIT_CASE(spbfuzz_calls),\n\t{}\n"
		"};\n\nstatic struct kunit_suite spbfuzz_suite = {\n\t.name = \"spbfuzz\",\n"
		"\t.test_cases = spbfuzz_cases,\n};\nkunit_test_suite(spbfuzz_suite);\n\n"
		"MODULE_DESCRIPTION(\"Calls of the page allocator\");\nMODULE_LICENSE(\"GPL\");\n");
	return true;
}
