/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Data races in the arena: two accesses by different contexts, at least one a write, at
 * least one plain, that nothing orders.
 *
 * Each logical CPU and the interrupts on it have a vector clock of their own. These order:
 *
 *   lock              unlock ──▶ the next lock of the same lock
 *   interrupts        local_irq_restore() ──▶ an interrupt on the CPU ──▶ local_irq_save()
 *   atomic operations on one structure (32 bytes)
 *   pages             the owner is set ──▶ they are freed, split, moved or given up
 *
 * Clocks run on from program to program and all are joined at a program's start, so the
 * memory of accesses needs no reset and nothing of an earlier program is ever reported.
 * Accesses by READ_ONCE, WRITE_ONCE, data_race and atomics never race with each other.
 *
 * Order alone misses a race in schedules where another lock's hand-off happens to order the
 * two. So beside it, what a lock is declared to protect (struct allocator_memory) must be accessed
 * under that lock, or announced: in every schedule, with a single CPU too.
 *
 * What engines see of interleavings is counted here, too: two places of the core that access
 * the same eight bytes one after the other, from two contexts whose operations are both
 * under way, at least one of them a write. Edges do not tell such programs apart.
 *
 * Does not see: accesses of the harness itself; weak memory (one access after another is
 * all there is).
 */
#ifndef HARNESS_RACEDETECT_H
#define HARNESS_RACEDETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct observer;

#define RACE_WRITE 8u
#define RACE_PLAIN 16u

/* Has a report show where both accesses of a race are, or the one without its lock. */
extern const struct observer race_observer;

/* A program starts on CPU 0: all that happened before is ordered before it. Becomes host_order. */
void race_begin(void);

/* The largest arena that there is room for. */
#define RACE_ARENA_MAX (2u << 20)
#define RACE_NR_WORDS (RACE_ARENA_MAX / 8)

/**
 * struct race_word - what is known of eight bytes without a look at their accesses
 * @stamp: context of the last one, with its clock
 * @covered: which bytes that has accessed since, by kind:
 *
 *   31            23           15                7
 *   | plain write | plain read | announced write | announced read |
 *
 * @since: its clock when it came after another context, or first in this program
 * @last: where in the core that access was, doubled; odd for a write
 *
 * A write stands for a read, and plain for announced. Where @stamp is race_stamp, and all
 * bytes of an access are covered, there is nothing to be remembered or compared.
 */
struct race_word {
	uint32_t stamp;
	uint32_t covered;
	uint32_t since;
	uint32_t last;
};

extern struct race_word race_words[RACE_NR_WORDS];
extern uint32_t race_stamp;

/* Of each pair of places that was met, by hash: 1. Engines take and clear it. */
#define RACE_NR_PAIRS (1u << 13)
extern uint8_t race_pairs[RACE_NR_PAIRS];

/* What race_access() does for an access that race_words[] does not answer. */
void race_access_new(size_t offset, unsigned int size, unsigned int kind, uintptr_t pc);

/**
 * race_access - an access of the running context is about to happen
 * @offset: in the arena
 * @kind: RACE_*
 * @pc: of the core
 */
static inline __attribute__((always_inline)) void race_access(size_t offset, unsigned int size,
							      unsigned int kind, uintptr_t pc)
{
	const struct race_word *word = &race_words[offset >> 3];
	uint32_t bytes = ((1u << size) - 1) << (offset & 7);

	if (word->stamp != race_stamp || (bytes & ~(word->covered >> kind & 0xff)))
		race_access_new(offset, size, kind, pc);
}

#endif
