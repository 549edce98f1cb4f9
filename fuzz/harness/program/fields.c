// SPDX-License-Identifier: GPL-2.0-only
/* The table of fields: see fields.h. */
#include "fuzz/harness/program/fields.h"

#include <string.h>

const struct field header_fields[NR_HEADER_FIELDS] = {
#define HEADER_FIELD(id, key, at, bits, kind, use, rank, meaning) \
	{ key, meaning, at, bits, KIND_##kind, USE_##use, rank },
#include "fuzz/harness/program/fields.def"
};

const struct field record_fields[NR_FIELDS] = {
#define RECORD_FIELD(id, key, at, bits, kind, use, rank, meaning) \
	{ key, meaning, at, bits, KIND_##kind, USE_##use, rank },
#include "fuzz/harness/program/fields.def"
};

#define FITS(at, bits) \
	((bits) == 16 || (bits) == 32 ? (at) % 8 == 0 : (bits) && (at) % 8 + (bits) <= 8)
#define HEADER_FIELD(id, key, at, bits, kind, use, rank, meaning) \
	_Static_assert(FITS(at, bits), #id " is within a byte, or whole bytes");
#define RECORD_FIELD HEADER_FIELD
#include "fuzz/harness/program/fields.def"

bool field_is_set_of_bits(const struct field *field)
{
	switch (field->kind) {
	case KIND_SPARE:
	case KIND_SPARE_IN_PLACE:
	case KIND_GFP:
	case KIND_SWITCHES:
	case KIND_GROUPS:
		return true;
	default:
		return false;
	}
}

bool field_overlaps(const struct field *a, const struct field *b)
{
	return a->at < b->at + b->bits && b->at < a->at + a->bits;
}

uint32_t fields_in_place(const struct field *fields, unsigned int nr, const struct field *field,
			 const uint8_t *raw)
{
	uint32_t all = 0;

	for (unsigned int i = 0; i < nr; i++)
		if (!strcmp(fields[i].key, field->key))
			all |= field_get(&fields[i], raw) << fields[i].at % 8;
	return all;
}
