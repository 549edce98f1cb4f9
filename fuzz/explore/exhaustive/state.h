/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * States, told apart by everything that can change what happens later.
 *
 * The hash is a sum, over the words that differ from the freshly initialised allocator, of
 * 128 pseudo-random bits each, chosen by place and value. What goes in:
 *
 *   the whole arena, since the core has no state elsewhere (a gate checks that): pages,
 *   lists with their order (neighbours, as distances in the arena), labels, bits, counters,
 *   watermarks, per-CPU lists, work, locks. Left out or rewritten, with the reason:
 *     now              only differences to it are ever read: see the next
 *     stamps of workers without progress: 0 is "never"; read only as "is it younger than
 *                      the cool-down"; older ones stay older. So: age, or 0 when older
 *     order and type of a future evacuation: written whenever its work is queued, read only
 *                      when that ran: 0 while it is not pending
 *     list fields of a page that is on no list: written before they are read; removal from
 *                      no list is a finding whatever they hold
 *     owner of pages   see below
 *   what predict.c believes is isolated; what the oracles carry from operation to
 *   operation; the model's pages, labels, told bits, told lists and list positions.
 *
 * Symmetries. (1) Time shifts: above. (2) Names of slots: each allocation goes into the slot
 * above all that are in use, so a slot holds at most one extent, and a later operation names
 * it by the place of its extent. Slots are told apart by nothing but their extents and, when
 * memory runs out, by comparing numbers (the lowest of the largest is the victim). The size of
 * an extent never changes. So a state is the same under every renaming of slots that keeps the
 * order of those with extents of one size; and under every renaming when no letter can kill
 * (alphabet.h). An owner is hashed as its rank among those, or as 1.
 * Content stamps are compared for equality alone, and are checked before they are dropped.
 *
 * Nothing else is symmetric: mirrored superpageblocks differ in which one lists and scans
 * come to first.
 */
#ifndef EXHAUSTIVE_STATE_H
#define EXHAUSTIVE_STATE_H

#include "fuzz/explore/exhaustive/alphabet.h"
#include "fuzz/harness/base/run.h"

/**
 * struct state_id - which state, and what can be freed in it
 * @slots: of the live extents in the order of page numbers, four bits each
 * @held: bit per place in that order: a whole superpageblock
 */
struct state_id {
	uint64_t hash[2];
	uint64_t slots;
	uint16_t held;
	uint8_t nr_extents;
};

/* The state of the running program. @ranks: slots in their order make a difference. */
void state_identify(struct run *run, bool ranks, struct state_id *id);

static inline unsigned int state_slot(uint64_t slots, unsigned int place)
{
	return slots >> 4 * place & 15;
}

/* A word of a state: @where tells words apart. */
void state_word(uint64_t *hash, uint64_t where, uint64_t word);

/* What the reference model remembers beyond the operation. */
void state_model(uint64_t *hash);

#endif
