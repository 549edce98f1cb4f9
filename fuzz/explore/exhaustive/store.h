/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the search knows: states in the order in which they were found, each with the state
 * and the letter that it was found by (so a program for each), and the edges between them.
 *
 *   state   0     1      2      3      4 ...
 *   found   -   0,U0a  0,U0k  0,M0k  1,U0a ...
 *          |level 0| level 1          | level 2 ...
 *
 * Everything is of fixed size and mapped without being used up: MAX_STATES and MAX_EDGES
 * bound the memory to 3.2 GiB. States and edges are shared with the workers, which read.
 */
#ifndef EXHAUSTIVE_STORE_H
#define EXHAUSTIVE_STORE_H

#include "fuzz/explore/exhaustive/state.h"

#define MAX_STATES (48u << 20) /* of 32 bytes, and 4 for each in the index */
#define MAX_EDGES (160u << 20) /* of 4 bytes */
#define MAX_KINDS 64

#define NO_STATE 0xffffffffu
#define EDGE_FINDING 0xfffffffeu

struct found_state {
	uint64_t hash[2];
	uint64_t slots;
	uint32_t parent;
	uint16_t held;
	uint8_t letter;
	uint8_t nr_extents;
};

_Static_assert(sizeof(struct found_state) == 32, "states are many");

/**
 * struct finding_kind - findings of one signature
 * @state, @letter: the first program that shows it
 */
struct finding_kind {
	uint64_t signature;
	uint64_t count;
	uint32_t state;
	uint8_t letter;
	uint8_t depth;
};

/**
 * struct progress - what is kept between runs, beside states and edges
 * @next: first state that has not been expanded
 * @depth: of the states that are being found
 * @level: first state of each depth
 * @fresh: by depth, states that no earlier one equals
 * @run: by depth, programs executed
 * @sum: of the hashes of all different states
 * @checked: pairs of programs that led to one state and were compared further on
 * @seconds: spent; @cpu_seconds: of all processes
 * @full: MAX_STATES or MAX_EDGES was reached
 */
struct progress {
	uint64_t key;
	uint32_t nr_states, nr_edges, next, depth;
	uint32_t level[MAX_DEPTH + 2];
	uint64_t fresh[MAX_DEPTH + 1], run[MAX_DEPTH + 1];
	uint64_t sum[2];
	uint64_t checked;
	double seconds, cpu_seconds;
	uint32_t nr_kinds;
	bool full;
	struct finding_kind kind[MAX_KINDS];
};

struct store {
	struct progress progress;
	struct found_state *state;
	uint32_t *edge;
	uint32_t *index; /* of states by hash: open addressing, 1 + number */
};

void store_open(struct store *store);

/* The number of the state with this hash, or NO_STATE. */
uint32_t store_find(const struct store *store, const uint64_t *hash);
/* Add a state that is not there, or (@twin) one that is. The caller keeps the bound. */
uint32_t store_add(struct store *store, const struct state_id *id, uint32_t parent,
		   uint8_t letter, bool twin);
/* One more finding of this kind. Return: whether it is the first. */
bool store_finding(struct store *store, uint64_t signature, uint32_t state, uint8_t letter);

/* Write everything whole, or leave what was there; false after a complaint. */
bool store_save(const struct store *store, const char *path);
/* Read it, if it is there and has this key. Return: whether it was. */
bool store_load(struct store *store, const char *path, uint64_t key);

#endif
