// SPDX-License-Identifier: GPL-2.0-only
/* The mutator under libFuzzer: linked into its engines unless MUTATOR=0. */
#include "fuzz/mutator/mutator.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other,
				 size_t other_size, uint8_t *to, size_t room,
				 unsigned int seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	return mutator_mutate(data, size, max_size, seed, LLVMFuzzerMutate);
}

/* libFuzzer crosses as often as it mutates: what is crossed is mutated half of the time. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other,
				 size_t other_size, uint8_t *to, size_t room,
				 unsigned int seed)
{
	size_t size = mutator_cross(one, one_size, other, other_size, to, room, seed);

	if (!size || seed & 1)
		return size;
	return mutator_mutate(to, size, room, ~(uint64_t)seed, LLVMFuzzerMutate);
}
