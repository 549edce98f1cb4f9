/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the importer share. */
#ifndef HARNESS_IMPORT_INTERNAL_H
#define HARNESS_IMPORT_INTERNAL_H

#include "fuzz/harness/import/import.h"

/* --- import_source.c: bytes of a file, unpacked --- */

struct import_source;

/* Return: NULL with @error set. */
struct import_source *import_source_open(const char *path, const char **error);
/* Up to @size bytes; 0 at the end or after trouble. */
size_t import_source_read(struct import_source *source, char *to, size_t size);
/* Why the end came early, or NULL. */
const char *import_source_trouble(const struct import_source *source);
void import_source_close(struct import_source *source);

/* --- import_state.c: what every page is, as far as the trace tells --- */

#define TRACE_BLOCK_ORDER 9 /* of the traced machine */
#define TRACE_BLOCK_PAGES (1u << TRACE_BLOCK_ORDER)
#define NR_TRACE_TYPES 3 /* migratetypes that content has */

enum trace_page { TRACE_UNSEEN, TRACE_FREE, TRACE_LIVE /* + migratetype */ };

/* @allocated: event of the allocation, counted from 1; head pages only, 0 = unknown */
struct import_page {
	uint32_t allocated;
	uint32_t window; /* in which @slot holds it */
	uint16_t slot;
	uint8_t state; /* enum trace_page */
	uint8_t start; /* state when the trace begins */
};

struct import_block {
	uint64_t number; /* pfn >> TRACE_BLOCK_ORDER */
	uint32_t seen[NR_TRACE_TYPES]; /* pages of allocations, to guess from */
	uint16_t live[NR_TRACE_TYPES]; /* unseen pages under the guessed type */
	uint16_t free, runs; /* free pages, and how many runs they are */
	uint8_t type; /* guessed */
};

struct import_state {
	struct import_block *blocks; /* by number */
	struct import_page *pages;   /* TRACE_BLOCK_PAGES for each */
	size_t nr_blocks;
};

bool import_state_build(struct import_state *state, const struct import_trace *trace);
void import_state_release(struct import_state *state);
/* Back to the moment at which the trace begins. */
void import_state_rewind(struct import_state *state);
/* Apply an event. @index: of it, for the head page of an allocation */
void import_state_apply(struct import_state *state, const struct import_event *event,
			uint32_t index);
/* The page of an event; NULL for a failed allocation. @block may be NULL. */
struct import_page *import_state_page(const struct import_state *state, uint64_t pfn,
				      size_t *block);
/* Fill in shares, free fraction and run length of an age record. */
void import_state_age(const struct import_state *state, const struct spb_config *config,
		      struct program_record *record);

/* An order of the traced machine in a geometry. */
unsigned int import_scale_order(unsigned int order, const struct spb_config *config);

#endif
