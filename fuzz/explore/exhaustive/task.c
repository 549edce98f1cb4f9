// SPDX-License-Identifier: GPL-2.0-only
/* One program: its bytes out of the states on its way, and its execution. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/explore/exhaustive/pool.h"
#include "fuzz/harness/program/fields.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/report/signature.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/target/observers.h"

/* The whole alphabet of program.h, as the target alloc runs it. */
static const struct run_mode mode = { .observers = observers_of_races };

static sigjmp_buf after_finding;
static unsigned int last_step;
static bool with_ranks;
static struct outcome *wanted;

/* --- bytes --- */

/* The slot above all that are in use. */
static unsigned int fresh_slot(uint64_t slots, unsigned int nr_extents)
{
	unsigned int slot = 0;

	for (unsigned int i = 0; i < nr_extents; i++)
		if (state_slot(slots, i) >= slot)
			slot = state_slot(slots, i) + 1;
	return slot;
}

/* A letter becomes a record in the state that it follows. */
static void to_record(const struct alphabet *alphabet, const struct found_state *after,
		      uint8_t letter, struct program_record *record)
{
	unsigned int place = letter & 15;

	if (!(letter & LETTER_FREE)) {
		*record = alphabet->calls.call[letter].record;
		record->slot = (uint8_t)fresh_slot(after->slots, after->nr_extents);
		return;
	}
	memset(record, 0, sizeof(*record));
	record->irq_op = program_op_of(0);
	record->op = after->held >> place & 1 ? OP_contig_free : OP_free;
	record->opcode = program_opcode(record->op);
	record->slot = (uint8_t)state_slot(after->slots, place);
}

static uint8_t *put_letter(const struct alphabet *alphabet, const struct found_state *after,
			   uint8_t letter, uint8_t *at)
{
	struct program_record record;

	to_record(alphabet, after, letter, &record);
	program_encode_record(&record, at);
	return at + PROGRAM_RECORD_SIZE;
}

/* States on the way to @state, the last first. */
static unsigned int find_way(const struct store *store, uint32_t state, uint32_t *way)
{
	unsigned int nr = 0;

	for (; state; state = store->state[state].parent)
		way[nr++] = state;
	return nr;
}

size_t task_bytes(const struct pool *pool, const struct task *task, uint8_t *bytes)
{
	const struct found_state *states = pool->store->state;
	const struct found_state between = {
		.slots = task->slots, .held = task->held,
		.nr_extents = MAX_EXTENTS, /* places without an extent hold slot 0 */
	};
	uint32_t way[MAX_DEPTH + 1];
	uint8_t *at = bytes + PROGRAM_HEADER_SIZE;

	program_encode_header(&pool->alphabet->header, bytes);
	if (task->state == NO_STATE)
		return PROGRAM_HEADER_SIZE;
	for (unsigned int n = find_way(pool->store, task->state, way); n-- > 0;) {
		const struct found_state *state = &states[way[n]];

		at = put_letter(pool->alphabet, &states[state->parent], state->letter, at);
	}
	at = put_letter(pool->alphabet, &states[task->state], task->letter, at);
	if (task->second != NO_LETTER)
		at = put_letter(pool->alphabet, &between, task->second, at);
	return (size_t)(at - bytes);
}

static void print_letter(const struct alphabet *alphabet, uint8_t letter, FILE *to)
{
	if (letter & LETTER_FREE)
		fprintf(to, " free%u", letter & 15);
	else
		fprintf(to, " %s", alphabet->calls.call[letter].name);
}

void task_print(const struct pool *pool, const struct task *task, FILE *to)
{
	uint32_t way[MAX_DEPTH + 1];

	if (task->state == NO_STATE)
		return;
	for (unsigned int n = find_way(pool->store, task->state, way); n-- > 0;)
		print_letter(pool->alphabet, pool->store->state[way[n]].letter, to);
	print_letter(pool->alphabet, task->letter, to);
	if (task->second != NO_LETTER)
		print_letter(pool->alphabet, task->second, to);
}

/* --- execution --- */

/* The record after the last one is a no-op: when it begins, all before is done and checked. */
static void identify_last(struct run *run, const struct program_record *record)
{
	(void)record;
	if (run->step == last_step)
		state_identify(run, with_ranks, &wanted->id);
}

static const struct observer watcher = { .name = "state", .op_begins = identify_last };

static void come_back(struct run *run)
{
	(void)run;
	siglongjmp(after_finding, 1);
}

static uint64_t hash_of_signature(const struct run *run)
{
	uint64_t hash = 0xcbf29ce484222325ull;
	char signature[128];

	finding_signature(&run->finding, signature, sizeof(signature));
	for (const char *c = signature; *c; c++)
		hash = (hash ^ (uint8_t)*c) * 0x100000001b3ull;
	return hash;
}

void task_execute(const struct pool *pool, const struct task *task, bool quiet,
		  struct outcome *outcome)
{
	uint8_t bytes[MAX_BYTES];
	size_t size = task_bytes(pool, task, bytes);

	memset(outcome, 0, sizeof(*outcome));
	memset(bytes + size, 0, PROGRAM_RECORD_SIZE);
	record_put(bytes + size, opcode, PROGRAM_NOP);
	last_step = (unsigned int)((size - PROGRAM_HEADER_SIZE) / PROGRAM_RECORD_SIZE);
	with_ranks = pool->alphabet->kills;
	wanted = outcome;
	this_run->options = (struct run_options){ .oracles = true, .model = true, .quiet = quiet };
	this_run->on_finding = come_back;
	this_run->watcher = &watcher;
	if (sigsetjmp(after_finding, 0)) {
		outcome->kind = OUTCOME_FINDING;
		outcome->id.hash[0] = hash_of_signature(this_run);
		return;
	}
	/* At its end everything is checked once more, and completely. */
	run_program(bytes, size + PROGRAM_RECORD_SIZE, &mode);
}

void task_report(const struct pool *pool, const struct task *task)
{
	struct outcome outcome;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child < 0)
		perror("exhaustive: fork");
	if (child)
		waitpid(child, NULL, 0);
	if (child)
		return;
	alarm(60);
	task_execute(pool, task, false, &outcome);
	_exit(0);
}
