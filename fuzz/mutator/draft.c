// SPDX-License-Identifier: GPL-2.0-only
/* Programs under edit, and what their slots hold: see draft.h. */
#include "fuzz/mutator/draft.h"

#include <string.h>

#include "fuzz/harness/program/fields.h"

bool draft_open(struct draft *draft, uint8_t *bytes, size_t size, size_t room)
{
	size_t records, whole;

	if (room < PROGRAM_HEADER_SIZE + PROGRAM_RECORD_SIZE)
		return false;
	draft->bytes = bytes;
	draft->room = (unsigned int)((room - PROGRAM_HEADER_SIZE) / PROGRAM_RECORD_SIZE);
	if (draft->room > PROGRAM_MAX_RECORDS)
		draft->room = PROGRAM_MAX_RECORDS;
	records = size < PROGRAM_HEADER_SIZE ? 0 : (size - 1) / PROGRAM_RECORD_SIZE;
	draft->nr = records < draft->room ? (unsigned int)records : draft->room;
	whole = draft_size(draft);
	if (size < whole)
		memset(bytes + size, 0, whole - size);
	header_put(bytes, version, PROGRAM_VERSION);
	program_settle(bytes);
	return true;
}

void draft_header(const struct draft *draft, struct program_header *header)
{
	struct program program;

	program_open(&program, draft->bytes, PROGRAM_HEADER_SIZE);
	*header = program.header;
}

void draft_record(const struct draft *draft, unsigned int n, struct program_record *record)
{
	struct program program = {
		.bytes = draft_raw(draft, n),
		.size = PROGRAM_RECORD_SIZE,
		.nr_records = 1,
	};

	program_record(&program, 0, record);
}

void draft_set_header(struct draft *draft, const struct program_header *header)
{
	program_encode_header(header, draft->bytes);
}

static void switch_on(struct draft *draft, enum program_op op)
{
	unsigned int group = program_op_group(op);

	if (group < NR_GROUPS)
		header_put(draft->bytes, swarm,
			   header_get(draft->bytes, swarm) & ~(1u << group));
}

/* The operation is wanted: a swarm mask that would leave it out gives way. */
void draft_set_record(struct draft *draft, unsigned int n, const struct program_record *record)
{
	uint8_t *raw = draft_raw(draft, n);

	program_encode_record(record, raw);
	if (!record->preempt[0].interrupt && !record->preempt[1].interrupt)
		record_put(raw, irq, 0);
	switch_on(draft, record->op);
}

uint32_t draft_pages(const struct spb_config *config)
{
	uint32_t pages = 0;

	for (unsigned int i = 0; i < MAX_NUMNODES * MAX_NR_ZONES; i++)
		pages += config->zones[i / MAX_NR_ZONES][i % MAX_NR_ZONES].nr_pages;
	return pages;
}

unsigned int draft_make_room(struct draft *draft, unsigned int at, unsigned int nr)
{
	uint8_t *gap = draft_raw(draft, at);

	if (nr > draft->room - draft->nr)
		nr = draft->room - draft->nr;
	memmove(draft_raw(draft, at + nr), gap, (size_t)(draft->nr - at) * PROGRAM_RECORD_SIZE);
	memset(gap, 0, (size_t)nr * PROGRAM_RECORD_SIZE);
	draft->nr += nr;
	return nr;
}

void draft_remove(struct draft *draft, unsigned int at, unsigned int nr)
{
	memmove(draft_raw(draft, at), draft_raw(draft, at + nr),
		(size_t)(draft->nr - at - nr) * PROGRAM_RECORD_SIZE);
	draft->nr -= nr;
}

unsigned int draft_insert(struct draft *draft, unsigned int at, const uint8_t *raw,
			  unsigned int nr)
{
	nr = draft_make_room(draft, at, nr);
	memcpy(draft_raw(draft, at), raw, (size_t)nr * PROGRAM_RECORD_SIZE);
	for (unsigned int i = 0; i < nr; i++)
		switch_on(draft, draft_op(draft, at + i));
	return nr;
}

/* --- slots --- */

static void forget_isolated(struct slots *slots, uint16_t arg)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < slots->nr_isolated; i++)
		if (slots->isolated[i] != arg)
			slots->isolated[kept++] = slots->isolated[i];
	slots->nr_isolated = kept;
}

static void note_isolated(struct slots *slots, uint16_t arg)
{
	if (slots->nr_isolated == DRAFT_ISOLATED)
		forget_isolated(slots, slots->isolated[0]);
	slots->isolated[slots->nr_isolated++] = arg;
}

static void take(struct slots *slots, unsigned int slot)
{
	uint8_t *state = &slots->state[slot % PROGRAM_SLOTS];

	if (*state != SLOT_PINNED)
		*state = SLOT_HELD;
}

static void give_back(struct slots *slots, unsigned int slot)
{
	uint8_t *state = &slots->state[slot];

	if (*state == SLOT_HELD || *state == SLOT_PINNED)
		*state = SLOT_FREED;
}

void slots_apply(struct slots *slots, const struct program_record *record)
{
	uint8_t *state = &slots->state[record->slot];
	unsigned int step = record->arg % 16u + 1;

	switch (record->op) {
	case OP_alloc:
	case OP_alloc_mask:
	case OP_kvmalloc:
	case OP_vmalloc:
	case OP_skb:
		take(slots, record->slot);
		break;
	case OP_bulk:
		for (unsigned int i = 0; i < step; i++)
			take(slots, record->slot + i);
		break;
	case OP_free:
		give_back(slots, record->slot);
		break;
	case OP_free_step:
		for (unsigned int slot = record->slot; slot < PROGRAM_SLOTS; slot += step)
			give_back(slots, slot);
		break;
	case OP_pin:
		if (*state == SLOT_HELD || *state == SLOT_PINNED)
			*state = record->order & 1 ? SLOT_HELD : SLOT_PINNED;
		break;
	case OP_contig:
	case OP_range:
	case OP_cma:
		*state = SLOT_CONTIG;
		break;
	case OP_contig_free:
	case OP_range_free:
	case OP_cma_free:
		*state = SLOT_FREED;
		break;
	case OP_isolate:
		note_isolated(slots, record->arg);
		break;
	case OP_unisolate:
		forget_isolated(slots, record->arg);
		break;
	default:
		break;
	}
}

void slots_at(const struct draft *draft, unsigned int at, struct slots *slots)
{
	struct program_record record;

	memset(slots, 0, sizeof(*slots));
	for (unsigned int n = 0; n < at; n++) {
		draft_record(draft, n, &record);
		slots_apply(slots, &record);
	}
}

unsigned int slots_count(const struct slots *slots, enum slot_state state)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < PROGRAM_SLOTS; i++)
		count += slots->state[i] == state;
	return count;
}

unsigned int slots_nth(const struct slots *slots, enum slot_state state, unsigned int n)
{
	unsigned int slot = 0;

	while (slots->state[slot] != state || n--)
		slot++;
	return slot;
}
