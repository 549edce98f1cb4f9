/* SPDX-License-Identifier: GPL-2.0-only */
/* A few inputs that together have every feature of all: which ones. */
#ifndef TOOL_COVER_H
#define TOOL_COVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct cover_input - one input to choose from
 * @name: the last resort that makes the order a total one
 * @records, @size: what it costs: fewer operations are better, then fewer bytes
 * @must: chosen whatever it covers
 * @nr, @feature: its features, each once
 * @chosen: the answer
 */
struct cover_input {
	const char *name;
	unsigned int records;
	size_t size;
	bool must;
	uint32_t nr;
	uint32_t *feature;
	bool chosen;
};

/**
 * struct cover - inputs and what is asked for
 * @nr_features: features are numbers below this
 * @max_files, @max_bytes: of what is chosen; 0 = no limit. Inputs that must be are chosen
 *                         beyond them
 * @nr_chosen, @bytes: of the answer
 * @nr_lost: features that some input has and no chosen one, for lack of room
 */
struct cover {
	struct cover_input *input;
	size_t nr;
	uint32_t nr_features;
	size_t max_files, max_bytes;
	size_t nr_chosen, bytes;
	uint32_t nr_lost;
};

/**
 * cover_choose - choose inputs
 *
 * The order of the inputs does not matter. Return: false when memory is out.
 */
bool cover_choose(struct cover *cover);

#endif
