// SPDX-License-Identifier: GPL-2.0-only
/*
 * Greedy set cover: see cover.h. Each turn takes the input with the most new features per
 * record. What an input adds only shrinks from turn to turn, so a value that is still the
 * best after it was computed anew is the best of all: the others need not be looked at.
 * In the end, whatever the later ones made superfluous goes again.
 */
#include "fuzz/tool/corpus/cover.h"

#include <stdlib.h>
#include <string.h>

/* What an input costs beside its records: a file of its own, read and decoded. */
#define FILE_COST 2

/**
 * struct candidate - an input not yet chosen, in a heap with the best at its top
 * @gain: features that it would add, as last computed; never less than it is now
 */
struct candidate {
	struct cover_input *input;
	uint32_t gain;
};

/**
 * struct search - scratch of one choice
 * @count: by feature, how many chosen inputs have it
 */
struct search {
	struct cover *cover;
	uint32_t *count;
	struct candidate *heap;
	size_t nr;
};

/* The order among inputs of equal worth. */
static int compare(const struct cover_input *a, const struct cover_input *b)
{
	if (a->records != b->records)
		return a->records < b->records ? -1 : 1;
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return strcmp(a->name, b->name);
}

static bool is_better(const struct candidate *a, const struct candidate *b)
{
	uint64_t first = (uint64_t)a->gain * (b->input->records + FILE_COST);
	uint64_t second = (uint64_t)b->gain * (a->input->records + FILE_COST);

	if (first != second)
		return first > second;
	return compare(a->input, b->input) < 0;
}

static void sink(struct search *search, size_t at)
{
	for (;;) {
		size_t best = at, child = 2 * at + 1;
		struct candidate swap;

		for (size_t i = child; i < child + 2 && i < search->nr; i++)
			if (is_better(&search->heap[i], &search->heap[best]))
				best = i;
		if (best == at)
			return;
		swap = search->heap[at];
		search->heap[at] = search->heap[best];
		search->heap[best] = swap;
		at = best;
	}
}

static uint32_t gain_of(const struct search *search, const struct cover_input *input)
{
	uint32_t gain = 0;

	for (uint32_t i = 0; i < input->nr; i++)
		gain += !search->count[input->feature[i]];
	return gain;
}

static void choose(struct search *search, struct cover_input *input)
{
	input->chosen = true;
	search->cover->nr_chosen++;
	search->cover->bytes += input->size;
	for (uint32_t i = 0; i < input->nr; i++)
		search->count[input->feature[i]]++;
}

static bool fits(const struct cover *cover, const struct cover_input *input)
{
	return (!cover->max_files || cover->nr_chosen < cover->max_files) &&
	       (!cover->max_bytes || cover->bytes + input->size <= cover->max_bytes);
}

static void fill_heap(struct search *search)
{
	struct cover *cover = search->cover;

	for (size_t i = 0; i < cover->nr; i++) {
		struct cover_input *input = &cover->input[i];

		input->chosen = false;
		if (input->must)
			choose(search, input);
	}
	for (size_t i = 0; i < cover->nr; i++)
		if (!cover->input[i].must)
			search->heap[search->nr++] =
				(struct candidate){ &cover->input[i], cover->input[i].nr };
	for (size_t i = search->nr / 2; i-- > 0;)
		sink(search, i);
}

static void choose_best(struct search *search)
{
	while (search->nr) {
		struct candidate *top = &search->heap[0];
		uint32_t gain = gain_of(search, top->input);

		if (gain && gain == top->gain && fits(search->cover, top->input))
			choose(search, top->input);
		else if (gain && gain != top->gain) {
			top->gain = gain;
			sink(search, 0);
			continue;
		}
		/* Chosen, of no use, or without room: it does not come again. */
		search->heap[0] = search->heap[--search->nr];
		sink(search, 0);
	}
}

static bool is_superfluous(const struct search *search, const struct cover_input *input)
{
	for (uint32_t i = 0; i < input->nr; i++)
		if (search->count[input->feature[i]] == 1)
			return false;
	return true;
}

static int largest_first(const void *a, const void *b)
{
	return -compare(((const struct candidate *)a)->input, ((const struct candidate *)b)->input);
}

static void drop_superfluous(struct search *search)
{
	struct cover *cover = search->cover;

	search->nr = 0;
	for (size_t i = 0; i < cover->nr; i++)
		if (cover->input[i].chosen && !cover->input[i].must)
			search->heap[search->nr++] = (struct candidate){ &cover->input[i], 0 };
	qsort(search->heap, search->nr, sizeof(*search->heap), largest_first);
	for (size_t n = 0; n < search->nr; n++) {
		struct cover_input *input = search->heap[n].input;

		if (!is_superfluous(search, input))
			continue;
		input->chosen = false;
		cover->nr_chosen--;
		cover->bytes -= input->size;
		for (uint32_t i = 0; i < input->nr; i++)
			search->count[input->feature[i]]--;
	}
}

/* Features of any input that no chosen one has: counted once each. */
static uint32_t count_lost(struct search *search)
{
	uint32_t lost = 0;

	for (size_t i = 0; i < search->cover->nr; i++) {
		const struct cover_input *input = &search->cover->input[i];

		for (uint32_t f = 0; f < input->nr; f++)
			lost += !search->count[input->feature[f]]++;
	}
	return lost;
}

bool cover_choose(struct cover *cover)
{
	struct search search = {
		.cover = cover,
		.count = calloc(cover->nr_features + 1, sizeof(*search.count)),
		.heap = calloc(cover->nr + 1, sizeof(*search.heap)),
	};
	bool good = search.count && search.heap;

	cover->nr_chosen = cover->bytes = 0;
	if (good) {
		fill_heap(&search);
		choose_best(&search);
		drop_superfluous(&search);
		cover->nr_lost = count_lost(&search);
	}
	free(search.count);
	free(search.heap);
	return good;
}
