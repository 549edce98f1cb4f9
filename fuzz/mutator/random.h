/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers of the mutator: the engine's seed decides them all. */
#ifndef MUTATOR_RANDOM_H
#define MUTATOR_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

/* SplitMix64: any seed will do, zero too. */
static inline uint32_t random_next(struct random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ z >> 31) >> 32);
}

/* 0 <= result < n; 0 for n == 0. */
static inline uint32_t random_below(struct random *random, uint32_t n)
{
	return (uint32_t)((uint64_t)random_next(random) * n >> 32);
}

static inline bool random_one_in(struct random *random, uint32_t n)
{
	return !random_below(random, n);
}

/* 0 <= result < n, each power of two as likely as the next: small numbers prevail. */
static inline uint32_t random_small(struct random *random, uint32_t n)
{
	uint32_t bits = 0, limit;

	while (bits < 31 && 1u << bits < n)
		bits++;
	limit = 1u << random_below(random, bits + 1);
	return random_below(random, limit < n ? limit : n);
}

#endif
