// SPDX-License-Identifier: GPL-2.0-only
/* Programs as text: the directives. */
#include "fuzz/harness/text/text_parse.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/program/geometry.h"
#include "spb/config.h"

bool text_fail(struct parser *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->error->message, sizeof(p->error->message), format, args);
	va_end(args);
	return false;
}

bool text_number(struct parser *p, const char *text, unsigned long max, unsigned long *value)
{
	bool digit = text && *text >= '0' && *text <= '9';
	char *end;

	if (!digit)
		return text_fail(p, "a number is needed, not '%s'", text ? text : "");
	*value = strtoul(text, &end, strncmp(text, "0x", 2) ? 10 : 16);
	if (*end)
		return text_fail(p, "'%s' is not a number", text);
	if (*value > max)
		return text_fail(p, "%s is too large: at most %lu", text, max);
	return true;
}

bool text_spare(struct parser *p, const struct field *fields, unsigned int nr,
		const struct field *field, uint8_t *raw, const char *text)
{
	unsigned long value, all = 0;

	for (unsigned int i = 0; i < nr; i++)
		if (!strcmp(fields[i].key, field->key))
			all |= (unsigned long)field_max(&fields[i]) << fields[i].at % 8;
	if (!text_number(p, text, UINT8_MAX, &value))
		return false;
	if (value & ~all)
		return text_fail(p, "%s has the bits of %#lx only", field->key, all);
	for (unsigned int i = 0; i < nr; i++)
		if (!strcmp(fields[i].key, field->key))
			field_put(&fields[i], raw, (uint32_t)(value >> fields[i].at % 8));
	return true;
}

/* A value of the field: by @found where the word is none but a name, else a number. */
static bool take_value(struct parser *p, const struct field *field, const char *word, int found)
{
	unsigned long value = (unsigned long)found;

	if (text_is_number(word) && !text_number(p, word, field_max(field), &value))
		return false;
	field_put(field, p->to, (uint32_t)value);
	return true;
}

static bool take_entry(struct parser *p, const struct field *field, const char *word,
		       enum entry_table table)
{
	int entry;

	if (!word)
		return text_fail(p, "a name is missing");
	entry = text_is_number(word) ? 0 : entry_index(table, word);
	if (entry < 0)
		return text_fail(p, "'%s' is unknown; the first is '%s' of %u", word,
				 entry_name(table, 0), entry_nr(table));
	return take_value(p, field, word, entry_byte(table, (unsigned int)entry));
}

static bool take_bits(struct parser *p, const struct field *field, char *rest, unsigned int names,
		      const char *(*name)(unsigned int))
{
	unsigned long bits = 0, value;

	for (char *word; (word = strtok_r(NULL, BLANKS, &rest));) {
		unsigned int bit = 0;

		if (text_is_number(word)) {
			if (!text_number(p, word, field_max(field), &value))
				return false;
			bits |= value;
			continue;
		}
		while (bit < names && strcmp(name(bit), word))
			bit++;
		if (bit == names)
			return text_fail(p, "'%s' is not known here", word);
		bits |= 1ul << bit;
	}
	field_put(field, p->to, (uint32_t)bits);
	return true;
}

/* "param=3": a part of the schedule. */
static bool take_part(struct parser *p, char *word)
{
	char *text = strchr(word, '=');
	unsigned long value;

	if (text)
		*text++ = 0;
	for (unsigned int id = 0; text && id < NR_HEADER_FIELDS; id++) {
		const struct field *field = &header_fields[id];

		if (field->use != USE_PART || !field->key[0] || strcmp(field->key, word))
			continue;
		if (!text_number(p, text, field_max(field), &value))
			return false;
		field_put(field, p->to, (uint32_t)value);
		return true;
	}
	return text_fail(p, "'%s' is neither param= nor seed=", word);
}

static bool take_schedule(struct parser *p, const struct field *field, char *rest)
{
	char *word = strtok_r(NULL, BLANKS, &rest);
	unsigned int mode = 0;

	if (!word)
		return text_fail(p, "a schedule mode is missing");
	while (!text_is_number(word) && text_schedule_name(mode) &&
	       strcmp(text_schedule_name(mode), word))
		mode++;
	if (!text_schedule_name(mode))
		return text_fail(p, "'%s' is no schedule mode", word);
	if (!take_value(p, field, word, (int)mode))
		return false;
	while ((word = strtok_r(NULL, BLANKS, &rest)))
		if (!take_part(p, word))
			return false;
	return true;
}

