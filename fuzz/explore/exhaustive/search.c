// SPDX-License-Identifier: GPL-2.0-only
/* Breadth first over states: see search.h. */
#include "fuzz/explore/exhaustive/search.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Letters by number: those of the alphabet, then one for each live extent. */
static unsigned int nr_letters(const struct search *search, unsigned int nr_extents)
{
	const struct alphabet *alphabet = search->pool->alphabet;

	return alphabet->calls.nr + (alphabet->frees ? nr_extents : 0);
}

static uint8_t letter_of(const struct search *search, unsigned int n)
{
	const struct alphabet *alphabet = search->pool->alphabet;

	return (uint8_t)(n < alphabet->calls.nr ? n : LETTER_FREE | (n - alphabet->calls.nr));
}

static void add_task(struct search *search, const struct task *task)
{
	struct shared *shared = search->pool->shared;

	shared->task[shared->nr_tasks++] = *task;
}

/* --- findings --- */

static void write_crash(const struct search *search, const struct task *task, uint64_t signature)
{
	uint8_t bytes[MAX_BYTES];
	size_t size = task_bytes(search->pool, task, bytes);
	char path[512];
	FILE *to;

	snprintf(path, sizeof(path), "%s/crash-exhaustive-%016" PRIx64, search->crashes, signature);
	to = fopen(path, "w");
	if (!to || fwrite(bytes, size, 1, to) != 1 || fclose(to)) {
		fprintf(stderr, "exhaustive: %s: ", path);
		perror("cannot be written");
		exit(2);
	}
	printf("  %s\n", path);
}

static void note_finding(struct search *search, const struct task *task,
			 const struct outcome *outcome)
{
	uint64_t signature = outcome->id.hash[0];

	if (!store_finding(search->store, signature, task->state, task->letter))
		return;
	printf("finding at depth %u:", search->store->progress.depth);
	task_print(search->pool, task, stdout);
	printf("\n");
	if (outcome->kind == OUTCOME_CRASH)
		printf("  the process ended with signal %" PRIu64 "\n", signature);
	write_crash(search, task, signature);
	task_report(search->pool, task);
}

/* --- comparing what follows --- */

struct check {
	uint32_t state;
	struct task twin;
	struct outcome outcome;
};

static struct check check[MAX_TASKS / 64];
static unsigned int nr_checks;

static void note_check(uint32_t state, const struct task *twin, const struct outcome *outcome)
{
	if (nr_checks < MAX_TASKS / 64)
		check[nr_checks++] = (struct check){ state, *twin, *outcome };
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	if (a->kind != b->kind || a->id.hash[0] != b->id.hash[0])
		return false;
	return a->kind != OUTCOME_STATE ||
	       (a->id.hash[1] == b->id.hash[1] && a->id.held == b->id.held &&
		a->id.nr_extents == b->id.nr_extents);
}

static void print_difference(const struct search *search, uint32_t n)
{
	const struct shared *shared = search->pool->shared;

	fprintf(stderr, "exhaustive: two programs should end alike and do not:\n");
	for (uint32_t i = n; i < n + 2; i++) {
		fprintf(stderr, "  %016" PRIx64 "%016" PRIx64 " kind %d:",
			shared->outcome[i].id.hash[1], shared->outcome[i].id.hash[0],
			(int)shared->outcome[i].kind);
		task_print(search->pool, &shared->task[i], stderr);
		fprintf(stderr, "\n");
	}
}

/*
 * Tasks of one check, in pairs that must end alike: the state once more, by its own program
 * and by the other; then each letter after both.
 */
static void add_check(struct search *search, const struct check *c)
{
	const struct found_state *state = &search->store->state[c->state];
	unsigned int nr = nr_letters(search, state->nr_extents);
	struct task own = { .state = state->parent, .letter = state->letter, .second = NO_LETTER };
	struct task twin = c->twin;

	if (!c->state)
		own.state = NO_STATE;
	add_task(search, &own);
	add_task(search, &twin);
	twin.held = c->outcome.id.held;
	twin.slots = c->outcome.id.slots;
	for (unsigned int n = 0; n < nr; n++) {
		own = (struct task){ .state = c->state, .letter = letter_of(search, n),
				     .second = NO_LETTER };
		twin.second = letter_of(search, n);
		add_task(search, &own);
		add_task(search, &twin);
	}
}

