// SPDX-License-Identifier: GPL-2.0-only
/*
 * The race detector: see racedetect.h.
 *
 * Each eight bytes of the arena have room for four accesses:
 *
 *   word ──▶ [clock, bytes, who, kind, where] x 4
 *
 * An access is remembered once per context, kind and clock; race_words[] knows most of them.
 * When all four are taken by accesses of this program, the oldest place is reused.
 */
#include "fuzz/harness/race/racedetect.h"

#include <stdio.h>
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/observer.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/base/symbol.h"
#include "fuzz/harness/debuginfo/source.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/host/lockgraph.h"

#define WHO_MASK 7u
#define CELLS 4
#define WHO_BITS 3
#define SYNC_SHIFT 5
/* Long before a clock with its context is full everything starts anew, between two programs. */
#define CLOCK_MAX 0x1e000000u

_Static_assert(NR_ALL_CONTEXTS == WHO_MASK + 1, "a context fits its bits");

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

/**
 * struct guard - the lock that the field at a byte of the word is declared to have
 * @key: arena and byte that this is about
 * @lock: its offset in the arena, 0 = none
 */
struct guard {
	uint32_t key;
	uint32_t lock;
};

/* One word's: a line of the processor's cache. The guards are of its halves. */
struct shadow {
	struct cell cell[CELLS];
	struct guard guard[2];
} __attribute__((aligned(64)));

struct vector {
	uint32_t of[NR_ALL_CONTEXTS];
};

extern const char __executable_start[];

/* libFuzzer finds it by the name of the section. */
uint8_t race_pairs[RACE_NR_PAIRS] __attribute__((section("__libfuzzer_extra_counters")));

/*
 * Clocks go on from program to program, and all are joined at a program's start: what they say
 * of an earlier one is before that.
 */
PROCESS_STATE struct race_word race_words[RACE_NR_WORDS];
static PROCESS_STATE struct shadow shadow[RACE_NR_WORDS];
static PROCESS_STATE struct vector sync_at[RACE_ARENA_MAX >> SYNC_SHIFT];
static PROCESS_STATE struct vector irq_sync[PROGRAM_CPUS];
static PROCESS_STATE struct vector clocks[NR_ALL_CONTEXTS];
static PROCESS_STATE struct vector start; /* of this program */
PROGRAM_STATE uint32_t race_stamp;
static PROGRAM_STATE unsigned int me;

static void join(struct vector *to, const struct vector *from)
{
	for (unsigned int i = 0; i < NR_ALL_CONTEXTS; i++)
		if (from->of[i] > to->of[i])
			to->of[i] = from->of[i];
}

/* Another context runs, or its clock has moved. */
static void stamp(void)
{
	race_stamp = clocks[me].of[me] << WHO_BITS | me;
}

static void tick(void)
{
	clocks[me].of[me]++;
	stamp();
}

static void forget_everything(void)
{
	memset(race_words, 0, sizeof(race_words));
	memset(shadow, 0, sizeof(shadow));
	memset(sync_at, 0, sizeof(sync_at));
	memset(irq_sync, 0, sizeof(irq_sync));
	memset(clocks, 0, sizeof(clocks));
	memset(&start, 0, sizeof(start));
}

static void follow(unsigned int cpu, bool irq)
{
	me = cpu * NR_CONTEXTS + irq;
	stamp();
}

static struct vector *sync_of(const void *at)
{
	return &sync_at[((uintptr_t)at - access_state.base) >> SYNC_SHIFT];
}

static bool in_arena(const void *at)
{
	return (uintptr_t)at - access_state.base < access_state.arena_size;
}

static void acquire(const void *at)
{
	if (in_arena(at))
		join(&clocks[me], sync_of(at));
}

static void release(const void *at)
{
	if (!in_arena(at))
		return;
	join(sync_of(at), &clocks[me]);
	tick();
}

static void irqs(bool off)
{
	struct vector *sync = &irq_sync[me / NR_CONTEXTS];

	if (off) {
		join(&clocks[me], sync);
		return;
	}
	join(sync, &clocks[me]);
	tick();
}

static const struct host_order order = {
	.context = follow, .acquire = acquire, .release = release, .irqs = irqs,
};

void race_begin(void)
{
	for (unsigned int i = 0; i < NR_ALL_CONTEXTS; i++)
		if (clocks[i].of[i] > CLOCK_MAX)
			forget_everything();
	for (unsigned int i = 0; i < NR_ALL_CONTEXTS; i++)
		join(&start, &clocks[i]);
	for (unsigned int i = 0; i < NR_ALL_CONTEXTS; i++) {
		clocks[i] = start;
		clocks[i].of[i]++;
	}
	follow(0, false);
	host_order = &order;
	if (access_state.arena_size > RACE_ARENA_MAX)
		finding("harness", "an arena of %zu bytes, the race detector has room for %u",
			access_state.arena_size, RACE_ARENA_MAX);
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

	run_record(this_run, step, &record);
	return irq ? record.irq_op : record.op;
}

static const char *name_or(const char *name)
{
	return name ? name : "?";
}

