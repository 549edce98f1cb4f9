// SPDX-License-Identifier: GPL-2.0-only
/*
 * The race detector: see racedetect.h.
 *
 * Each eight bytes of the arena have room for four accesses:
 *
 *   word ──▶ [clock, bytes, who, kind, where] x 4
 *
 * An access is remembered once per context, kind and clock; most find themselves there.
 * When all four are taken by accesses of this program, the oldest place is reused.
 */
#include "fuzz/harness/racedetect.h"

#include <string.h>

#include "fuzz/harness/access.h"
#include "fuzz/harness/executor.h"
#include "fuzz/harness/host.h"
#include "fuzz/harness/lockgraph.h"
#include "fuzz/harness/report.h"
#include "fuzz/harness/spb_field.h"
#include "fuzz/harness/symbol.h"

#define NR_WHO (PROGRAM_CPUS * NR_CONTEXTS)
#define WHO_MASK 7u
#define CELLS 4
#define ARENA_MAX (2u << 20)
#define SYNC_SHIFT 5
/* Long before a clock is full everything starts anew, between two programs. */
#define CLOCK_MAX 0xf0000000u

_Static_assert(NR_WHO == WHO_MASK + 1, "a context fits its bits");

/**
 * struct cell - one access
 * @clock: of its context; @pc: of the core, from the start of the program's file
 * @step: record that the context ran
 * @bytes: of the word
 * @what: context | RACE_*
 */
struct cell {
	uint32_t clock;
	uint32_t pc;
	uint16_t step;
	uint8_t bytes;
	uint8_t what;
};

struct vector {
	uint32_t of[NR_WHO];
};

extern const char __executable_start[];

static struct cell shadow[ARENA_MAX / 8][CELLS];
static struct vector sync_at[ARENA_MAX >> SYNC_SHIFT];
static struct vector irq_sync[PROGRAM_CPUS];
static struct vector clocks[NR_WHO];
static struct vector start; /* of this program */
static unsigned int me;

static void join(struct vector *to, const struct vector *from)
{
	for (unsigned int i = 0; i < NR_WHO; i++)
		if (from->of[i] > to->of[i])
			to->of[i] = from->of[i];
}

static void forget_everything(void)
{
	memset(shadow, 0, sizeof(shadow));
	memset(sync_at, 0, sizeof(sync_at));
	memset(irq_sync, 0, sizeof(irq_sync));
	memset(clocks, 0, sizeof(clocks));
	memset(&start, 0, sizeof(start));
}

void race_begin(void)
{
	for (unsigned int i = 0; i < NR_WHO; i++)
		if (clocks[i].of[i] > CLOCK_MAX)
			forget_everything();
	for (unsigned int i = 0; i < NR_WHO; i++)
		join(&start, &clocks[i]);
	for (unsigned int i = 0; i < NR_WHO; i++) {
		clocks[i] = start;
		clocks[i].of[i]++;
	}
	if (access_state.arena_size > ARENA_MAX)
		finding("harness", "an arena of %zu bytes, the race detector has room for %u",
			access_state.arena_size, ARENA_MAX);
}

void race_context(unsigned int cpu, bool irq)
{
	me = cpu * NR_CONTEXTS + irq;
}

static struct vector *sync_of(const void *at)
{
	return &sync_at[((uintptr_t)at - access_state.base) >> SYNC_SHIFT];
}

static bool in_arena(const void *at)
{
	return (uintptr_t)at - access_state.base < access_state.arena_size;
}

void race_acquire(const void *at)
{
	if (access_state.detect && in_arena(at))
		join(&clocks[me], sync_of(at));
}

void race_release(const void *at)
{
	if (!access_state.detect || !in_arena(at))
		return;
	join(sync_of(at), &clocks[me]);
	clocks[me].of[me]++;
}

void race_irqs(bool off)
{
	struct vector *sync = &irq_sync[me / NR_CONTEXTS];

	if (!access_state.detect)
		return;
	if (off) {
		join(&clocks[me], sync);
		return;
	}
	join(sync, &clocks[me]);
	clocks[me].of[me]++;
}

/* --- reports --- */

static const char *kind_name(unsigned int what)
{
	if (what & RACE_PLAIN)
		return what & RACE_WRITE ? "plain write" : "plain read";
	return what & RACE_WRITE ? "announced write" : "announced read";
}

static enum program_op op_of(unsigned int step, bool irq)
{
	struct program_record record;

	executor_record(this_run, step, &record);
	return irq ? record.irq_op : record.op;
}

static const char *name_or(const char *name)
{
	return name ? name : "?";
}