/* Return: false when two programs differ that should not. */
static bool run_checks(struct search *search)
{
	struct shared *shared = search->pool->shared;

	for (unsigned int done = 0; done < nr_checks;) {
		shared->nr_tasks = 0;
		while (done < nr_checks && shared->nr_tasks + 2 * (MAX_CALLS + MAX_EXTENTS + 1) <
						   MAX_TASKS)
			add_check(search, &check[done++]);
		pool_run(search->pool);
		for (uint32_t n = 0; n < shared->nr_tasks; n += 2)
			if (!same(&shared->outcome[n], &shared->outcome[n + 1])) {
				print_difference(search, n);
				return false;
			}
	}
	search->store->progress.checked += nr_checks;
	nr_checks = 0;
	return true;
}

/* --- one chunk --- */

/* Edges of the states before the last but one are walked by search_count_programs(). */
static void add_edge(struct search *search, uint32_t to)
{
	struct progress *p = &search->store->progress;

	if (p->depth < search->depth)
		search->store->edge[p->nr_edges++] = to;
}

static void take_outcome(struct search *search, const struct task *task,
			 const struct outcome *outcome)
{
	struct progress *p = &search->store->progress;
	uint32_t known;

	p->run[p->depth]++;
	if (outcome->kind != OUTCOME_STATE) {
		note_finding(search, task, outcome);
		add_edge(search, EDGE_FINDING);
		return;
	}
	known = store_find(search->store, outcome->id.hash);
	if (known != NO_STATE && p->run[p->depth] % search->sample == 0)
		note_check(known, task, outcome);
	if (known == NO_STATE || !search->prune)
		known = store_add(search->store, &outcome->id, task->state, task->letter,
				  known != NO_STATE);
	add_edge(search, known);
}

static uint64_t executed(const struct progress *p)
{
	uint64_t sum = 0;

	for (unsigned int d = 0; d <= p->depth; d++)
		sum += p->run[d];
	return sum;
}

/* Tasks of one chunk: no more than what is left of a limit, but those of one state. */
static uint64_t room_for(const struct search *search, unsigned int letters)
{
	uint64_t left = search->limit - executed(&search->store->progress);

	if (!search->limit || left > MAX_TASKS)
		return MAX_TASKS;
	return left > letters ? left : letters;
}

/* As many of the states from progress.next on as fit; return: the state after them. */
static uint32_t add_tasks(struct search *search)
{
	const struct progress *p = &search->store->progress;
	struct shared *shared = search->pool->shared;
	uint32_t n = p->next;

	shared->nr_tasks = 0;
	for (; n < p->level[p->depth]; n++) {
		unsigned int nr = nr_letters(search, search->store->state[n].nr_extents);

		if (shared->nr_tasks + nr > room_for(search, nr))
			break;
		for (unsigned int i = 0; i < nr; i++)
			add_task(search, &(struct task){ .state = n, .second = NO_LETTER,
							 .letter = letter_of(search, i) });
	}
	return n;
}

static bool has_room(const struct progress *p)
{
	return p->nr_states + MAX_TASKS <= MAX_STATES && p->nr_edges + MAX_TASKS <= MAX_EDGES;
}

static enum search_end expand_chunk(struct search *search)
{
	struct progress *p = &search->store->progress;
	struct shared *shared = search->pool->shared;
	uint32_t next = add_tasks(search);

	if (!has_room(p)) {
		p->full = true;
		return SEARCH_FULL;
	}
	pool_run(search->pool);
	for (uint32_t n = 0; n < shared->nr_tasks; n++) {
		take_outcome(search, &shared->task[n], &shared->outcome[n]);
		if (search->stop_at_first && p->nr_kinds)
			return SEARCH_STOPPED;
	}
	p->next = next;
	return run_checks(search) ? SEARCH_DONE : SEARCH_WRONG;
}

