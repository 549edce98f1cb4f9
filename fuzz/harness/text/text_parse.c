// SPDX-License-Identifier: GPL-2.0-only
/* Programs as text: the records, and text to bytes as a whole. */
#include "fuzz/harness/text/text_parse.h"

#include <string.h>

#include "fuzz/harness/text/names.h"
#include "shim/types.h"

#define SPARE14 0x88 /* spare bits of byte 14 */

static bool take_op(struct parser *p, char *word, uint8_t *opcode)
{
	char *code = strchr(word, '@');
	unsigned long value;
	int op;

	if (code)
		*code++ = 0;
	op = program_op_index(word);
	if (op < 0)
		return text_fail(p, "'%s' is neither an operation nor a directive", word);
	*opcode = program_opcode((enum program_op)op);
	if (!code)
		return true;
	if (!text_number(p, code, 255, &value))
		return false;
	*opcode = (uint8_t)value;
	return (int)program_op_of(*opcode) == op ||
	       text_fail(p, "opcode %s means %s, not %s", code,
		    program_op_name(program_op_of(*opcode)), word);
}

/* "17>2", "40>irq:free", "40>irq/1": @n is 0 or 1. */
static bool take_preempt(struct parser *p, char *text, uint8_t *raw, unsigned int n)
{
	char *target = strchr(text, '>');
	unsigned long at, cpu = 0;
	uint8_t opcode;
	char *op;

	if (!target)
		return text_fail(p, "'%s' is not of the form 17>2 or 17>irq:free", text);
	*target++ = 0;
	if (!text_number(p, text, UINT16_MAX, &at))
		return false;
	text_put(raw + 10 + 2 * n, at);
	if (text_is_number(target)) {
		if (!text_number(p, target, PROGRAM_CPUS - 1, &cpu))
			return false;
		raw[14] |= (uint8_t)(cpu << 4 * n);
		return true;
	}
	op = strchr(target, ':');
	if (op)
		*op++ = 0;
	if (strncmp(target, "irq", 3) || (target[3] && target[3] != '/'))
		return text_fail(p, "'%s' is neither a CPU nor irq", target);
	if (target[3] && !text_number(p, target + 4, PROGRAM_CPUS - 1, &cpu))
		return false;
	raw[14] |= (uint8_t)((cpu | 4) << 4 * n);
	if (!op)
		return true;
	if (!take_op(p, op, &opcode))
		return false;
	if (raw[15] && raw[15] != opcode)
		return text_fail(p, "both interrupts of a record run the same operation");
	raw[15] = opcode;
	return true;
}

enum field_kind { FIELD_NUMBER, FIELD_STATE, FIELD_TYPE, FIELD_GFP, FIELD_ZONE, FIELD_PRE,
		  FIELD_PRE2, FIELD_IRQ };

/* Fields of one place share the bit by which a repetition is noticed. */
static const struct field {
	const char *key;
	uint8_t kind;
	uint8_t place;
	uint8_t byte;
	uint8_t shift;
	unsigned int max;
} fields[] = {
	{ "order", FIELD_NUMBER, 0, 3, 0, 15 },
	{ "extra", FIELD_NUMBER, 1, 3, 4, 15 },
	{ "type", FIELD_TYPE, 1, 3, 4, 0 },
	{ "gfp", FIELD_GFP, 2, 4, 0, 0 },
	{ "arg", FIELD_NUMBER, 3, 8, 0, UINT16_MAX },
	{ "zone", FIELD_ZONE, 3, 8, 0, UINT16_MAX },
	{ "cpu", FIELD_NUMBER, 4, 1, 0, PROGRAM_CPUS - 1 },
	{ "node", FIELD_NUMBER, 5, 1, 2, 3 },
	{ "pre", FIELD_PRE, 6, 10, 0, 0 },
	{ "pre2", FIELD_PRE2, 7, 12, 0, 0 },
	{ "irq", FIELD_IRQ, 8, 15, 0, 0 },
	{ "spare", FIELD_NUMBER, 9, 1, 4, 15 },
	{ "spare14", FIELD_NUMBER, 10, 14, 0, SPARE14 },
	{ "unmovable", FIELD_STATE, 11, 4, 0, 255 },
	{ "reclaimable", FIELD_STATE, 12, 5, 0, 255 },
	{ "movable", FIELD_STATE, 13, 6, 0, 255 },
	{ "free", FIELD_STATE, 14, 7, 0, 255 },
	{ "seed", FIELD_STATE, 15, 9, 0, 255 },
};

static bool put_number(struct parser *p, const struct field *field, const char *text, uint8_t *raw,
		       unsigned int max)
{
	unsigned long value;

	if (!text_number(p, text, max, &value))
		return false;
	if (max == SPARE14 && value & ~(unsigned long)SPARE14)
		return text_fail(p, "spare14 has bits 3 and 7 only");
	text_put(raw + field->byte, value << field->shift);
	return true;
}

