// SPDX-License-Identifier: GPL-2.0-only
/* Programs as text: bytes to text, and the names that both directions share. */
#include "fuzz/harness/text/text.h"

#include <stdarg.h>
#include <string.h>

#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/text/event_names.h"
#include "fuzz/harness/text/names.h"
#include "fuzz/harness/rule/rule.h"
#include "spb/event.h"

static const struct event_name promise_rows[NR_PROMISES] = {
	[PROMISE_KEPT] = { "kept", "a smaller retry is served, and taints nothing", NULL, NULL },
#define PROMISE(id, name, meaning) [PROMISE_##id] = { name, meaning, NULL, NULL },
#include "fuzz/harness/rule/rules.def"
};

static const struct {
	const char *kind;
	const struct event_name *names;
	unsigned int entries;
} reach_kinds[NR_REACH_KINDS] = {
	[REACH_STEP] = { "step", step_names, NR_SPB_STEPS },
	[REACH_REFUSAL] = { "refusal", refusal_names, NR_SPB_REFUSALS },
	[REACH_RELAX] = { "relax", relax_names, NR_SPB_RELAXES },
	[REACH_EVENT] = { "event", event_names, NR_SPB_EVENTS },
	[REACH_PROMISE] = { "promise", promise_rows, NR_PROMISES },
};

static const char *const switch_names[] = {
	"defrag", "relax-all", "kvmalloc-noretry", "optional-any", "no-refusal",
	"keeps-promise",
};

static const char *const schedule_names[] = {
	[SCHED_ANCHORED] = "anchored",
	[SCHED_RANDOM_WALK] = "random-walk",
	[SCHED_PCT] = "pct",
	[SCHED_STARVE] = "starve",
	[SCHED_ANCHORED | SCHED_ACCESSES] = "access-anchored",
	[SCHED_RANDOM_WALK | SCHED_ACCESSES] = "access-random-walk",
	[SCHED_PCT | SCHED_ACCESSES] = "access-pct",
	[SCHED_STARVE | SCHED_ACCESSES] = "access-starve",
	/* Without accesses, which of them count is no matter. */
	[SCHED_ANCHORED | SCHED_ANNOUNCED] = "8",
	[SCHED_RANDOM_WALK | SCHED_ANNOUNCED] = "9",
	[SCHED_PCT | SCHED_ANNOUNCED] = "10",
	[SCHED_STARVE | SCHED_ANNOUNCED] = "11",
	[SCHED_ANCHORED | SCHED_ACCESSES | SCHED_ANNOUNCED] = "announced-anchored",
	[SCHED_RANDOM_WALK | SCHED_ACCESSES | SCHED_ANNOUNCED] = "announced-random-walk",
	[SCHED_PCT | SCHED_ACCESSES | SCHED_ANNOUNCED] = "announced-pct",
	[SCHED_STARVE | SCHED_ACCESSES | SCHED_ANNOUNCED] = "announced-starve",
};

const char *text_reach_kind_name(unsigned int kind)
{
	return kind < NR_REACH_KINDS ? reach_kinds[kind].kind : NULL;
}

const char *text_reach_name(unsigned int kind, unsigned int index)
{
	return index < reach_kinds[kind].entries ? reach_kinds[kind].names[index].name : NULL;
}

const char *text_event_detail(const struct spb_event *event)
{
	switch (event->type) {
	case SPB_EV_ALLOC:
		return text_reach_name(REACH_STEP, event->step);
	case SPB_EV_REFUSE:
		return text_reach_name(REACH_REFUSAL, event->arg);
	case SPB_EV_RELAX:
		return text_reach_name(REACH_RELAX, event->arg);
	default:
		return NULL;
	}
}

const char *text_switch_name(unsigned int bit)
{
	return bit < ARRAY_SIZE(switch_names) ? switch_names[bit] : NULL;
}

const char *text_schedule_name(unsigned int mode)
{
	return mode < ARRAY_SIZE(schedule_names) ? schedule_names[mode] : NULL;
}

