// SPDX-License-Identifier: GPL-2.0-only
/* Programs as text: bytes to text, and the names that both directions share. */
#include "fuzz/harness/text/text.h"

#include <stdarg.h>
#include <string.h>

#include "fuzz/harness/program/fields.h"
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

static const char *const switch_names[NR_SWITCHES] = {
#define SWITCH(name, tunable, value) name,
#include "fuzz/harness/program/fields.def"
};

#define SCHED_ACCESSES (1u << (HEADER_AT_accesses - HEADER_AT_schedule))
#define SCHED_ANNOUNCED (1u << (HEADER_AT_announced - HEADER_AT_schedule))

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

const char *text_reach_meaning(unsigned int kind, unsigned int index)
{
	return reach_kinds[kind].names[index].meaning;
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

/* Is it what its bits mean in a record of @op? */
static bool is_meant(enum program_op op, unsigned int id)
{
	if (record_fields[id].use != USE_PLAIN)
		return operation_has(op, id);
	for (unsigned int other = 0; other < NR_FIELDS; other++)
		if (record_fields[other].use != USE_PLAIN && operation_has(op, other) &&
		    field_overlaps(&record_fields[id], &record_fields[other]))
			return false;
	return true;
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

/* Both preemptions of a record run the same interrupt: the first that is one names it. */
static void add_preemption(struct line *line, unsigned int id, const uint8_t *raw)
{
	unsigned int at = field_get(&record_fields[id], raw);
	unsigned int cpu = field_get(&record_fields[id + 1], raw);
	bool irq = field_get(&record_fields[id + 2], raw);

	if (!at && !cpu && !irq)
		return;
	add(line, " %s=%u>", record_fields[id].key, at);
	if (!irq) {
		add(line, "%u", cpu);
		return;
	}
	add(line, "irq");
	if (cpu)
		add(line, "/%u", cpu);
	if (id != FIELD_pre && record_get(raw, pre_irq))
		return;
	add(line, ":");
	add_op(line, (uint8_t)record_get(raw, irq));
}

static void add_interrupt(struct line *line, const uint8_t *raw)
{
	uint8_t opcode = (uint8_t)record_get(raw, irq);

	if (!opcode || record_get(raw, pre_irq) || record_get(raw, pre2_irq))
		return;
	add(line, " irq=");
	add_op(line, opcode);
}

static void add_gfp(struct line *line, uint32_t gfp)
{
	char text[512];

	if (gfp)
		add(line, " gfp=%s", gfp_format(gfp, text, sizeof(text)));
}

static void add_tunable(struct line *line, unsigned int slot)
{
	int tunable = program_tunable((uint8_t)slot);

	if (program_tunable_slot((unsigned int)tunable) == slot)
		add(line, " %s", tunable_name((unsigned int)tunable));
	else
		add(line, " s%u", slot);
}

static void add_setting(struct line *line, unsigned int slot)
{
	if (setting_name(slot))
		add(line, " %s", setting_name(slot));
	else
		add(line, " s%u", slot);
}

static void add_type(struct line *line, unsigned int type)
{
	if (type < TEXT_NR_TYPES)
		add(line, " type=%s", migratetype_name(type));
	else
		add_number(line, record_fields[FIELD_extra].key, type);
}

static bool is_first_of_key(unsigned int id)
{
	return !id || strcmp(record_fields[id].key, record_fields[id - 1].key);
}

static void add_field(struct line *line, enum program_op op, unsigned int id, const uint8_t *raw)
{
	const struct field *field = &record_fields[id];
	uint32_t value = field_get(field, raw);

	switch ((enum field_kind)field->kind) {
	case KIND_SLOT:
		if (value || operation_has(op, id))
			add(line, " s%u", value);
		break;
	case KIND_TUNABLE:
		add_tunable(line, value);
		break;
	case KIND_SETTING:
		add_setting(line, value);
		break;
	case KIND_TYPE:
		add_type(line, value);
		break;
	case KIND_GFP:
		add_gfp(line, value);
		break;
	case KIND_PREEMPTION:
		add_preemption(line, id, raw);
		break;
	case KIND_INTERRUPT:
		add_interrupt(line, raw);
		break;
	case KIND_SPARE_IN_PLACE:
		if (is_first_of_key(id))
			add_number(line, field->key,
				   fields_in_place(record_fields, NR_FIELDS, field, raw));
		break;
	case KIND_NUMBER:
	case KIND_SPARE:
		add_number(line, field->key, value);
		break;
	default:
		break;
	}
}

char *text_record(char *to, const uint8_t raw[PROGRAM_RECORD_SIZE])
{
	uint8_t opcode = (uint8_t)record_get(raw, opcode);
	enum program_op op = program_op_of(opcode);
	struct line line = { to, 0 };

	add_op(&line, opcode);
	for (unsigned int id = 0; id < NR_FIELDS; id++)
		if (is_meant(op, id))
			add_field(&line, op, id, raw);
	return to;
}

/* A table entry by name when the name gives the same byte back, else by number. */
static void show_entry(FILE *to, const char *key, uint8_t value, enum entry_table table)
{
	int entry = entry_of(table, value);

	if (entry < 0)
		fprintf(to, "%s %u # kept for a later version\n", key, value);
	else if (entry_byte(table, (unsigned int)entry) == value)
		fprintf(to, "%s %s\n", key, entry_name(table, (unsigned int)entry));
	else
		fprintf(to, "%s %u # %s\n", key, value, entry_name(table, (unsigned int)entry));
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

static void show_schedule(FILE *to, const uint8_t *raw)
{
	unsigned int mode = header_get(raw, schedule), param = header_get(raw, param);
	uint32_t seed = header_get(raw, seed);

	if (!mode && !param && !seed)
		return;
	if (text_schedule_name(mode))
		fprintf(to, "schedule %s", text_schedule_name(mode));
	else
		fprintf(to, "schedule %u", mode);
	fprintf(to, " param=%u seed=0x%x\n", param, seed);
}

static void show_field(FILE *to, const struct field *field, const uint8_t *raw)
{
	uint32_t value = field_get(field, raw);

	switch ((enum field_kind)field->kind) {
	case KIND_VERSION:
		fprintf(to, "%s %u\n", field->key, TEXT_VERSION);
		break;
	case KIND_CPUS:
		fprintf(to, "%s %u\n", field->key, value + 1);
		break;
	case KIND_GEOMETRY:
		show_entry(to, field->key, (uint8_t)value, ENTRY_GEOMETRY);
		break;
	case KIND_PCP:
		show_entry(to, field->key, (uint8_t)value, ENTRY_PCP);
		break;
	case KIND_WATERMARKS:
		show_entry(to, field->key, (uint8_t)value, ENTRY_WATERMARKS);
		break;
	case KIND_SWITCHES:
		show_bits(to, field->key, value, text_switch_name, NR_SWITCHES);
		break;
	case KIND_GROUPS:
		show_bits(to, field->key, value, program_group_name, NR_GROUPS);
		break;
	case KIND_SCHEDULE:
		show_schedule(to, raw);
		break;
	case KIND_SPARE_IN_PLACE:
		if (value)
			fprintf(to, "%s 0x%x\n", field->key,
				fields_in_place(header_fields, NR_HEADER_FIELDS, field, raw));
		break;
	default:
		break;
	}
}

static void show_header(FILE *to, const uint8_t *raw)
{
	for (unsigned int id = 0; id < NR_HEADER_FIELDS; id++)
		show_field(to, &header_fields[id], raw);
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
		if (operation_is(program_op_of((uint8_t)record_get(raw, opcode)),
				 OPERATION_RESERVED))
			fprintf(to, " # does nothing in this version");
		fputc('\n', to);
	}
	if (size < PROGRAM_HEADER_SIZE || size % PROGRAM_RECORD_SIZE)
		fprintf(to, "size %zu\n", size);
	return true;
}
