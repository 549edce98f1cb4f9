// SPDX-License-Identifier: GPL-2.0-only
/* What the names in a program mean: see format.h. */
#include "fuzz/tool/format/format.h"

#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/text/event_names.h"
#include "fuzz/harness/text/names.h"
#include "fuzz/harness/text/text.h"

/* --- the header --- */

static unsigned int pages_of(const struct spb_config *config, unsigned int node)
{
	unsigned int pages = 0;

	for (unsigned int type = 0; type < MAX_NR_ZONES; type++)
		pages += config->zones[node][type].nr_pages;
	return pages;
}

/* "256 + 768": pages of the zones, nodes apart. */
static void print_zones(FILE *to, const struct spb_config *config)
{
	for (unsigned int node = 0; node < config->nr_nodes; node++) {
		const char *gap = "";

		if (node)
			fputs(", ", to);
		for (unsigned int type = 0; pages_of(config, node) && type < MAX_NR_ZONES; type++) {
			if (!config->zones[node][type].nr_pages)
				continue;
			fprintf(to, "%s%u", gap, config->zones[node][type].nr_pages);
			gap = " + ";
		}
	}
}

static void print_geometries(FILE *to)
{
	struct program_header header = { .cpus = 1 };

	fputs("## Geometries\n\n"
	      "| byte | name | pages of the zones, nodes apart | of a pageblock "
	      "| pageblocks of a superpageblock | largest order | holes, reserved, CMA |\n"
	      "|---|---|---|---|---|---|---|\n", to);
	for (unsigned int i = 0; i < entry_nr(ENTRY_GEOMETRY); i++) {
		struct spb_config config;

		header.geometry = entry_byte(ENTRY_GEOMETRY, i);
		geometry_config(&header, &config);
		fprintf(to, "| %u | `%s` | ", header.geometry, entry_name(ENTRY_GEOMETRY, i));
		print_zones(to, &config);
		fprintf(to, " | %u | %u | %u | %u |\n", 1u << config.block_order,
			config.pageblocks_per_spb, config.max_order, config.nr_ranges);
	}
	fputc('\n', to);
}

static void print_profiles(FILE *to)
{
	struct program_header header = { .cpus = 1 };
	struct spb_config config;

	fputs("## Profiles\n\n"
	      "Of the per-CPU lists (`pcp`): pages that are moved at once, pages that a list "
	      "keeps.\n\n"
	      "| byte | name | batch | high |\n"
	      "|---|---|---|---|\n", to);
	for (unsigned int i = 0; i < entry_nr(ENTRY_PCP); i++) {
		header.pcp = entry_byte(ENTRY_PCP, i);
		geometry_config(&header, &config);
		fprintf(to, "| %u | `%s` | %u | %u |\n", header.pcp, entry_name(ENTRY_PCP, i),
			config.pcp_batch, config.pcp_high);
	}
	header.pcp = 0;
	fputs("\nOf the watermarks: the share of a zone that is its watermark, and that other "
	      "zones leave it;\n0 = none. And how superpageblocks are chosen: "
	      "[specification.md](specification.md), S17.\n\n"
	      "| byte | name | watermark, 1 / | lowmem reserve, 1 / | chooser |\n"
	      "|---|---|---|---|---|\n", to);
	for (unsigned int i = 0; i < entry_nr(ENTRY_WATERMARKS); i++) {
		header.watermarks = entry_byte(ENTRY_WATERMARKS, i);
		geometry_config(&header, &config);
		fprintf(to, "| %u | `%s` | %u | %u | %s |\n", header.watermarks,
			entry_name(ENTRY_WATERMARKS, i), config.wmark_divisor,
			config.lowmem_divisor,
			geometry_chooser_name(config.chooser));
	}
	fputc('\n', to);
}

