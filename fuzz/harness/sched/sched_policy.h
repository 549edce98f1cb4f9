/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The schedule modes of the header: when something is to be decided, and what.
 *
 *   anchored     the records' preemptions only
 *   random walk  at each point with probability 1/16 (param: 1/16 >> param % 8), another
 *                CPU that can run, all equally likely
 *   pct          the CPU with the highest priority runs. Priorities are a permutation of
 *                the seed; at param % 4 + 1 points, drawn from the length that a dry run
 *                of the same bytes measured, the running CPU becomes the lowest
 *   starve       as random walk, but the gaps are log-uniform up to 4,096, and one CPU
 *                rests for up to 128 decisions whenever one falls on it
 *
 * Where announced accesses alone are points, the last three begin a record only when at most
 * 1 + param / 8 % 4 records lie between it and the first unfinished one, so that what stands
 * side by side in a program runs side by side.
 *
 * In all but the first the records at the beginning that build a state (age, fill, thin,
 * tunable, time) run alone and in order; where the record names an interrupt (byte 15 is
 * not 0), one decision in four takes it instead.
 *
 * With n CPUs, k points and d change points one pct run finds a race of depth d + 1 with
 * probability 1 / (n * k^d) or more.
 */
#ifndef HARNESS_SCHED_POLICY_H
#define HARNESS_SCHED_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/harness/program/program.h"

#define POLICY_NO_CPU (~0u)
#define POLICY_MAX_CHANGES 4

/**
 * struct sched_policy - decisions of one program
 * @random: state of the generator
 * @next: number of points of the whole run at which the next decision falls
 * @resting: decisions for which the starved CPU rests; @victim is that CPU
 * @change: points at which priorities change; @nr_changes of them, @changed are past
 * @priority: by CPU, higher runs first
 */
struct sched_policy {
	enum program_schedule mode;
	uint8_t param;
	unsigned int nr_cpus;
	uint64_t random;
	uint64_t next;
	unsigned int victim, resting;
	uint64_t change[POLICY_MAX_CHANGES];
	unsigned int nr_changes, changed;
	unsigned int priority[PROGRAM_CPUS];
};

/**
 * policy_begin - a program starts
 * @first: points after which decisions are made; @length: points of the whole run, as far
 *         as they are known (pct)
 */
void policy_begin(struct sched_policy *policy, const struct program_header *header,
		  unsigned int nr_cpus, uint64_t first, uint64_t length);

/* Decisions begin after @first points. */
void policy_start_at(struct sched_policy *policy, uint64_t first);

/**
 * policy_decide - a decision falls on CPU @now
 * @ready: bit per CPU that has work and waits for nothing
 * @may_interrupt: the running record names an interrupt
 * @interrupt: receives whether to take it
 *
 * Return: the CPU to go on.
 */
unsigned int policy_decide(struct sched_policy *policy, unsigned int now, uint32_t ready,
			   bool may_interrupt, bool *interrupt);

/* The CPU to go on when an operation is complete: @by_default unless the mode knows better. */
unsigned int policy_after_op(const struct sched_policy *policy, uint32_t ready,
			     unsigned int by_default);

/**
 * policy_point - which point of an operation a preemption's u16 means, at memory accesses
 *
 *   0x0000 to 0x3fff  that point: small numbers are exact
 *   0x4000 to 0x7fff  1 + the low 8 bits
 *   0x8000 to 0xbfff  1 + the low 12 bits
 *   0xc000 to 0xffff  64 times (1 + the low 14 bits)
 *
 * Random numbers so fall where operations have points: half of them pass fewer than 70, a
 * tenth more than 2,000, one in a hundred more than 50,000. Return: 0 for none.
 */
uint32_t policy_point(uint16_t at);

/* Points until @at when @from are past, if that is sooner than @distance; 0 = never. */
static inline uint64_t policy_sooner(uint64_t distance, uint64_t at, uint64_t from)
{
	if (!at || at <= from)
		return distance;
	return at - from < distance ? at - from : distance;
}

#endif
