/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where each field of a header and of a record lies and what it is called: the table of
 * fields.def in memory. Nobody else takes bytes of a program apart.
 */
#ifndef HARNESS_FIELDS_H
#define HARNESS_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

enum header_field {
#define HEADER_FIELD(id, key, at, bits, kind, use, rank, meaning) HEADER_##id,
#include "fuzz/harness/program/fields.def"
	NR_HEADER_FIELDS,
};

enum program_field {
#define RECORD_FIELD(id, key, at, bits, kind, use, rank, meaning) FIELD_##id,
#include "fuzz/harness/program/fields.def"
	NR_FIELDS,
};

/* The numbers of a configuration that have a slot. */
enum setting {
#define SETTING(id, name, field) SETTING_##id,
#include "fuzz/harness/program/fields.def"
	NR_SETTINGS,
};

/**
 * enum field_kind - how text writes a value
 * @KIND_NUMBER: a number
 * @KIND_SPARE: a number, of bits that mean nothing
 * @KIND_SPARE_IN_PLACE: the same, as it stands in its byte; fields of one key are one number
 * @KIND_HIDDEN: with the field that it belongs to
 * @KIND_OPCODE: the word that begins a record
 * @KIND_SLOT: s0 to s255
 * @KIND_TUNABLE: the name of a tunable, or a slot
 * @KIND_SETTING: the name of a number of the configuration, or a slot
 * @KIND_TYPE: the name of a migratetype, or a number under the plain field's key
 * @KIND_GFP: names of flags joined by |
 * @KIND_PREEMPTION: point > CPU, or point > irq / CPU : operation
 * @KIND_INTERRUPT: an operation
 * @KIND_VERSION: of the text, which is 1
 * @KIND_GEOMETRY: the name of a geometry, or a number
 * @KIND_PCP: likewise for a profile of the per-CPU lists
 * @KIND_WATERMARKS: likewise for a profile of the watermarks
 * @KIND_CPUS: one more than the value
 * @KIND_SWITCHES: names of bits, and a number of those that have none
 * @KIND_GROUPS: likewise
 * @KIND_SCHEDULE: the name of a mode, then param= and seed=
 */
enum field_kind {
	KIND_NUMBER,
	KIND_SPARE,
	KIND_SPARE_IN_PLACE,
	KIND_HIDDEN,
	KIND_OPCODE,
	KIND_SLOT,
	KIND_TUNABLE,
	KIND_SETTING,
	KIND_TYPE,
	KIND_GFP,
	KIND_PREEMPTION,
	KIND_INTERRUPT,
	KIND_VERSION,
	KIND_GEOMETRY,
	KIND_PCP,
	KIND_WATERMARKS,
	KIND_CPUS,
	KIND_SWITCHES,
	KIND_GROUPS,
	KIND_SCHEDULE,
};

enum field_use { USE_PLAIN, USE_NAME, USE_PART };

/**
 * struct field - one row of the table
 * @key: in text
 * @at: first bit
 * @bits: how many
 * @kind: enum field_kind
 * @use: enum field_use
 * @rank: its place in the order in which fields are made smaller, 0 = none
 */
struct field {
	const char *key;
	const char *meaning;
	uint8_t at;
	uint8_t bits;
	uint8_t kind;
	uint8_t use;
	uint8_t rank;
};

extern const struct field header_fields[NR_HEADER_FIELDS];
extern const struct field record_fields[NR_FIELDS];

/* Whole bytes, lowest first, or bits within one. With constants the compiler sees which. */
static inline uint32_t field_get_bits(const uint8_t *bytes, unsigned int at, unsigned int bits)
{
	const uint8_t *from = bytes + at / 8;

	if (bits == 32)
		return from[0] | from[1] << 8 | from[2] << 16 | (uint32_t)from[3] << 24;
	if (bits == 16)
		return (uint32_t)(from[0] | from[1] << 8);
	return (uint32_t)(*from >> at % 8) & ((1u << bits) - 1);
}

static inline void field_put_bits(uint8_t *bytes, unsigned int at, unsigned int bits,
				  uint32_t value)
{
	unsigned int mask = ((1u << (bits & 15)) - 1) << at % 8;
	uint8_t *to = bytes + at / 8;

	if (bits < 16) {
		*to = (uint8_t)((*to & ~mask) | (value << at % 8 & mask));
		return;
	}
	for (; bits; bits -= 8, value >>= 8)
		*to++ = value & 0xff;
}

static inline uint32_t field_get(const struct field *field, const uint8_t *bytes)
{
	return field_get_bits(bytes, field->at, field->bits);
}

static inline void field_put(const struct field *field, uint8_t *bytes, uint32_t value)
{
	field_put_bits(bytes, field->at, field->bits, value);
}

/* The same for a field that is known when this is compiled. */
enum {
#define HEADER_FIELD(id, key, at, bits, kind, use, rank, meaning) \
	HEADER_AT_##id = at, HEADER_BITS_##id = bits,
#define RECORD_FIELD(id, key, at, bits, kind, use, rank, meaning) \
	FIELD_AT_##id = at, FIELD_BITS_##id = bits,
#include "fuzz/harness/program/fields.def"
};

#define header_get(raw, id) field_get_bits(raw, HEADER_AT_##id, HEADER_BITS_##id)
#define header_put(raw, id, value) field_put_bits(raw, HEADER_AT_##id, HEADER_BITS_##id, value)
#define record_get(raw, id) field_get_bits(raw, FIELD_AT_##id, FIELD_BITS_##id)
#define record_put(raw, id, value) field_put_bits(raw, FIELD_AT_##id, FIELD_BITS_##id, value)

/* How far a part is above the lowest bit of a field that it is a part of; the part itself. */
#define FIELD_SHIFT(part, whole) (FIELD_AT_##part - FIELD_AT_##whole)
#define FIELD_PART(value, part, whole) \
	((value) >> FIELD_SHIFT(part, whole) & ((1u << FIELD_BITS_##part) - 1))

/* The largest value. */
static inline uint32_t field_max(const struct field *field)
{
	return UINT32_MAX >> (32 - field->bits);
}

/* Is the value a set of bits, not a number? */
bool field_is_set_of_bits(const struct field *field);

/* The fields that have the key of @field as one number, each as it stands in its byte. */
uint32_t fields_in_place(const struct field *fields, unsigned int nr, const struct field *field,
			 const uint8_t *raw);

/* Do they share a bit? */
bool field_overlaps(const struct field *a, const struct field *b);

#endif