/* The signature names the function that writes. */
static noinline __cold void report_race(size_t offset, const struct cell *old,
					unsigned int what, uintptr_t pc)
{
	const char *before = symbol_of((uintptr_t)__executable_start + old->pc);
	const char *now = symbol_of(pc);
	unsigned int who = old->what & WHO_MASK;
	char field[64];

	access_open(false);
	finding_at(what & RACE_WRITE ? now : before);
	finding("data-race", "%s: %s in %s()%s, nothing orders it after the %s in %s() by CPU %u%s,"
		" %s of step %u", spb_field_name(offset, field, sizeof(field)), kind_name(what),
		name_or(now), me % NR_CONTEXTS ? " in an interrupt" : "", kind_name(old->what),
		name_or(before), who / NR_CONTEXTS, who % NR_CONTEXTS ? " in an interrupt" : "",
		program_op_name(op_of(old->step, who % NR_CONTEXTS)), old->step);
}

static bool is_held(const spinlock_t *lock)
{
	const struct host_context *c = host_context_at(me / NR_CONTEXTS, me % NR_CONTEXTS);

	for (unsigned int i = 0; i < c->nr_held; i++)
		if (c->held[i] == lock)
			return true;
	return false;
}

static void check_lockset(size_t offset, unsigned int what, uintptr_t pc)
{
	const spinlock_t *lock = spb_field_lock(offset);
	char field[64];

	if (likely(!lock || is_held(lock)))
		return;
	access_open(false);
	finding_at(symbol_of(pc));
	finding("lockset", "%s: %s in %s() without the %s lock",
		spb_field_name(offset, field, sizeof(field)), kind_name(what),
		name_or(symbol_of(pc)), lock_class_name(lock->class));
}

/* --- one word --- */

static bool conflict(unsigned int a, unsigned int b)
{
	return ((a | b) & RACE_WRITE) && ((a | b) & RACE_PLAIN);
}

/* Does remembering @new make @old needless? The same context, and at least as strong. */
static bool replaces(unsigned int what, uint8_t bytes, const struct cell *old)
{
	return (old->what & WHO_MASK) == (what & WHO_MASK) && !(old->what & ~what) &&
	       !(old->bytes & ~bytes);
}

static noinline void remember(size_t word, uint8_t bytes, unsigned int what, uintptr_t pc)
{
	const struct vector *mine = &clocks[me];
	struct cell *cells = shadow[word];
	unsigned int place = CELLS;

	for (unsigned int i = 0; i < CELLS; i++) {
		struct cell *cell = &cells[i];
		unsigned int who = cell->what & WHO_MASK;

		if (cell->clock <= start.of[who] || replaces(what, bytes, cell))
			place = place < CELLS ? place : i;
		else if (cell->clock > mine->of[who] && (cell->bytes & bytes) &&
			 conflict(cell->what, what))
			report_race(word * 8 + (size_t)__builtin_ctz(cell->bytes & bytes), cell,
				    what, pc);
	}
	if (what & RACE_PLAIN)
		check_lockset(word * 8 + (size_t)__builtin_ctz(bytes), what, pc);
	if (place == CELLS) {
		place = CELLS - 1;
		memmove(&cells[0], &cells[1], sizeof(cells[0]) * place);
	}
	cells[place] = (struct cell){
		.clock = mine->of[me],
		.pc = (uint32_t)(pc - (uintptr_t)__executable_start),
		.step = (uint16_t)this_run->step,
		.bytes = bytes,
		.what = (uint8_t)what,
	};
}

static inline void check_word(size_t word, uint8_t bytes, unsigned int what, uintptr_t pc)
{
	const struct cell *cells = shadow[word];
	uint32_t clock = clocks[me].of[me];

	for (unsigned int i = 0; i < CELLS; i++)
		if (cells[i].clock == clock && !(what & ~cells[i].what) &&
		    (cells[i].what & WHO_MASK) == (what & WHO_MASK) && !(bytes & ~cells[i].bytes))
			return;
	remember(word, bytes, what, pc);
}

void race_access(size_t offset, unsigned int size, unsigned int kind, uintptr_t pc)
{
	unsigned int what = kind | me, shift = offset & 7;
	size_t word = offset >> 3;

	if (likely(shift + size <= 8)) {
		check_word(word, (uint8_t)(((1u << size) - 1) << shift), what, pc);
		return;
	}
	for (unsigned int left = size; left; word++, shift = 0) {
		unsigned int part = left < 8 - shift ? left : 8 - shift;

		check_word(word, (uint8_t)(((1u << part) - 1) << shift), what, pc);
		left -= part;
	}
}
