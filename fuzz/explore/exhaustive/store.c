// SPDX-License-Identifier: GPL-2.0-only
/* States, edges and their file: see store.h. */
#include "fuzz/explore/exhaustive/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* At most three quarters full. */
#define INDEX_SIZE (64u << 20)

_Static_assert(MAX_STATES <= INDEX_SIZE / 4 * 3, "the index is large enough");

static void *map_shared(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mem == MAP_FAILED) {
		perror("exhaustive: mmap");
		exit(2);
	}
	return mem;
}

void store_open(struct store *store)
{
	store->state = map_shared(MAX_STATES * sizeof(*store->state));
	store->edge = map_shared(MAX_EDGES * sizeof(*store->edge));
	store->index = map_shared(INDEX_SIZE * sizeof(*store->index));
}

/* Where the hash is in the index, or would be. */
static uint32_t *index_of(const struct store *store, const uint64_t *hash)
{
	uint32_t at = (uint32_t)hash[0] % INDEX_SIZE;

	while (store->index[at]) {
		const struct found_state *state = &store->state[store->index[at] - 1];

		if (state->hash[0] == hash[0] && state->hash[1] == hash[1])
			break;
		at = (at + 1) % INDEX_SIZE;
	}
	return &store->index[at];
}

uint32_t store_find(const struct store *store, const uint64_t *hash)
{
	uint32_t entry = *index_of(store, hash);

	return entry ? entry - 1 : NO_STATE;
}

uint32_t store_add(struct store *store, const struct state_id *id, uint32_t parent,
		   uint8_t letter, bool twin)
{
	struct progress *p = &store->progress;
	uint32_t n = p->nr_states++;

	store->state[n] = (struct found_state){
		.hash = { id->hash[0], id->hash[1] },
		.slots = id->slots,
		.parent = parent,
		.held = id->held,
		.letter = letter,
		.nr_extents = id->nr_extents,
	};
	if (twin)
		return n;
	*index_of(store, id->hash) = n + 1;
	p->fresh[p->depth]++;
	/* A product: the sum of sums would not see two states exchange their halves. */
	p->sum[0] += id->hash[0] * (id->hash[1] | 1);
	p->sum[1] += id->hash[1] * (id->hash[0] | 1);
	return n;
}

bool store_finding(struct store *store, uint64_t signature, uint32_t state, uint8_t letter)
{
	struct progress *p = &store->progress;

	for (uint32_t i = 0; i < p->nr_kinds; i++)
		if (p->kind[i].signature == signature) {
			p->kind[i].count++;
			return false;
		}
	if (p->nr_kinds == MAX_KINDS)
		return false;
	p->kind[p->nr_kinds++] = (struct finding_kind){
		.signature = signature, .count = 1, .state = state, .letter = letter,
		.depth = (uint8_t)p->depth,
	};
	return true;
}

/* --- the file: progress, states, edges --- */

static bool write_all(const struct store *store, FILE *to)
{
	const struct progress *p = &store->progress;

	return fwrite(p, sizeof(*p), 1, to) == 1 &&
	       fwrite(store->state, sizeof(*store->state), p->nr_states, to) == p->nr_states &&
	       fwrite(store->edge, sizeof(*store->edge), p->nr_edges, to) == p->nr_edges &&
	       !fflush(to) && !fsync(fileno(to));
}

bool store_save(const struct store *store, const char *path)
{
	char fresh[512];
	FILE *to;
	bool good;

	snprintf(fresh, sizeof(fresh), "%s.new", path);
	to = fopen(fresh, "w");
	good = to && write_all(store, to);
	if (to && fclose(to))
		good = false;
	if (good && !rename(fresh, path))
		return true;
	fprintf(stderr, "exhaustive: %s: ", fresh);
	perror("cannot be written");
	unlink(fresh);
	return false;
}

/* A key that fits, and nothing missing or left over. */
static bool read_all(struct store *store, FILE *from, uint64_t key)
{
	struct progress *p = &store->progress;

	if (fread(p, sizeof(*p), 1, from) != 1 || p->key != key || p->nr_states > MAX_STATES ||
	    p->nr_edges > MAX_EDGES)
		return false;
	return fread(store->state, sizeof(*store->state), p->nr_states, from) == p->nr_states &&
	       fread(store->edge, sizeof(*store->edge), p->nr_edges, from) == p->nr_edges &&
	       fgetc(from) == EOF;
}

bool store_load(struct store *store, const char *path, uint64_t key)
{
	FILE *from = fopen(path, "r");
	bool good;

	if (!from)
		return false;
	good = read_all(store, from, key);
	fclose(from);
	if (!good) {
		fprintf(stderr, "exhaustive: %s is of another search or damaged: starting anew\n",
			path);
		memset(&store->progress, 0, sizeof(store->progress));
		return false;
	}
	/* Twins of an unpruned search find their place taken. */
	for (uint32_t n = 0; n < store->progress.nr_states; n++) {
		uint32_t *entry = index_of(store, store->state[n].hash);

		if (!*entry)
			*entry = n + 1;
	}
	return true;
}