/* --- levels --- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void print_level(const struct search *search)
{
	const struct progress *p = &search->store->progress;
	uint64_t run = p->run[p->depth], fresh = p->fresh[p->depth];

	printf("%5u %12" PRIu64 " %12" PRIu64 " %8.1f%% %10.0f %8.1f\n", p->depth, fresh, run,
	       run ? 100.0 * (double)(run - fresh) / (double)run : 0.0,
	       (double)executed(p) / (p->seconds > 0 ? p->seconds : 1), p->seconds);
	fflush(stdout);
}

static enum search_end expand_level(struct search *search)
{
	struct progress *p = &search->store->progress;

	while (p->next < p->level[p->depth]) {
		double began = now();
		enum search_end end;

		if (*search->interrupted || (search->limit && executed(p) >= search->limit))
			return SEARCH_INTERRUPTED;
		end = expand_chunk(search);
		p->seconds += now() - began;
		if (end != SEARCH_DONE)
			return end;
	}
	return SEARCH_DONE;
}

/* The state before any operation. */
static bool add_root(struct search *search)
{
	struct progress *p = &search->store->progress;
	struct shared *shared = search->pool->shared;

	shared->nr_tasks = 1;
	shared->task[0] = (struct task){ .state = NO_STATE, .second = NO_LETTER };
	pool_run(search->pool);
	if (shared->outcome[0].kind != OUTCOME_STATE) {
		note_finding(search, &shared->task[0], &shared->outcome[0]);
		return false;
	}
	store_add(search->store, &shared->outcome[0].id, 0, 0, false);
	p->level[0] = 1;
	p->depth = 1;
	p->level[1] = 1;
	return true;
}

enum search_end search_run(struct search *search)
{
	struct progress *p = &search->store->progress;

	printf("%5s %12s %12s %9s %10s %8s\n", "depth", "new states", "executed", "known",
	       "programs/s", "seconds");
	if (!p->nr_states && !add_root(search))
		return SEARCH_STOPPED;
	while (p->depth <= search->depth) {
		enum search_end end = expand_level(search);

		if (end != SEARCH_DONE)
			return end;
		print_level(search);
		if (p->depth == search->depth)
			break;
		p->depth++;
		p->level[p->depth] = p->nr_states;
	}
	return SEARCH_DONE;
}

/* --- programs --- */

static uint64_t add_up(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

/*
 * Walks of the graph by length: as many programs as lead to a state, each with every letter.
 * Only states of less than @length operations are on walks of that length.
 */
static uint64_t walk_once(const struct search *search, unsigned int length, const uint64_t *from,
			  uint64_t *to)
{
	const struct store *store = search->store;
	uint32_t end = store->progress.level[length];
	const uint32_t *edge = store->edge;
	uint64_t programs = 0;

	for (uint32_t n = 0; n < end; n++) {
		unsigned int nr = nr_letters(search, store->state[n].nr_extents);

		for (unsigned int i = 0; i < nr; i++) {
			programs = add_up(programs, from[n]);
			if (length < search->depth && edge[i] != EDGE_FINDING)
				to[edge[i]] = add_up(to[edge[i]], from[n]);
		}
		edge += nr;
	}
	return programs;
}

void search_count_programs(const struct search *search, uint64_t *programs)
{
	size_t nr = search->store->progress.level[search->depth];
	uint64_t *from = calloc(nr, sizeof(*from)), *to = calloc(nr, sizeof(*to)), *swap;

	if (!from || !to) {
		perror("exhaustive: counting programs");
		exit(2);
	}
	from[0] = 1;
	for (unsigned int length = 1; length <= search->depth; length++) {
		memset(to, 0, nr * sizeof(*to));
		programs[length] = walk_once(search, length, from, to);
		swap = from;
		from = to;
		to = swap;
	}
	free(from);
	free(to);
}