static bool take_field(struct parser *p, const struct field *field, char *text, uint8_t *raw)
{
	bool state = program_op_of(raw[0]) == OP_age;
	uint32_t mask;
	int type;

	switch (field->kind) {
	case FIELD_STATE:
		if (!state)
			return text_fail(p, "%s= is a field of age", field->key);
		return put_number(p, field, text, raw, field->max);
	case FIELD_ZONE:
		return put_number(p, field, text, raw, state ? 255 : field->max);
	case FIELD_TYPE:
		type = migratetype_index(text);
		if (type < 0 || type >= TEXT_NR_TYPES)
			return text_fail(p, "'%s' is none of unmovable, movable, reclaimable",
					 text);
		raw[3] |= (uint8_t)(type << 4);
		return true;
	case FIELD_GFP:
		if (!gfp_parse(text, strlen(text), &mask))
			return text_fail(p, "'%s': a gfp flag that is not known", text);
		text_put(raw + 4, mask);
		return true;
	case FIELD_PRE:
	case FIELD_PRE2:
		return take_preempt(p, text, raw, field->kind == FIELD_PRE2);
	case FIELD_IRQ:
		return take_op(p, text, raw + 15);
	default:
		return put_number(p, field, text, raw, field->max);
	}
}

static bool take_slot(struct parser *p, const char *word, uint8_t *raw)
{
	unsigned long slot;
	int tunable = tunable_index(word);

	if (p->seen & 1u << 31)
		return text_fail(p, "a second slot: '%s'", word);
	p->seen |= 1u << 31;
	if (program_op_of(raw[0]) == OP_tunable && tunable >= 0) {
		raw[2] = (uint8_t)tunable;
		return true;
	}
	if (*word != 's' || !text_is_number(word + 1))
		return text_fail(p, "'%s' is neither a slot (s0 to s255) nor key=value", word);
	if (!text_number(p, word + 1, PROGRAM_SLOTS - 1, &slot))
		return false;
	raw[2] = (uint8_t)slot;
	return true;
}

static bool take_record(struct parser *p, char *word, char *rest)
{
	uint8_t *raw = p->to + p->size;

	if (p->room - p->size < PROGRAM_RECORD_SIZE)
		return text_fail(p, "the program is longer than %zu bytes", p->room);
	memset(raw, 0, PROGRAM_RECORD_SIZE);
	if (!take_op(p, word, raw))
		return false;
	p->seen = 0;
	while ((word = strtok_r(NULL, BLANKS, &rest))) {
		char *value = strchr(word, '=');
		unsigned int i = 0;

		if (!value) {
			if (!take_slot(p, word, raw))
				return false;
			continue;
		}
		*value++ = 0;
		while (i < ARRAY_SIZE(fields) && strcmp(fields[i].key, word))
			i++;
		if (i == ARRAY_SIZE(fields))
			return text_fail(p, "there is no field '%s'", word);
		if (p->seen & 1u << fields[i].place)
			return text_fail(p, "%s= is given twice, or under two names", word);
		p->seen |= 1u << fields[i].place;
		if (!take_field(p, &fields[i], value, raw))
			return false;
	}
	p->size += PROGRAM_RECORD_SIZE;
	return true;
}

static bool take_line(struct parser *p, char *line)
{
	char *comment = strchr(line, '#');
	char *word, *rest;

	if (comment)
		*comment = 0;
	word = strtok_r(line, BLANKS, &rest);
	if (!word)
		return true;
	if (p->cut)
		return text_fail(p, "nothing may follow the size directive");
	if (text_is_directive(word))
		return text_take_directive(p, word, rest);
	p->head_done = true;
	return take_record(p, word, rest);
}

/* What a cut takes away must be zero: it could not come back. */
static bool cut_is_clean(struct parser *p)
{
	if (!p->cut)
		return true;
	for (size_t i = p->cut; i < p->size; i++)
		if (p->to[i])
			return text_fail(p, "size %zu would cut off what is not zero", p->cut);
	p->size = p->cut;
	return true;
}

size_t text_assemble(const char *text, size_t size, uint8_t *to, size_t room,
		     struct text_reaches *reaches, struct text_error *error)
{
	struct parser p = { .to = to, .room = room, .size = PROGRAM_HEADER_SIZE,
			    .reaches = reaches, .error = error };
	const char *end = text + size;
	char line[2 * TEXT_LINE];

	*error = (struct text_error){ 0 };
	if (reaches)
		reaches->nr = 0;
	if (room < PROGRAM_HEADER_SIZE)
		return text_fail(&p, "no room for a header");
	memset(to, 0, PROGRAM_HEADER_SIZE);
	to[0] = PROGRAM_VERSION;
	for (const char *next; text < end; text = next) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((stop ? stop : end) - text);

		next = stop ? stop + 1 : end;
		error->line++;
		if (len >= sizeof(line))
			return text_fail(&p, "the line has more than %zu characters",
					 sizeof(line) - 1);
		memcpy(line, text, len);
		line[len] = 0;
		if (strlen(line) != len)
			return text_fail(&p, "a zero byte: this is not text");
		if (!take_line(&p, line))
			return 0;
	}
	return cut_is_clean(&p) ? p.size : 0;
}
