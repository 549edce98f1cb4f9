// SPDX-License-Identifier: GPL-2.0-only
/*
 * Smaller programs: see shrink.h. Each accepted candidate has fewer records or, with as
 * many, a smaller value in one place, so that the passes come to an end.
 */
#include "fuzz/harness/program/shrink.h"

#include <string.h>

#include "fuzz/harness/program/fields.h"
#include "fuzz/harness/program/geometry.h"

/* Pairs of records cost the square of their number. */
#define MAX_FOR_PAIRS 40

/* The field of a rank, the first to be made smaller having 1; NULL when none has it. */
static const struct field *field_of_rank(const struct field *fields, unsigned int nr,
					 unsigned int rank)
{
	for (unsigned int i = 0; i < nr; i++)
		if (fields[i].rank == rank)
			return &fields[i];
	return NULL;
}

static const struct field *const slot_field = &record_fields[FIELD_slot];

static uint8_t *record_of(struct shrink *shrink, unsigned int n)
{
	return shrink->bytes + PROGRAM_HEADER_SIZE + (size_t)n * PROGRAM_RECORD_SIZE;
}

static enum program_op op_of(const uint8_t *raw)
{
	return program_op_of((uint8_t)record_get(raw, opcode));
}

static bool is_over(const struct shrink *shrink)
{
	return shrink->stop || (shrink->max_tries && shrink->tries >= shrink->max_tries);
}

/* Put a candidate to the test; keep it when it shows the same. */
static bool try_bytes(struct shrink *shrink, const uint8_t *bytes, unsigned int nr)
{
	size_t size = PROGRAM_HEADER_SIZE + (size_t)nr * PROGRAM_RECORD_SIZE;

	if (is_over(shrink))
		return false;
	shrink->tries++;
	if (!shrink->still(shrink->context, bytes, size) || shrink->stop)
		return false;
	if (bytes != shrink->bytes)
		memcpy(shrink->bytes, bytes, size);
	shrink->nr = nr;
	return true;
}

/* --- records --- */

/* Without @count records from @at on and without the one at @other, if that is beyond. */
static bool try_without(struct shrink *shrink, unsigned int at, unsigned int count,
			unsigned int other)
{
	uint8_t bytes[PROGRAM_MAX_SIZE];
	uint8_t *to = bytes + PROGRAM_HEADER_SIZE;

	memcpy(bytes, shrink->bytes, PROGRAM_HEADER_SIZE);
	for (unsigned int n = 0; n < shrink->nr; n++) {
		if ((n >= at && n < at + count) || n == other)
			continue;
		memcpy(to, record_of(shrink, n), PROGRAM_RECORD_SIZE);
		to += PROGRAM_RECORD_SIZE;
	}
	return try_bytes(shrink, bytes,
			 (unsigned int)(to - bytes - PROGRAM_HEADER_SIZE) / PROGRAM_RECORD_SIZE);
}

/* Leave out pieces of @size records, the last first: what comes early is built upon. */
static bool drop_pieces(struct shrink *shrink, unsigned int size)
{
	unsigned int end = shrink->nr;
	bool changed = false;

	while (end && !is_over(shrink)) {
		unsigned int at = end > size ? end - size : 0;

		if (try_without(shrink, at, end - at, PROGRAM_MAX_RECORDS))
			changed = true;
		end = at;
	}
	return changed;
}

static bool drop_pairs(struct shrink *shrink)
{
	bool changed = false;

	if (shrink->nr > MAX_FOR_PAIRS)
		return false;
	for (unsigned int b = shrink->nr; b-- > 1;)
		for (unsigned int a = b; a-- > 0 && !is_over(shrink);)
			if (b < shrink->nr && try_without(shrink, a, 1, b))
				changed = true;
	return changed;
}

static bool drop_records(struct shrink *shrink)
{
	bool changed = false;

	for (unsigned int size = (shrink->nr + 1) / 2; size > 1; size = (size + 1) / 2)
		if (drop_pieces(shrink, size))
			changed = true;
	while (drop_pieces(shrink, 1))
		changed = true;
	return changed;
}

/* --- values --- */

