// SPDX-License-Identifier: GPL-2.0-only
/*
 * Smaller programs: see shrink.h. Each accepted candidate has fewer records or, with as
 * many, a smaller value in one place, so that the passes come to an end.
 */
#include "fuzz/harness/program/shrink.h"

#include <string.h>

#include "fuzz/harness/program/geometry.h"

/* Pairs of records cost the square of their number. */
#define MAX_FOR_PAIRS 40

/**
 * struct field - some bits of the header or of a record
 * @at: first bit, counted from the least significant one of byte 0
 * @bits: at most 32
 * @flags: a set of bits, not a number
 * @entries: a table that the value is taken modulo of, or 0
 */
struct field {
	uint8_t at;
	uint8_t bits;
	bool flags;
	uint8_t entries;
};

/* All bits but the version byte. Those without a meaning go first. */
static const struct field header_fields[] = {
	{ 18, 6, true, 0 },                 /* spare */
	{ 80, 8, false, NR_SCHEDULES },
	{ 88, 8, false, 0 },                /* schedule parameter and seed */
	{ 96, 32, false, 0 },
	{ 16, 2, false, 0 },                /* CPUs */
	{ 8, 8, false, GEOMETRY_SLOTS },
	{ 24, 8, false, PCP_SLOTS },
	{ 64, 8, false, WATERMARK_SLOTS },
	{ 72, 8, true, 0 },                 /* switches */
	{ 32, 32, true, 0 },                /* swarm */
};

/* All bits but the opcode. */
static const struct field record_fields[] = {
	{ 12, 4, true, 0 },                 /* spare */
	{ 115, 1, true, 0 },
	{ 119, 1, true, 0 },
	{ 8, 2, false, 0 },                 /* CPU */
	{ 80, 16, false, 0 },               /* preemptions */
	{ 96, 16, false, 0 },
	{ 112, 2, false, 0 },               /* and what they switch to */
	{ 116, 2, false, 0 },
	{ 114, 1, false, 0 },
	{ 118, 1, false, 0 },
	{ 120, 8, false, 0 },               /* the interrupt's opcode */
	{ 10, 2, false, 0 },                /* node */
	{ 32, 32, true, 0 },                /* gfp */
	{ 28, 4, false, 0 },                /* extra */
	{ 24, 4, false, 0 },                /* order */
	{ 64, 16, false, 0 },               /* argument */
};

/* Where gfp is four numbers instead. */
static const struct field state_fields[] = {
	{ 32, 8, false, 0 }, { 40, 8, false, 0 }, { 48, 8, false, 0 }, { 56, 8, false, 0 },
};

static const struct field slot_field = { 16, 8, false, 0 };

#define NR_OF(array) (sizeof(array) / sizeof((array)[0]))

static uint32_t get_bits(const uint8_t *bytes, const struct field *field)
{
	uint32_t value = 0;

	for (unsigned int i = 0; i < field->bits; i++) {
		unsigned int bit = field->at + i;

		value |= (uint32_t)(bytes[bit / 8] >> bit % 8 & 1) << i;
	}
	return value;
}

static void put_bits(uint8_t *bytes, const struct field *field, uint32_t value)
{
	for (unsigned int i = 0; i < field->bits; i++) {
		unsigned int bit = field->at + i;
		uint8_t mask = (uint8_t)(1u << bit % 8);

		bytes[bit / 8] = (uint8_t)((bytes[bit / 8] & ~mask) |
					   ((value >> i & 1) ? mask : 0));
	}
}

static uint8_t *record_of(struct shrink *shrink, unsigned int n)
{
	return shrink->bytes + PROGRAM_HEADER_SIZE + (size_t)n * PROGRAM_RECORD_SIZE;
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
	put_bits(bytes + offset, field, value);
	return try_bytes(shrink, bytes, shrink->nr);
}

static uint32_t value_at(const struct shrink *shrink, size_t offset, const struct field *field)
{
	return get_bits(shrink->bytes + offset, field);
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

static bool lower(struct shrink *shrink, size_t offset, const struct field *field)
{
	uint32_t value = value_at(shrink, offset, field);
	bool changed;

	if (!value)
		return false;
	if (try_value(shrink, offset, field, 0))
		return true;
	if (field->entries && value >= field->entries &&
	    try_value(shrink, offset, field, value % field->entries))
		return true;
	changed = clear_bits(shrink, offset, field);
	if (!field->flags && lower_number(shrink, offset, field))
		changed = true;
	return changed;
}

static bool is_set(struct shrink *shrink, const struct field *field, unsigned int from,
		   unsigned int to)
{
	for (unsigned int n = from; n < to; n++)
		if (get_bits(record_of(shrink, n), field))
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
		put_bits(bytes + (record_of(shrink, n) - shrink->bytes), field, 0);
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

		if (get_bits(record, &slot_field) == from)
			put_bits(record, &slot_field, to);
	}
	return try_bytes(shrink, bytes, shrink->nr);
}

static bool lower_slots(struct shrink *shrink)
{
	bool changed = false;

	for (unsigned int n = 0; n < shrink->nr; n++) {
		uint32_t slot = get_bits(record_of(shrink, n), &slot_field);

		for (uint32_t to = 0; to < slot && to <= shrink->nr && !is_over(shrink); to++) {
			if (rename_slot(shrink, slot, to)) {
				changed = true;
				break;
			}
		}
	}
	return lower_field(shrink, &slot_field) || changed;
}

/* All entries of the table that mean an operation mean the same: the first is the plainest. */
static bool plain_opcodes(struct shrink *shrink)
{
	uint8_t bytes[PROGRAM_MAX_SIZE];

	memcpy(bytes, shrink->bytes, shrink_size(shrink));
	for (unsigned int n = 0; n < shrink->nr; n++) {
		uint8_t *opcode = bytes + (record_of(shrink, n) - shrink->bytes);

		*opcode = program_opcode(program_op_of(*opcode));
	}
	if (!memcmp(bytes, shrink->bytes, shrink_size(shrink)))
		return false;
	return try_bytes(shrink, bytes, shrink->nr);
}

static bool is_state(const uint8_t *record)
{
	return program_op_of(*record) == OP_age;
}

static bool lower_states(struct shrink *shrink)
{
	bool changed = false;

	for (unsigned int n = 0; n < shrink->nr; n++) {
		for (size_t i = 0; is_state(record_of(shrink, n)) && i < NR_OF(state_fields); i++)
			if (lower(shrink, (size_t)(record_of(shrink, n) - shrink->bytes),
				  &state_fields[i]))
				changed = true;
	}
	return changed;
}

static bool lower_values(struct shrink *shrink)
{
	bool changed = plain_opcodes(shrink);

	for (size_t i = 0; i < NR_OF(header_fields); i++)
		if (lower(shrink, 0, &header_fields[i]))
			changed = true;
	for (size_t i = 0; i < NR_OF(record_fields); i++)
		if (lower_field(shrink, &record_fields[i]))
			changed = true;
	if (lower_slots(shrink))
		changed = true;
	return lower_states(shrink) || changed;
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
