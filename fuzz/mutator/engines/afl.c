// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mutator as a library for AFL++: AFL_CUSTOM_MUTATOR_LIBRARY=build/afl/mutator.so
 * AFL++ mutates bytes by itself, so this does not.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/program/program.h"
#include "fuzz/mutator/mutator.h"
#include "fuzz/mutator/random.h"

#define CROSS_ONE_IN 4

struct afl_mutator {
	struct random random;
	struct trimmer trimmer;
	unsigned int trim_steps;
	uint8_t out[PROGRAM_MAX_SIZE];
	uint8_t trimmed[PROGRAM_MAX_SIZE];
	uint8_t attempt[PROGRAM_MAX_SIZE];
};

void *afl_custom_init(void *afl, unsigned int seed);
void afl_custom_deinit(void *data);
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out, uint8_t *add,
		       size_t add_size, size_t max_size);
const char *afl_custom_describe(void *data, size_t max_length);
int32_t afl_custom_init_trim(void *data, uint8_t *buf, size_t size);
size_t afl_custom_trim(void *data, uint8_t **out);
int32_t afl_custom_post_trim(void *data, unsigned char kept);

void *afl_custom_init(void *afl, unsigned int seed)
{
	struct afl_mutator *mutator = calloc(1, sizeof(*mutator));

	(void)afl;
	if (mutator)
		mutator->random.state = seed;
	return mutator;
}

void afl_custom_deinit(void *data)
{
	free(data);
}

static uint64_t next_seed(struct afl_mutator *mutator)
{
	return (uint64_t)random_next(&mutator->random) << 32 | random_next(&mutator->random);
}

size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out, uint8_t *add,
		       size_t add_size, size_t max_size)
{
	struct afl_mutator *mutator = data;
	size_t room = max_size < sizeof(mutator->out) ? max_size : sizeof(mutator->out);
	size_t crossed = 0;

	*out = mutator->out;
	if (add && random_one_in(&mutator->random, CROSS_ONE_IN))
		crossed = mutator_cross(buf, size, add, add_size, mutator->out, room,
					next_seed(mutator));
	if (crossed && random_one_in(&mutator->random, 2))
		return crossed;
	if (!crossed) {
		crossed = size < room ? size : room;
		memcpy(mutator->out, buf, crossed);
	}
	return mutator_mutate(mutator->out, crossed, room, next_seed(mutator), NULL);
}

const char *afl_custom_describe(void *data, size_t max_length)
{
	(void)data;
	return strlen(mutator_did()) < max_length ? mutator_did() : "spbfuzz";
}

int32_t afl_custom_init_trim(void *data, uint8_t *buf, size_t size)
{
	struct afl_mutator *mutator = data;

	if (size > sizeof(mutator->trimmed))
		return 0;
	memcpy(mutator->trimmed, buf, size);
	mutator->trim_steps = trimmer_begin(&mutator->trimmer, size);
	return (int32_t)mutator->trim_steps;
}

size_t afl_custom_trim(void *data, uint8_t **out)
{
	struct afl_mutator *mutator = data;

	*out = mutator->attempt;
	return trimmer_next(&mutator->trimmer, mutator->trimmed, mutator->attempt);
}

int32_t afl_custom_post_trim(void *data, unsigned char kept)
{
	struct afl_mutator *mutator = data;
	size_t size = mutator->trimmer.size;

	if (kept)
		memcpy(mutator->trimmed, mutator->attempt,
		       size - (size_t)mutator->trimmer.run * PROGRAM_RECORD_SIZE);
	if (!trimmer_result(&mutator->trimmer, kept))
		return (int32_t)mutator->trim_steps;
	return (int32_t)mutator->trimmer.step;
}