/* Until the next report. */
static const char *field_at(size_t offset)
{
	static PROGRAM_STATE char name[64];

	return allocator.memory->field_name(offset, name, sizeof(name));
}

/* Both accesses, for the picture: a message is one sentence. */
static PROGRAM_STATE struct told {
	uintptr_t pc;
	const char *kind;
	unsigned int cpu;
} told[2];
static PROGRAM_STATE unsigned int nr_told;

static void tell_access(uintptr_t pc, const char *kind, unsigned int cpu)
{
	told[nr_told++] = (struct told){ pc, kind, cpu };
}

static void draw(FILE *out, const struct run *run, const struct finding_info *info)
{
	char text[512];

	(void)run;
	(void)info;
	for (unsigned int i = 0; i < nr_told; i++)
		if (source_text(told[i].pc, text, sizeof(text))[0])
			fprintf(out, "  %s on CPU %u: %s\n", told[i].kind, told[i].cpu, text);
}

static void forget_told(struct run *run)
{
	(void)run;
	nr_told = 0;
}

const struct observer race_observer = { .name = "races", .begin = forget_told, .picture = draw };

/* The signature names the function that writes. */
static noinline __cold __attribute__((noreturn))
void report_race(size_t offset, const struct cell *old, unsigned int what, uintptr_t pc)
{
	uintptr_t old_pc = (uintptr_t)__executable_start + old->pc;
	const char *before = symbol_of(old_pc);
	const char *now = symbol_of(pc);
	unsigned int who = old->what & WHO_MASK;

	access_open(false);
	nr_told = 0;
	finding_at(what & RACE_WRITE ? now : before);
	tell_access(pc, kind_name(what), me / NR_CONTEXTS);
	tell_access(old_pc, kind_name(old->what), who / NR_CONTEXTS);
	finding("data-race", "%s: %s in %s()%s, nothing orders it after the %s in %s() by CPU %u%s,"
		" %s of step %u", field_at(offset), kind_name(what),
		name_or(now), me % NR_CONTEXTS ? " in an interrupt" : "", kind_name(old->what),
		name_or(before), who / NR_CONTEXTS, who % NR_CONTEXTS ? " in an interrupt" : "",
		program_op_name(op_of(old->step, who % NR_CONTEXTS)), old->step);
}

static bool is_held(const spinlock_t *lock)
{
	const struct host_context *c = host_context_at(me / NR_CONTEXTS, me % NR_CONTEXTS);

	return host_held_at(c, lock) < c->nr_held;
}

static noinline void find_guard(struct guard *guard, uint32_t key, size_t offset)
{
	const spinlock_t *lock = allocator.memory->field_lock(offset);

	guard->key = key;
	guard->lock = lock ? (uint32_t)((uintptr_t)lock - access_state.base) : 0;
}

static noinline void check_held(const spinlock_t *lock, size_t offset, unsigned int what,
				uintptr_t pc)
{
	if (likely(is_held(lock)) || !rule_is_on(RULE_LOCKSET))
		return;
	access_open(false);
	finding_at(symbol_of(pc));
	nr_told = 0;
	tell_access(pc, kind_name(what), me / NR_CONTEXTS);
	finding("lockset", "%s: %s in %s() without the %s lock",
		field_at(offset), kind_name(what),
		name_or(symbol_of(pc)), lock_class_name(lock->class));
}

