// SPDX-License-Identifier: GPL-2.0-only
/* Programs as text: the records, and text to bytes as a whole. */
#include "fuzz/harness/text/text_parse.h"

#include <string.h>

#include "fuzz/harness/text/names.h"
#include "shim/types.h"

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
	/* Text of a version in which the operation had no name yet. */
	if (op == OP_nop && (operation_is_idle(program_op_of(*opcode)) ||
			     program_op_of(*opcode) >= OP_isolate_slot))
		return true;
	return (int)program_op_of(*opcode) == op ||
	       text_fail(p, "opcode %s means %s, not %s", code,
		    program_op_name(program_op_of(*opcode)), word);
}

/* "17>2", "40>irq:free", "40>irq/1": the rows of the CPU and the interrupt follow that of @id. */
static bool take_preemption(struct parser *p, char *text, uint8_t *raw, unsigned int id)
{
	char *target = strchr(text, '>');
	unsigned long at, cpu = 0;
	uint8_t opcode, other = (uint8_t)record_get(raw, irq);
	char *op;

	if (!target)
		return text_fail(p, "'%s' is not of the form 17>2 or 17>irq:free", text);
	*target++ = 0;
	if (!text_number(p, text, field_max(&record_fields[id]), &at))
		return false;
	field_put(&record_fields[id], raw, (uint32_t)at);
	if (text_is_number(target)) {
		if (!text_number(p, target, PROGRAM_CPUS - 1, &cpu))
			return false;
		field_put(&record_fields[id + 1], raw, (uint32_t)cpu);
		return true;
	}
	op = strchr(target, ':');
	if (op)
		*op++ = 0;
	if (strncmp(target, "irq", 3) || (target[3] && target[3] != '/'))
		return text_fail(p, "'%s' is neither a CPU nor irq", target);
	if (target[3] && !text_number(p, target + 4, PROGRAM_CPUS - 1, &cpu))
		return false;
	field_put(&record_fields[id + 1], raw, (uint32_t)cpu);
	field_put(&record_fields[id + 2], raw, 1);
	if (!op)
		return true;
	if (!take_op(p, op, &opcode))
		return false;
	if (other && other != opcode)
		return text_fail(p, "both interrupts of a record run the same operation");
	record_put(raw, irq, opcode);
	return true;
}

/* The row that a key means in records of @op, NR_FIELDS for none. */
static unsigned int field_of_key(enum program_op op, const char *key)
{
	unsigned int found = NR_FIELDS;

	for (unsigned int id = 0; id < NR_FIELDS; id++) {
		if (!record_fields[id].key[0] || strcmp(record_fields[id].key, key))
			continue;
		if (operation_has(op, id))
			return id;
		if (found == NR_FIELDS && record_fields[id].use != USE_PART)
			found = id;
	}
	return found;
}

static bool fail_key(struct parser *p, const char *key)
{
	for (unsigned int op = 0; op < NR_OPS; op++)
		if (field_of_key((enum program_op)op, key) != NR_FIELDS)
			return text_fail(p, "%s= is a field of %s", key,
					 program_op_name((enum program_op)op));
	return text_fail(p, "there is no field '%s'", key);
}

/* Fields that share bits are one under two names. */
static bool note_seen(struct parser *p, unsigned int id)
{
	for (unsigned int other = 0; other < NR_FIELDS; other++)
		if (p->seen >> other & 1 &&
		    field_overlaps(&record_fields[id], &record_fields[other]))
			return text_fail(p, "%s= is given twice, or under two names",
					 record_fields[id].key);
	p->seen |= 1ull << id;
	return true;
}

static bool take_field(struct parser *p, unsigned int id, char *text, uint8_t *raw)
{
	const struct field *field = &record_fields[id];
	unsigned long value;
	uint8_t opcode;
	uint32_t mask;
	int type;

	switch ((enum field_kind)field->kind) {
	case KIND_TYPE:
		type = migratetype_index(text);
		if (type < 0 || type >= TEXT_NR_TYPES)
			return text_fail(p, "'%s' is none of unmovable, movable, reclaimable",
					 text);
		field_put(field, raw, (uint32_t)type);
		return true;
	case KIND_GFP:
		if (!gfp_parse(text, strlen(text), &mask))
			return text_fail(p, "'%s': a gfp flag that is not known", text);
		field_put(field, raw, mask);
		return true;
	case KIND_PREEMPTION:
		return take_preemption(p, text, raw, id);
	case KIND_INTERRUPT:
		if (!take_op(p, text, &opcode))
			return false;
		field_put(field, raw, opcode);
		return true;
	case KIND_SPARE_IN_PLACE:
		return text_spare(p, record_fields, NR_FIELDS, field, raw, text);
	default:
		if (!text_number(p, text, field_max(field), &value))
			return false;
		field_put(field, raw, (uint32_t)value);
		return true;
	}
}

static bool take_slot(struct parser *p, enum program_op op, const char *word, uint8_t *raw)
{
	unsigned long slot;
	int tunable = tunable_index(word), setting = setting_index(word);

	if (p->seen >> FIELD_slot & 1)
		return text_fail(p, "a second slot: '%s'", word);
	p->seen |= 1ull << FIELD_slot;
	if (operation_has(op, FIELD_tunable) && tunable >= 0) {
		record_put(raw, tunable, program_tunable_slot((unsigned int)tunable));
		return true;
	}
	if (operation_has(op, FIELD_setting) && setting >= 0) {
		record_put(raw, setting, (uint32_t)setting);
		return true;
	}
	if (*word != 's' || !text_is_number(word + 1))
		return text_fail(p, "'%s' is neither a slot (s0 to s255) nor key=value", word);
	if (!text_number(p, word + 1, PROGRAM_SLOTS - 1, &slot))
		return false;
	record_put(raw, slot, (uint32_t)slot);
	return true;
}

static bool take_record(struct parser *p, char *word, char *rest)
{
	uint8_t *raw = p->to + p->size;
	enum program_op op;
	uint8_t opcode;

	if (p->room - p->size < PROGRAM_RECORD_SIZE)
		return text_fail(p, "the program is longer than %zu bytes", p->room);
	memset(raw, 0, PROGRAM_RECORD_SIZE);
	if (!take_op(p, word, &opcode))
		return false;
	record_put(raw, opcode, opcode);
	op = program_op_of(opcode);
	p->seen = 0;
	while ((word = strtok_r(NULL, BLANKS, &rest))) {
		char *value = strchr(word, '=');
		unsigned int id;

		if (!value) {
			if (!take_slot(p, op, word, raw))
				return false;
			continue;
		}
		*value++ = 0;
		id = field_of_key(op, word);
		if (id == NR_FIELDS)
			return fail_key(p, word);
		if (!note_seen(p, id) || !take_field(p, id, value, raw))
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