static bool op_has_slot(enum program_op op)
{
	switch (op) {
	case OP_alloc:
	case OP_free:
	case OP_free_order:
	case OP_free_again:
	case OP_bulk:
	case OP_split_free:
	case OP_kvmalloc:
	case OP_vmalloc:
	case OP_skb:
	case OP_pin:
	case OP_free_step:
	case OP_contig:
	case OP_contig_free:
	case OP_alloc_mask:
	case OP_split_bad:
		return true;
	default:
		return false;
	}
}

static bool op_has_zone(enum program_op op)
{
	switch (op) {
	case OP_reclaim:
	case OP_compact:
	case OP_evacuate:
	case OP_contig:
	case OP_can_serve:
	case OP_has_free:
		return true;
	default:
		return false;
	}
}

static bool op_has_type(enum program_op op)
{
	return op == OP_evacuate || op == OP_can_serve;
}

/* A line under construction. */
struct line {
	char *to;
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line->to + line->used, TEXT_LINE - line->used, format, args);
	va_end(args);
	line->used += (size_t)len;
	if (line->used >= TEXT_LINE)
		line->used = TEXT_LINE - 1;
}

static void add_number(struct line *line, const char *key, unsigned int value)
{
	if (value)
		add(line, " %s=%u", key, value);
}

/* "alloc", or "alloc@0x05" when the byte is not the operation's first. */
static void add_op(struct line *line, uint8_t opcode)
{
	enum program_op op = program_op_of(opcode);

	add(line, "%s", program_op_name(op));
	if (opcode != program_opcode(op))
		add(line, "@0x%02x", opcode);
}

static void add_slot(struct line *line, enum program_op op, uint8_t slot)
{
	if (op == OP_tunable && tunable_name(slot))
		add(line, " %s", tunable_name(slot));
	else if (slot || op_has_slot(op) || op == OP_tunable)
		add(line, " s%u", slot);
}

static void add_state(struct line *line, const uint8_t *raw)
{
	add_number(line, "unmovable", raw[4]);
	add_number(line, "reclaimable", raw[5]);
	add_number(line, "movable", raw[6]);
	add_number(line, "free", raw[7]);
	add_number(line, "zone", raw[8]);
	add_number(line, "seed", raw[9]);
}

static void add_request(struct line *line, enum program_op op, const uint8_t *raw)
{
	uint32_t gfp = raw[4] | raw[5] << 8 | raw[6] << 16 | (uint32_t)raw[7] << 24;
	unsigned int arg = raw[8] | raw[9] << 8;
	char text[512];

	if (gfp)
		add(line, " gfp=%s", gfp_format(gfp, text, sizeof(text)));
	add_number(line, op_has_zone(op) ? "zone" : "arg", arg);
}

static void add_preempts(struct line *line, const uint8_t *raw)
{
	bool irq_op_shown = false;

	for (unsigned int i = 0; i < 2; i++) {
		unsigned int at = raw[10 + 2 * i] | raw[11 + 2 * i] << 8;
		unsigned int cpu = raw[14] >> 4 * i & 3;
		bool irq = raw[14] >> (4 * i + 2) & 1;

		if (!at && !cpu && !irq)
			continue;
		add(line, " pre%s=%u>", i ? "2" : "", at);
		if (!irq) {
			add(line, "%u", cpu);
			continue;
		}
		add(line, "irq");
		if (cpu)
			add(line, "/%u", cpu);
		if (irq_op_shown)
			continue;
		add(line, ":");
		add_op(line, raw[15]);
		irq_op_shown = true;
	}
	if (raw[15] && !irq_op_shown) {
		add(line, " irq=");
		add_op(line, raw[15]);
	}
}

