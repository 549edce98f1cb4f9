// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the reference model remembers from operation to operation. On a right core most of it
 * follows from the arena; on a wrong one it is where a mistake waits to be noticed, so two
 * states are one only if the model agrees, too. Its clock counts: when a superpageblock got to
 * its list is compared with others of the same list alone, and is told anew with each move.
 */
#include "fuzz/explore/exhaustive/state.h"
#include "fuzz/harness/model/model_state.h"

#define WHERE_MODEL (4ull << 32)
#define WHERE_BLOCK (5ull << 32)
#define WHERE_SPB (6ull << 32)

static bool on_one_list(const struct mspb *a, const struct mspb *b)
{
	return a->zone == b->zone && a->told_list == b->told_list;
}

static uint64_t rank_of(const struct mspb *s)
{
	uint64_t rank = 0;

	for (uint32_t i = 0; i < model.nr_spbs; i++)
		rank += on_one_list(&model.spb[i], s) && model.spb[i].moved < s->moved;
	return rank;
}

/* Of a free buddy, or of a CPU. */
static bool has_list(const struct mpage *p)
{
	return p->order != NO_ORDER || p->state == PAGE_PCP;
}

/* Between operations no request is under way: the contexts say nothing. */
void state_model(uint64_t *hash)
{
	if (!model.on)
		return;
	for (uint32_t i = 0; i < model.nr_pages; i++) {
		const struct mpage *p = &model.page[i];

		state_word(hash, WHERE_MODEL | i,
			   p->state | (uint64_t)p->order << 8 | (uint64_t)p->type << 16 |
				   (uint64_t)(has_list(p) ? p->list : 0) << 24);
	}
	for (uint32_t i = 0; i < model.nr_blocks; i++) {
		const struct mblock *b = &model.block[i];

		state_word(hash, WHERE_BLOCK | i,
			   b->label | (uint64_t)b->told_label << 8 | (uint64_t)b->has << 16 |
				   (uint64_t)b->told_has << 24 | (uint64_t)b->isolated << 32);
	}
	for (uint32_t i = 0; i < model.nr_spbs; i++) {
		const struct mspb *s = &model.spb[i];

		state_word(hash, WHERE_SPB | i,
			   s->told_list | (uint64_t)s->told_tainted << 16 |
				   (uint64_t)s->held << 17 | rank_of(s) << 32);
	}
}
