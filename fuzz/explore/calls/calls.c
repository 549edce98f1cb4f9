// SPDX-License-Identifier: GPL-2.0-only
/* Calls by short names: see calls.h. */
#include "fuzz/explore/calls/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/text/text.h"
#include "spb/gfp.h"

/* As in op_isolate(): page numbers reach this far beyond both ends of the memory map. */
#define PFN_MARGIN 16

/* Node 0's memory map, and the number of its normal zone among the populated ones. */
struct place {
	uint32_t min_pfn, max_pfn, zone_start;
	unsigned int zone;
};

static struct place find_place(const struct program_header *header, struct spb_config *config)
{
	struct place place = { .min_pfn = ~0u };

	geometry_config(header, config);
	for (unsigned int type = 0; type < MAX_NR_ZONES; type++) {
		const struct spb_zone_config *zone = &config->zones[0][type];

		if (!zone->nr_pages)
			continue;
		if (zone->start_pfn < place.min_pfn)
			place.min_pfn = zone->start_pfn;
		if (zone->start_pfn + zone->nr_pages > place.max_pfn)
			place.max_pfn = zone->start_pfn + zone->nr_pages;
		if (type < ZONE_NORMAL)
			place.zone++;
	}
	place.zone_start = config->zones[0][ZONE_NORMAL].start_pfn;
	return place;
}

/* The argument that op_isolate() scales to this page. */
static uint16_t page_argument(const struct place *place, uint32_t pfn)
{
	uint32_t pages = place->max_pfn - place->min_pfn + 2 * PFN_MARGIN;
	uint32_t at = pfn - (place->min_pfn - PFN_MARGIN);

	return (uint16_t)((((uint64_t)at << 16) + pages - 1) / pages);
}

static bool read_flags(char letter, uint32_t *gfp)
{
	switch (letter) {
	case 'a':
		*gfp = GFP_ATOMIC;
		return true;
	case 'k':
		*gfp = GFP_KERNEL;
		return true;
	case 'b':
		*gfp = GFP_NOWAIT;
		return true;
	case 'n':
		*gfp = GFP_NOWAIT | __GFP_NORETRY;
		return true;
	case 'f':
		*gfp = GFP_NOFS;
		return true;
	case 'e':
		*gfp = GFP_KERNEL | __GFP_NOFAIL;
		return true;
	case 'm':
		*gfp = GFP_ATOMIC | __GFP_MEMALLOC;
		return true;
	case 't':
		*gfp = GFP_KERNEL | __GFP_RETRY_MAYFAIL;
		return true;
	default:
		return false;
	}
}

static bool read_request(const char *name, struct program_record *record)
{
	if (strlen(name) != 3 || !strchr("URM", name[0]) || name[1] < '0' || name[1] > '9' ||
	    !read_flags(name[2], &record->gfp))
		return false;
	record->op = OP_alloc;
	record->order = (uint8_t)(name[1] - '0');
	if (name[0] == 'R')
		record->gfp |= __GFP_RECLAIMABLE;
	if (name[0] == 'M')
		record->gfp |= __GFP_MOVABLE;
	return true;
}

/* "evacU1": what follows the word is type and order. */
static bool read_evacuation(const char *name, struct program_record *record)
{
	if (strncmp(name, "evac", 4) || strlen(name) != 6 || !strchr("UR", name[4]) ||
	    name[5] < '0' || name[5] > '9')
		return false;
	record->op = OP_evacuate;
	record->extra = name[4] == 'R' ? 2 : 0;
	record->order = (uint8_t)(name[5] - '0');
	return true;
}

/* A word, and a number where the operation takes one. */
static bool read_word(const char *name, const struct place *place, unsigned int block_order,
		      struct program_record *record)
{
	static const struct {
		const char *word;
		enum program_op op;
		bool number;
		uint16_t arg;
	} words[] = {
		{ "iso", OP_isolate, true, 0 },	      { "uniso", OP_unisolate, true, 0 },
		{ "compact", OP_compact, true, 0 },   { "reclaim", OP_reclaim, false, 0 },
		{ "contig", OP_contig, false, 0 },    { "work", OP_work, false, 15 },
		{ "time", OP_time, false, COOLDOWN }, { "work", OP_work, true, 0 },
		{ "drain", OP_drain_all, false, 0 },
	};
	size_t length = strcspn(name, "0123456789");
	uint32_t number = (uint32_t)strtoul(name + length, NULL, 10);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].word) != length || strncmp(words[i].word, name, length) ||
		    words[i].number != (name[length] != 0))
			continue;
		record->op = words[i].op;
		record->arg = words[i].arg;
		record->order = (uint8_t)number;
		if (record->op == OP_isolate || record->op == OP_unisolate) {
			record->order = 0;
			record->arg = page_argument(place, place->zone_start +
								  (number << block_order));
		} else if (record->op == OP_work && number) {
			record->order = 0;
			record->arg = (uint16_t)(number - 1);
		} else if (record->op != OP_work && record->op != OP_time) {
			record->arg = (uint16_t)place->zone;
		}
		return true;
	}
	return false;
}

static struct named_call *next_call(struct call_list *list, const char *name, size_t length)
{
	struct named_call *call = &list->call[list->nr];

	if (list->nr == MAX_CALLS || !length || length >= sizeof(call->name))
		return NULL;
	*call = (struct named_call){ 0 };
	memcpy(call->name, name, length);
	return call;
}

bool calls_add(struct call_list *list, const struct program_header *header, const char *name)
{
	struct spb_config config;
	struct place place = find_place(header, &config);
	struct named_call *call = next_call(list, name, strlen(name));

	if (!call || (!read_request(name, &call->record) && !read_evacuation(name, &call->record) &&
		      !read_word(name, &place, config.block_order, &call->record)))
		return false;
	call->record.opcode = program_opcode(call->record.op);
	call->record.irq_op = program_op_of(0);
	list->nr++;
	return true;
}

bool calls_add_line(struct call_list *list, const struct program_header *header, char *line,
		    char why[CALL_ERROR])
{
	uint8_t bytes[PROGRAM_HEADER_SIZE + PROGRAM_RECORD_SIZE];
	size_t length = strcspn(line, ":");
	struct named_call *call;
	struct text_error error;
	struct program program;
	char text[TEXT_LINE];

	if (!line[length]) {
		snprintf(why, CALL_ERROR, "'%.32s' is no call, or one too many", line);
		return calls_add(list, header, line);
	}
	call = next_call(list, line, length);
	if (!call) {
		snprintf(why, CALL_ERROR, "not 'name: record', or one too many");
		return false;
	}
	snprintf(text, sizeof(text), "spbt 1\n%s\n", line + length + 1);
	if (text_assemble(text, strlen(text), bytes, sizeof(bytes), NULL, &error) !=
	    sizeof(bytes)) {
		snprintf(why, CALL_ERROR, "%s", error.message);
		return false;
	}
	program_open(&program, bytes, sizeof(bytes));
	program_record(&program, 0, &call->record);
	list->nr++;
	return true;
}