static bool try_value(struct shrink *shrink, size_t offset, const struct field *field,
		      uint32_t value)
{
	uint8_t bytes[PROGRAM_MAX_SIZE];

	memcpy(bytes, shrink->bytes, shrink_size(shrink));
	field_put(field, bytes + offset, value);
	return try_bytes(shrink, bytes, shrink->nr);
}

static uint32_t value_at(const struct shrink *shrink, size_t offset, const struct field *field)
{
	return field_get(field, shrink->bytes + offset);
}

/* Large steps down first. What a number means may jump, so single bits are tried as well. */
static bool lower_number(struct shrink *shrink, size_t offset, const struct field *field)
{
	uint32_t value = value_at(shrink, offset, field);
	bool changed = false;

	for (uint32_t step = value / 2; step && !is_over(shrink); step /= 2) {
		value = value_at(shrink, offset, field);
		if (step < value && try_value(shrink, offset, field, value - step))
			changed = true;
	}
	return changed;
}

static bool clear_bits(struct shrink *shrink, size_t offset, const struct field *field)
{
	bool changed = false;

	for (unsigned int bit = field->bits; bit-- > 0 && !is_over(shrink);) {
		uint32_t value = value_at(shrink, offset, field);

		if ((value >> bit & 1) &&
		    try_value(shrink, offset, field, value & ~(1u << bit)))
			changed = true;
	}
	return changed;
}

static uint32_t plain_entry(enum entry_table table, uint32_t value)
{
	int entry = entry_of(table, (uint8_t)value);

	return entry < 0 ? value : entry_byte(table, (unsigned int)entry);
}

/* Of the values that mean the same, the one that is usual. */
static uint32_t plain_value(const struct field *field, uint32_t value)
{
	switch (field->kind) {
	case KIND_SCHEDULE:
		return value % NR_SCHEDULES;
	case KIND_GEOMETRY:
		return plain_entry(ENTRY_GEOMETRY, value);
	case KIND_PCP:
		return plain_entry(ENTRY_PCP, value);
	case KIND_WATERMARKS:
		return plain_entry(ENTRY_WATERMARKS, value);
	default:
		return value;
	}
}

static bool lower(struct shrink *shrink, size_t offset, const struct field *field)
{
	uint32_t value = value_at(shrink, offset, field), plain = plain_value(field, value);
	bool changed;

	if (!value)
		return false;
	if (try_value(shrink, offset, field, 0))
		return true;
	if (plain && plain != value && try_value(shrink, offset, field, plain))
		return true;
	changed = clear_bits(shrink, offset, field);
	if (!field_is_set_of_bits(field) && lower_number(shrink, offset, field))
		changed = true;
	return changed;
}

static bool is_set(struct shrink *shrink, const struct field *field, unsigned int from,
		   unsigned int to)
{
	for (unsigned int n = from; n < to; n++)
		if (field_get(field, record_of(shrink, n)))
			return true;
	return false;
}

/* Zero in all records of a range, else in each half of it. */
static bool zero_range(struct shrink *shrink, const struct field *field, unsigned int from,
		       unsigned int to)
{
	uint8_t bytes[PROGRAM_MAX_SIZE];
	unsigned int middle = from + (to - from) / 2;
	bool first, second;

	if (is_over(shrink) || !is_set(shrink, field, from, to))
		return false;
	memcpy(bytes, shrink->bytes, shrink_size(shrink));
	for (unsigned int n = from; n < to; n++)
		field_put(field, bytes + (record_of(shrink, n) - shrink->bytes), 0);
	if (try_bytes(shrink, bytes, shrink->nr))
		return true;
	if (to - from == 1)
		return false;
	first = zero_range(shrink, field, from, middle);
	second = zero_range(shrink, field, middle, to);
	return first || second;
}

static bool lower_field(struct shrink *shrink, const struct field *field)
{
	bool changed = zero_range(shrink, field, 0, shrink->nr);

	for (unsigned int n = 0; n < shrink->nr; n++)
		if (lower(shrink, (size_t)(record_of(shrink, n) - shrink->bytes), field))
			changed = true;
	return changed;
}