static void print_switches(FILE *to)
{
	unsigned int bit = 0, mode = 0;

	fputs("## Switches, groups, schedules\n\n| bit | of `switches` | sets the tunable |\n"
	      "|---|---|---|\n", to);
#define SWITCH(name, tunable, value) \
	fprintf(to, "| %u | `%s` | `%s` to %u |\n", bit++, name, #tunable, value);
#include "fuzz/harness/program/fields.def"
	fputs("\n| bit | of `without` | operations |\n|---|---|---|\n", to);
	for (unsigned int group = 0; group < NR_GROUPS; group++)
		fprintf(to, "| %u | `%s` | %s |\n", group, program_group_name(group),
			program_group_meaning(group));
	fputs("\n| value | `schedule` |\n|---|---|\n", to);
	for (const char *name; (name = text_schedule_name(mode)); mode++)
		fprintf(to, "| %u | `%s` |\n", mode, name);
	fputs("\nanchored: preemptions of the records alone. random-walk, pct, starve: chosen by "
	      "seed and\nparameter, see [scheduler.md](scheduler.md). access-: each memory access "
	      "of the allocator\nis a point, too. announced-: of these, READ_ONCE, WRITE_ONCE and "
	      "atomics alone.\n\n", to);
}

static void print_tunables(FILE *to)
{
	static const struct {
		const char *name, *meaning;
		unsigned int value;
	} tunables[] = {
#define X(name, value, text) { #name, text, value },
		SPB_TUNABLES(X)
#undef X
	};

	fputs("## Tunables\n\n| slot | name | at first | what |\n|---|---|---|---|\n", to);
	for (unsigned int i = 0; i < NR_SPB_TUNABLES; i++)
		fprintf(to, "| %u | `%s` | %u | %s |\n", program_tunable_slot(i), tunables[i].name,
			tunables[i].value, tunables[i].meaning);
	fputs("\nA value is `arg % 2` for those before `reserve_min`, `arg % 3` for "
	      "`refusal_keeps_promise`,\n`arg % 64` for the others.\n\n", to);
}

static void print_settings(FILE *to)
{
	fputs("## Numbers of a configuration\n\n"
	      "What the target `boot` starts from are the configuration of the header and, in\n"
	      "their order, all records of `boot_zone`, `boot_range` and `boot_set`, wherever\n"
	      "they stand.\n\n"
	      "| slot | name |\n|---|---|\n", to);
	for (unsigned int i = 0; setting_name(i); i++)
		fprintf(to, "| %u | `%s` |\n", i, setting_name(i));
	fputs("\nA value is cut to the size of its field.\n\n", to);
}

/* --- what is reached --- */

static void print_kind(FILE *to, unsigned int kind, const char *what)
{
	const char *name;

	fprintf(to, "`%s:`, %s:\n\n| name | what |\n|---|---|\n", text_reach_kind_name(kind),
		what);
	for (unsigned int i = 0; (name = text_reach_name(kind, i)); i++)
		fprintf(to, "| `%s` | %s |\n", name, text_reach_meaning(kind, i));
	fputc('\n', to);
}

static void print_events(FILE *to)
{
	fputs("`event:`, what the allocator tells. Fields without a column here are those of the\n"
	      "page, pageblock or request that the event is about.\n\n"
	      "| name | what | `arg` | `arg2` |\n|---|---|---|---|\n", to);
	for (unsigned int i = 0; i < NR_SPB_EVENTS; i++)
		fprintf(to, "| `%s` | %s | %s | %s |\n", event_names[i].name,
			event_names[i].meaning, event_names[i].arg, event_names[i].arg2);
	fputc('\n', to);
}

static void print_contracts(FILE *to)
{
	fputs("## Contracts\n\n"
	      "A call that breaks one is refused before anything has changed; one that breaks\n"
	      "several, under the first of them.\n\n"
	      "| name | what |\n|---|---|\n", to);
	for (unsigned int i = SPB_RULE_NONE + 1; i < NR_SPB_RULES; i++)
		fprintf(to, "| `%s` | %s |\n", contract_names[i].name, contract_names[i].meaning);
}

void format_names(FILE *to)
{
	print_geometries(to);
	print_profiles(to);
	print_switches(to);
	print_tunables(to);
	print_settings(to);
	fputs("## What `reaches:` can name\n\n", to);
	print_kind(to, REACH_STEP, "where a page came from, in the order of the search");
	print_kind(to, REACH_REFUSAL, "why a zone, a step or a request was refused");
	print_kind(to, REACH_RELAX, "what the relax sequence decided");
	print_kind(to, REACH_PROMISE, "what came of a refusal for a smaller retry");
	print_events(to);
	print_contracts(to);
}
