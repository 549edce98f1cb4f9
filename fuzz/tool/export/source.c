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
	FIELD(chooser);
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

#define MAX_PLACES 4096u

/* Who holds what: the place in held[] of the pages at a pfn. */
struct held {
	struct {
		uint32_t pfn, order;
	} at[MAX_PLACES];
	unsigned int nr;
};

static int place_of(const struct held *held, uint32_t pfn, uint32_t order)
{
	for (unsigned int i = held->nr; i-- > 0;)
		if (held->at[i].pfn == pfn && held->at[i].order == order)
			return (int)i;
	return -1;
}

static void hold(struct held *held, uint32_t pfn, uint32_t order)
{
	held->at[held->nr].pfn = pfn;
	held->at[held->nr++].order = order;
}

static void kunit_alloc(FILE *to, const struct call_row *r, struct held *held)
{
	char gfp[512];

	if (held->nr == MAX_PLACES)
		return;
	fprintf(to, "\theld[%u] = (struct held){ alloc_pages_node(%u, %s, %u), %u, "
		"false };\n", held->nr, r->c, gfp_format(r->a, gfp, sizeof(gfp)), r->b, r->b);
	hold(held, r->result, r->b);
}

static void kunit_free(FILE *to, const struct call_row *r, struct held *held)
{
	int place = place_of(held, r->a, r->b);

	if (place < 0 || r->refused) {
		fputs("\t/* frees what it does not hold: left out */\n", to);
		return;
	}
	fprintf(to, "\tgive_back(%d);\n", place);
	held->at[place].pfn = NO_PFN - 1;
}

/* A kernel splits into single pages: parts that are larger are some of these. */
static void kunit_split(FILE *to, const struct call_row *r, struct held *held)
{
	int place = place_of(held, r->a, r->b);
	uint32_t parts = r->c < r->b ? 1u << (r->b - r->c) : 0;

	if (place < 0 || r->refused || r->result || !parts || parts > MAX_PLACES - held->nr) {
		fputs("\t/* splits what a kernel would not: left out */\n", to);
		return;
	}
	fprintf(to, "\tsplit(%d, %u, %u);\n", place, held->nr, r->c);
	held->at[place].pfn = NO_PFN - 1;
	for (uint32_t i = 0; i < parts; i++)
		hold(held, r->a + (i << r->c), r->c);
}

static void kunit_row(FILE *to, const struct call_row *r, struct held *held)
{
	switch (r->kind) {
	case ROW_ALLOC:
		kunit_alloc(to, r, held);
		break;
	case ROW_FREE:
		kunit_free(to, r, held);
		break;
	case ROW_SPLIT:
		kunit_split(to, r, held);
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

/* Return: how many places it takes. */
static unsigned int kunit_body(FILE *to, const char *log)
{
	struct held held = { .nr = 0 };
	struct call_row row;

	for (const char *line = log; *line; line = next_line(line))
		if (!write_text(to, line) && row_of(line, &row))
			kunit_row(to, &row, &held);
	return held.nr;
}

static const char kunit_begin[] =
	"#include <kunit/test.h>\n#include <linux/gfp.h>\n#include <linux/mm.h>\n\n"
	"static struct held {\n\tstruct page *page;\n\tunsigned int order;\n"
	"\tbool split; /* each of its pages has a reference of its own */\n} held[%u];\n\n"
	"static void give_back(unsigned int at)\n{\n\tstruct held it = held[at];\n\n"
	"\theld[at].page = NULL;\n\tif (it.page && !it.split)\n"
	"\t\t__free_pages(it.page, it.order);\n"
	"\telse if (it.page)\n\t\tfor (unsigned int i = 0; i < 1u << it.order; i++)\n"
	"\t\t\t__free_pages(it.page + i, 0);\n}\n\n"
	"/* Its parts are held from place to on. */\n"
	"static void __maybe_unused split(unsigned int at, unsigned int to, unsigned int order)\n"
	"{\n\tstruct held it = held[at];\n\n\tif (!it.page)\n\t\treturn;\n\tif (!it.split)\n"
	"\t\tsplit_page(it.page, it.order);\n\theld[at].page = NULL;\n"
	"\tfor (unsigned int i = 0; i < 1u << (it.order - order); i++)\n"
	"\t\theld[to + i] = (struct held){ it.page + (i << order), order, true };\n}\n\n"
	"static void spbfuzz_calls(struct kunit *test)\n{\n";

static const char kunit_end[] =
	"\n\tfor (unsigned int i = 0; i < ARRAY_SIZE(held); i++) {\n"
	"\t\tif (!held[i].page)\n\t\t\tcontinue;\n"
	"\t\tKUNIT_EXPECT_EQ(test, page_to_pfn(held[i].page) & ((1ul << held[i].order) - 1), 0);\n"
	"\t\tgive_back(i);\n\t}\n}\n\n"
	"static struct kunit_case spbfuzz_cases[] = {\n\tKUNIT_CASE(spbfuzz_calls),\n\t{}\n"
	"};\n\nstatic struct kunit_suite spbfuzz_suite = {\n\t.name = \"spbfuzz\",\n"
	"\t.test_cases = spbfuzz_cases,\n};\nkunit_test_suite(spbfuzz_suite);\n\n"
	"MODULE_DESCRIPTION(\"Calls of the page allocator\");\nMODULE_LICENSE(\"GPL\");\n";

bool source_kunit(FILE *to, const void *data)
{
	const struct source_what *what = data;
	char *body = NULL;
	size_t length = 0;
	FILE *calls = open_memstream(&body, &length);
	unsigned int nr;

	if (!calls)
		return false;
	nr = kunit_body(calls, what->recording->log);
	if (fclose(calls)) {
		free(body);
		return false;
	}
	fputs("// SPDX-License-Identifier: GPL-2.0-only\n/*\n", to);
	write_head(to, what, " * ");
	fprintf(to, " *\n * The same calls of a kernel's page allocator: what is wrong is for the "
		"kernel's own checks\n * (CONFIG_DEBUG_VM, CONFIG_DEBUG_LIST, "
		"CONFIG_PROVE_LOCKING) to say. For mm/tests/.\n */\n");
	fprintf(to, kunit_begin, nr ? nr : 1);
	fwrite(body, 1, length, to);
	free(body);
	fputs(kunit_end, to);
	return true;
}