static bool take_reach(struct parser *p, char *word)
{
	char *name = strchr(word, ':');
	unsigned int kind = 0, index = 0;
	const char *known;

	if (!name)
		return text_fail(p, "'%s' needs a kind: step:, refusal:, relax:, promise:, event:",
				 word);
	*name++ = 0;
	while ((known = text_reach_kind_name(kind)) && strcmp(known, word))
		kind++;
	if (!known)
		return text_fail(p, "'%s' is no kind: step, refusal, relax, promise, event are",
				 word);
	while ((known = text_reach_name(kind, index)) && strcmp(known, name))
		index++;
	if (!known)
		return text_fail(p, "there is no %s of the name '%s'", word, name);
	if (!p->reaches)
		return true;
	if (p->reaches->nr == TEXT_MAX_REACHES)
		return text_fail(p, "more than %d things to reach", TEXT_MAX_REACHES);
	p->reaches->want[p->reaches->nr++] = (struct text_reach){ (uint8_t)kind, (uint8_t)index };
	return true;
}

static bool take_reaches(struct parser *p, char *rest)
{
	for (char *word; (word = strtok_r(NULL, BLANKS, &rest));)
		if (!take_reach(p, word))
			return false;
	return true;
}

static bool take_cpus(struct parser *p, const struct field *field, const char *word)
{
	unsigned long value;

	if (!text_number(p, word, PROGRAM_CPUS, &value))
		return false;
	if (!value)
		return text_fail(p, "at least one CPU");
	field_put(field, p->to, (uint32_t)value - 1);
	return true;
}

static bool take_version(struct parser *p, const char *word)
{
	unsigned long value;

	if (!text_number(p, word, 255, &value))
		return false;
	return value == TEXT_VERSION ||
	       text_fail(p, "this tool knows version %u of the text, not %lu", TEXT_VERSION, value);
}

static bool take_field(struct parser *p, const struct field *field, char *rest)
{
	char *word;

	switch ((enum field_kind)field->kind) {
	case KIND_SWITCHES:
		return take_bits(p, field, rest, NR_SWITCHES, text_switch_name);
	case KIND_GROUPS:
		return take_bits(p, field, rest, NR_GROUPS, program_group_name);
	case KIND_SCHEDULE:
		return take_schedule(p, field, rest);
	default:
		break;
	}
	word = strtok_r(NULL, BLANKS, &rest);
	switch ((enum field_kind)field->kind) {
	case KIND_VERSION:
		return take_version(p, word);
	case KIND_GEOMETRY:
		return take_entry(p, field, word, ENTRY_GEOMETRY);
	case KIND_PCP:
		return take_entry(p, field, word, ENTRY_PCP);
	case KIND_WATERMARKS:
		return take_entry(p, field, word, ENTRY_WATERMARKS);
	case KIND_CPUS:
		return take_cpus(p, field, word);
	default:
		return text_spare(p, header_fields, NR_HEADER_FIELDS, field, p->to, word);
	}
}

/* Directives that are no field of the header. */
#define SIZE "size"
#define REACHES "reaches:"

static bool take_size(struct parser *p, const char *word)
{
	unsigned long value;

	if (!text_number(p, word, p->size, &value))
		return false;
	if (!value)
		return text_fail(p, "a program has at least its version byte");
	p->cut = value;
	return true;
}

/* NR_HEADER_FIELDS when there is none: parts have no line of their own. */
static unsigned int field_of_directive(const char *word)
{
	unsigned int id = 0;

	while (id < NR_HEADER_FIELDS &&
	       (header_fields[id].use == USE_PART || strcmp(header_fields[id].key, word)))
		id++;
	return id;
}

bool text_is_directive(const char *word)
{
	return field_of_directive(word) < NR_HEADER_FIELDS || !strcmp(word, SIZE) ||
	       !strcmp(word, REACHES);
}

bool text_take_directive(struct parser *p, const char *word, char *rest)
{
	unsigned int id = field_of_directive(word);

	if (!strcmp(word, SIZE))
		return take_size(p, strtok_r(NULL, BLANKS, &rest));
	if (p->head_done)
		return text_fail(p, "'%s' belongs before the first record", word);
	if (!strcmp(word, REACHES))
		return take_reaches(p, rest);
	if (p->seen >> id & 1)
		return text_fail(p, "'%s' is given twice", word);
	p->seen |= 1ull << id;
	return take_field(p, &header_fields[id], rest);
}