/* The number of a slot matters only where records share it, or where it is a page or a name. */
static bool rename_slot(struct shrink *shrink, uint32_t from, uint32_t to)
{
	uint8_t bytes[PROGRAM_MAX_SIZE];

	memcpy(bytes, shrink->bytes, shrink_size(shrink));
	for (unsigned int n = 0; n < shrink->nr; n++) {
		uint8_t *record = bytes + (record_of(shrink, n) - shrink->bytes);

		if (field_get(slot_field, record) == from)
			field_put(slot_field, record, to);
	}
	return try_bytes(shrink, bytes, shrink->nr);
}

static bool lower_slots(struct shrink *shrink)
{
	bool changed = false;

	for (unsigned int n = 0; n < shrink->nr; n++) {
		uint32_t slot = field_get(slot_field, record_of(shrink, n));

		for (uint32_t to = 0; to < slot && to <= shrink->nr && !is_over(shrink); to++) {
			if (rename_slot(shrink, slot, to)) {
				changed = true;
				break;
			}
		}
	}
	return lower_field(shrink, slot_field) || changed;
}

/* All entries of the table that mean an operation mean the same: the first is the plainest. */
static bool plain_opcodes(struct shrink *shrink)
{
	uint8_t bytes[PROGRAM_MAX_SIZE];

	memcpy(bytes, shrink->bytes, shrink_size(shrink));
	for (unsigned int n = 0; n < shrink->nr; n++) {
		uint8_t *raw = bytes + (record_of(shrink, n) - shrink->bytes);

		record_put(raw, opcode, program_opcode(op_of(raw)));
	}
	if (!memcmp(bytes, shrink->bytes, shrink_size(shrink)))
		return false;
	return try_bytes(shrink, bytes, shrink->nr);
}

/* Of each record, the parts that its operation takes for fields of their own. */
static bool lower_parts(struct shrink *shrink, unsigned int n)
{
	bool changed = false;

	for (unsigned int rank = 1; rank <= NR_FIELDS; rank++) {
		const struct field *field = field_of_rank(record_fields, NR_FIELDS, rank);
		const uint8_t *raw = record_of(shrink, n);

		if (field && field->use == USE_PART &&
		    operation_has(op_of(raw), (unsigned int)(field - record_fields)) &&
		    lower(shrink, (size_t)(raw - shrink->bytes), field))
			changed = true;
	}
	return changed;
}

static bool lower_values(struct shrink *shrink)
{
	bool changed = plain_opcodes(shrink);

	for (unsigned int rank = 1; rank <= NR_HEADER_FIELDS; rank++) {
		const struct field *field = field_of_rank(header_fields, NR_HEADER_FIELDS, rank);

		if (field && lower(shrink, 0, field))
			changed = true;
	}
	for (unsigned int rank = 1; rank <= NR_FIELDS; rank++) {
		const struct field *field = field_of_rank(record_fields, NR_FIELDS, rank);

		if (field && field->use == USE_PLAIN && lower_field(shrink, field))
			changed = true;
	}
	if (lower_slots(shrink))
		changed = true;
	for (unsigned int n = 0; n < shrink->nr; n++)
		if (lower_parts(shrink, n))
			changed = true;
	return changed;
}

/* --- the whole --- */

/* The records that run, the last one complete. */
static bool load(struct shrink *shrink, const uint8_t *data, size_t size)
{
	struct program program;

	if (!program_open(&program, data, size))
		return false;
	memset(shrink->bytes, 0, sizeof(shrink->bytes));
	memcpy(shrink->bytes, data, size < sizeof(shrink->bytes) ? size : sizeof(shrink->bytes));
	shrink->nr = program.nr_records;
	return true;
}

bool shrink_program(struct shrink *shrink, const uint8_t *data, size_t size, unsigned int last)
{
	bool changed = true;

	shrink->tries = 0;
	if (!load(shrink, data, size) || !try_bytes(shrink, shrink->bytes, shrink->nr))
		return false;
	if (last + 1 < shrink->nr)
		try_without(shrink, last + 1, shrink->nr - last - 1, PROGRAM_MAX_RECORDS);
	while (changed && !is_over(shrink)) {
		changed = drop_records(shrink);
		if (lower_values(shrink))
			changed = true;
		if (!changed)
			changed = drop_pairs(shrink);
	}
	return true;
}