static bool is_meant(size_t offset, const struct cell *old, unsigned int what, uintptr_t pc)
{
	uintptr_t before = (uintptr_t)__executable_start + old->pc;

	bool both = old->what & what & RACE_WRITE;

	if (!allocator.memory->meant)
		return false;
	return what & RACE_WRITE ? allocator.memory->meant(offset, pc, before, both) :
				   allocator.memory->meant(offset, before, pc, both);
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

static void put(struct cell *place, uint8_t bytes, unsigned int what, uintptr_t pc)
{
	*place = (struct cell){
		.clock = clocks[me].of[me],
		.pc = (uint32_t)(pc - (uintptr_t)__executable_start),
		.step = (uint16_t)this_run->step,
		.bytes = bytes,
		.what = (uint8_t)what,
	};
}

/* Which lock that is takes a dozen comparisons: it is kept, it never changes in an arena. */
static inline void check_lockset(size_t offset, unsigned int what, uintptr_t pc)
{
	struct guard *guard = &shadow[offset >> 3].guard[offset >> 2 & 1];
	uint32_t key = access_state.arena_id << 3 | (offset & 7);

	if (unlikely(guard->key != key))
		find_guard(guard, key, offset);
	if (guard->lock)
		check_held((const spinlock_t *)(access_state.base + guard->lock), offset, what,
			   pc);
}

static void judge(size_t offset, const struct cell *old, unsigned int what, uintptr_t pc)
{
	unsigned int kinds = RACE_PLAIN | RACE_WRITE;
	bool read = !(old->what & kinds) || !(what & kinds);

	if (allocator.memory->whole_writes && read)
		return;
	if (rule_is_on(RULE_DATA_RACE) && !is_meant(offset, old, what, pc))
		report_race(offset, old, what, pc);
}

/* Room for an access, and no conflict with those that are there. */
static noinline struct cell *place_for(size_t word, uint8_t bytes, unsigned int what, uintptr_t pc)
{
	const struct vector *mine = &clocks[me];
	struct cell *cells = shadow[word].cell, *place = NULL;

	for (unsigned int i = 0; i < CELLS; i++) {
		struct cell *cell = &cells[i];
		unsigned int who = cell->what & WHO_MASK;

		if (cell->clock <= start.of[who] || replaces(what, bytes, cell))
			place = place ? place : cell;
		else if (cell->clock > mine->of[who] && (cell->bytes & bytes) &&
			 conflict(cell->what, what))
			judge(word * 8 + (size_t)__builtin_ctz(cell->bytes & bytes), cell, what,
			      pc);
	}
	if (place)
		return place;
	memmove(&cells[0], &cells[1], sizeof(cells[0]) * (CELLS - 1));
	return &cells[CELLS - 1];
}

static uint32_t place_of(unsigned int kind, uintptr_t pc)
{
	return (uint32_t)(pc - (uintptr_t)__executable_start) << 1 | !!(kind & RACE_WRITE);
}

static void count_pair(uint32_t before, uint32_t now)
{
	uint32_t hash = before * 0x9e3779b1u ^ now * 0x85ebca6bu;

	if (this_run->concurrent && ((before | now) & 1))
		race_pairs[(hash ^ hash >> 16) % RACE_NR_PAIRS] = 1;
}

/* The running context accesses these bytes, and with that whatever the kind stands for. */
static void note(struct race_word *word, uint8_t bytes, unsigned int kind, uintptr_t pc)
{
	static const uint32_t stands_for[] = {
		[0] = 0x1,
		[RACE_WRITE] = 0x101,
		[RACE_PLAIN] = 0x10001,
		[RACE_PLAIN | RACE_WRITE] = 0x1010101,
	};

	if (word->stamp != race_stamp)
		word->covered = 0;
	word->stamp = race_stamp;
	word->covered |= bytes * stands_for[kind];
	word->last = place_of(kind, pc);
}

static bool is_remembered(const struct cell *cells, uint8_t bytes, unsigned int what)
{
	uint32_t clock = clocks[me].of[me];

	for (unsigned int i = 0; i < CELLS; i++)
		if (cells[i].clock == clock && !(what & ~cells[i].what) &&
		    (cells[i].what & WHO_MASK) == (what & WHO_MASK) && !(bytes & ~cells[i].bytes))
			return true;
	return false;
}

/* Nobody has accessed the word in this program. */
static bool is_untouched(const struct race_word *word)
{
	return word->stamp >> WHO_BITS <= start.of[word->stamp & WHO_MASK];
}

/*
 * The very access is remembered, and since then no other context came to the word: nothing
 * can conflict. Return: what to overwrite, or NULL.
 */
static struct cell *seen_since(struct cell *cells, const struct race_word *word, uint8_t bytes,
			       unsigned int what)
{
	for (unsigned int i = 0; i < CELLS; i++)
		if (cells[i].bytes == bytes && cells[i].what == what &&
		    cells[i].clock >= word->since)
			return &cells[i];
	return NULL;
}

static inline __attribute__((always_inline)) void
check_word(size_t n, uint8_t bytes, unsigned int kind, uintptr_t pc)
{
	struct race_word *word = &race_words[n];
	struct cell *cells = shadow[n].cell, *place;
	unsigned int what = kind | me;

	if (is_untouched(word)) {
		word->since = clocks[me].of[me];
		place = &cells[0];
	} else if ((word->stamp & WHO_MASK) == me) {
		place = seen_since(cells, word, bytes, what);
	} else {
		count_pair(word->last, place_of(kind, pc));
		word->since = clocks[me].of[me];
		place = NULL;
	}
	if (!place && !is_remembered(cells, bytes, what))
		place = place_for(n, bytes, what, pc);
	if (place && (kind & RACE_PLAIN))
		check_lockset(n * 8 + (size_t)__builtin_ctz(bytes), what, pc);
	if (place)
		put(place, bytes, what, pc);
	note(word, bytes, kind, pc);
}

static noinline void check_words(size_t offset, unsigned int size, unsigned int kind,
				 uintptr_t pc)
{
	unsigned int shift = offset & 7;
	size_t word = offset >> 3;

	for (unsigned int left = size; left; word++, shift = 0) {
		unsigned int part = left < 8 - shift ? left : 8 - shift;

		check_word(word, (uint8_t)(((1u << part) - 1) << shift), kind, pc);
		left -= part;
	}
}

void race_access_new(size_t offset, unsigned int size, unsigned int kind, uintptr_t pc)
{
	unsigned int shift = offset & 7;

	if (unlikely(shift + size > 8))
		check_words(offset, size, kind, pc);
	else
		check_word(offset >> 3, (uint8_t)(((1u << size) - 1) << shift), kind, pc);
}