char *text_record(char *to, const uint8_t raw[PROGRAM_RECORD_SIZE])
{
	enum program_op op = program_op_of(raw[0]);
	const char *type = migratetype_name(raw[3] >> 4);
	struct line line = { to, 0 };

	add_op(&line, raw[0]);
	add_slot(&line, op, raw[2]);
	add_number(&line, "order", raw[3] & 0xf);
	if (op_has_type(op) && raw[3] >> 4 < TEXT_NR_TYPES)
		add(&line, " type=%s", type);
	else
		add_number(&line, "extra", raw[3] >> 4);
	if (op == OP_age)
		add_state(&line, raw);
	else
		add_request(&line, op, raw);
	add_number(&line, "cpu", raw[1] & 3);
	add_number(&line, "node", raw[1] >> 2 & 3);
	add_preempts(&line, raw);
	add_number(&line, "spare", raw[1] >> 4);
	add_number(&line, "spare14", raw[14] & 0x88);
	return to;
}

/* A table entry by name when the name gives the same byte back, else by number. */
static void show_entry(FILE *to, const char *key, uint8_t value, const char *name, int index)
{
	if (index == value)
		fprintf(to, "%s %s\n", key, name);
	else
		fprintf(to, "%s %u # %s\n", key, value, name);
}

static void show_bits(FILE *to, const char *key, uint32_t bits, const char *(*name)(unsigned int),
		      unsigned int names)
{
	if (!bits)
		return;
	fputs(key, to);
	for (unsigned int bit = 0; bit < names; bit++) {
		if (bits >> bit & 1)
			fprintf(to, " %s", name(bit));
		bits &= ~(1u << bit);
	}
	if (bits)
		fprintf(to, " 0x%x", bits);
	fputc('\n', to);
}

static void show_header(FILE *to, const uint8_t *raw)
{
	uint32_t swarm = raw[4] | raw[5] << 8 | raw[6] << 16 | (uint32_t)raw[7] << 24;
	uint32_t seed = raw[12] | raw[13] << 8 | raw[14] << 16 | (uint32_t)raw[15] << 24;
	const char *geometry = geometry_name(raw[1]);
	const char *pcp = pcp_profile_name(raw[3]);
	const char *watermarks = watermark_profile_name(raw[8]);

	fprintf(to, "spbt 1\n");
	show_entry(to, "geometry", raw[1], geometry, geometry_index(geometry));
	fprintf(to, "cpus %u\n", (raw[2] & 3) + 1);
	show_entry(to, "pcp", raw[3], pcp, pcp_profile_index(pcp));
	show_entry(to, "watermarks", raw[8], watermarks, watermark_profile_index(watermarks));
	show_bits(to, "switches", raw[9], text_switch_name, ARRAY_SIZE(switch_names));
	show_bits(to, "without", swarm, program_group_name, NR_GROUPS);
	if (raw[10] || raw[11] || seed) {
		if (text_schedule_name(raw[10]))
			fprintf(to, "schedule %s", text_schedule_name(raw[10]));
		else
			fprintf(to, "schedule %u", raw[10]);
		fprintf(to, " param=%u seed=0x%x\n", raw[11], seed);
	}
	if (raw[2] & ~3)
		fprintf(to, "spare 0x%x\n", raw[2] & ~3);
	fputc('\n', to);
}

bool text_show(FILE *to, const uint8_t *data, size_t size, bool numbered)
{
	uint8_t raw[PROGRAM_HEADER_SIZE] = { 0 };
	size_t at = size < sizeof(raw) ? size : sizeof(raw);
	unsigned int n = 0;
	char line[TEXT_LINE];

	if (!size || data[0] != PROGRAM_VERSION)
		return false;
	memcpy(raw, data, at);
	show_header(to, raw);
	for (; at < size; at += PROGRAM_RECORD_SIZE, n++) {
		size_t left = size - at;

		memset(raw, 0, sizeof(raw));
		memcpy(raw, data + at, left < sizeof(raw) ? left : sizeof(raw));
		if (n == PROGRAM_MAX_RECORDS)
			fprintf(to, "# the records from here on are not run\n");
		fprintf(to, "%s", text_record(line, raw));
		if (numbered)
			fprintf(to, " # %u", n);
		fputc('\n', to);
	}
	if (size < PROGRAM_HEADER_SIZE || size % PROGRAM_RECORD_SIZE)
		fprintf(to, "size %zu\n", size);
	return true;
}
