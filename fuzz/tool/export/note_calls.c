// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls of the allocator, with what came of each: a table of operations in place of its own
 * notes them and goes on to that. When the program is over they are written as lines:
 *
 *   row <depth> <cpu> <kind> <refused> <a> <b> <c> <d> <result> <events> <hash>
 *   op <text of the record whose calls follow>
 *   end <seen> <hash of the arena> <rule>\t<message>
 *   refused <why there can be no program in C>
 */
#include "fuzz/tool/export/calls.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/base/switch.h"
#include "fuzz/harness/host/arena.h"
#include "fuzz/harness/host/host.h"
#include "spb/config.h"

#define MAX_ROWS 65536u
#define MAX_TEXTS 1024u

static struct call_row rows[MAX_ROWS];
static struct {
	unsigned int row;
	char text[160];
} texts[MAX_TEXTS];
static unsigned int nr_rows, nr_texts, depth, open_rows[8];
static const struct allocator_ops *real;
static struct allocator_ops noted;
static bool preempted, too_many;
static FILE *out;

/* --- rows --- */

static struct call_row *row_begins(enum call_row_kind kind, uint32_t a, uint32_t b, uint32_t c,
				   uint32_t d)
{
	const struct host_context *context = host_context_at(shim_this->cpu, CONTEXT_TASK);

	if (nr_rows == MAX_ROWS || depth == 8) {
		too_many = true;
		nr_rows = 0;
		depth = 0;
	}
	rows[nr_rows] = (struct call_row){
		.depth = (uint8_t)depth, .cpu = (uint8_t)shim_this->cpu, .kind = kind,
		.refused = context->call.expect != SPB_RULE_NONE, .a = a, .b = b, .c = c, .d = d,
	};
	open_rows[depth++] = nr_rows;
	return &rows[nr_rows++];
}

static void row_ends(struct call_row *row, uint32_t result)
{
	row->result = result;
	if (depth)
		depth--;
}

/* A call without a result. */
#define NOTE(kind, a, b, c, call)                                   \
	do {                                                        \
		struct call_row *_row = row_begins(kind, a, b, c, 0); \
		call;                                               \
		row_ends(_row, 0);                                  \
	} while (0)

#define NOTE_RESULT(kind, a, b, c, d, call)                         \
	({                                                          \
		struct call_row *_row = row_begins(kind, a, b, c, d); \
		__auto_type _result = (call);                       \
		row_ends(_row, (uint32_t)_result);                  \
		_result;                                            \
	})

static uint32_t note_alloc(uint32_t gfp, unsigned int order, unsigned int nid, uint32_t nodemask)
{
	return NOTE_RESULT(ROW_ALLOC, gfp, order, nid, nodemask,
			   real->alloc(gfp, order, nid, nodemask));
}

static unsigned int note_bulk(uint32_t gfp, unsigned int nid, unsigned int nr, uint32_t *pfns)
{
	return NOTE_RESULT(ROW_BULK, gfp, nid, nr, 0, real->alloc_bulk(gfp, nid, nr, pfns));
}

static bool note_caller(enum caller_kind kind, uint32_t nr_pages, unsigned int order, uint32_t gfp,
			struct extent_list *extents)
{
	return NOTE_RESULT(ROW_KVMALLOC + kind, nr_pages, order, gfp, 0,
			   real->alloc_caller(kind, nr_pages, order, gfp, extents));
}

static void note_free(uint32_t pfn, unsigned int order)
{
	NOTE(ROW_FREE, pfn, order, 0, real->free(pfn, order));
}

static int note_split(uint32_t pfn, unsigned int order, unsigned int new_order)
{
	return NOTE_RESULT(ROW_SPLIT, pfn, order, new_order, 0, real->split(pfn, order, new_order));
}

/* Below a call the host of the C file does it itself. */
static void note_owner(uint32_t pfn, uint32_t owner)
{
	if (depth)
		real->set_owner(pfn, owner);
	else
		NOTE(ROW_OWNER, pfn, owner, 0, real->set_owner(pfn, owner));
}

static void note_drain(unsigned int cpu)
{
	NOTE(ROW_DRAIN, cpu, 0, 0, real->drain(cpu));
}

static void note_drain_all(void)
{
	NOTE(ROW_DRAIN_ALL, 0, 0, 0, real->drain_all());
}

static void note_reclaim(unsigned int zone, unsigned long nr)
{
	NOTE(ROW_RECLAIM, zone, (uint32_t)nr, 0, real->reclaim(zone, nr));
}

static void note_compact(unsigned int zone, unsigned int order)
{
	NOTE(ROW_COMPACT, zone, order, 0, real->compact(zone, order));
}

static void note_evacuate(unsigned int zone, unsigned int order, unsigned int type)
{
	NOTE(ROW_EVACUATE, zone, order, type, real->evacuate(zone, order, type));
}

static int note_isolate(uint32_t pfn, bool on)
{
	return NOTE_RESULT(ROW_ISOLATE, pfn, on, 0, 0, real->isolate(pfn, on));
}

static uint32_t note_contig(unsigned int zone)
{
	return NOTE_RESULT(ROW_CONTIG, zone, 0, 0, 0, real->contig(zone));
}

static void note_contig_free(uint32_t pfn)
{
	NOTE(ROW_CONTIG_FREE, pfn, 0, 0, real->contig_free(pfn));
}

static unsigned int note_work(unsigned int limit)
{
	return NOTE_RESULT(ROW_WORK, limit, 0, 0, 0, real->work(limit));
}

static void note_time(uint32_t ticks)
{
	NOTE(ROW_TIME, ticks, 0, 0, real->advance_time(ticks));
}

static void note_tunable(unsigned int tunable, uint16_t value)
{
	NOTE(ROW_TUNABLE, tunable, value, 0, real->set_tunable(tunable, value));
}

static bool note_can_serve(unsigned int zone, unsigned int order, unsigned int type)
{
	return NOTE_RESULT(ROW_CAN_SERVE, zone, order, type, 0,
			   real->can_serve(zone, order, type));
}

static bool note_has_free(unsigned int zone)
{
	return NOTE_RESULT(ROW_HAS_FREE, zone, 0, 0, 0, real->has_free(zone));
}

/* What an allocator does not have stays away. */
#define TAKE(member, note) .member = real->member ? note : NULL

static void replace_operations(struct run *run)
{
	real = allocator.ops;
	noted = (struct allocator_ops){
		TAKE(alloc, note_alloc), TAKE(alloc_bulk, note_bulk),
		TAKE(alloc_caller, note_caller), TAKE(free, note_free), TAKE(split, note_split),
		TAKE(set_owner, note_owner), TAKE(drain, note_drain),
		TAKE(drain_all, note_drain_all), TAKE(reclaim, note_reclaim),
		TAKE(compact, note_compact), TAKE(evacuate, note_evacuate),
		TAKE(isolate, note_isolate), TAKE(contig, note_contig),
		TAKE(contig_free, note_contig_free), TAKE(work, note_work),
		TAKE(advance_time, note_time), TAKE(set_tunable, note_tunable),
		TAKE(can_serve, note_can_serve), TAKE(has_free, note_has_free),
	};
	run->ops = &noted;
}

/* --- the observer --- */

/* Set before anybody was told that the program begins. */
static void note_switches(const struct run *run)
{
	const uint16_t values[NR_SPB_TUNABLES] = {
#define X(name, value, text) [SPB_TUNABLE_##name] = run->config.tunables.name,
		SPB_TUNABLES(X)
#undef X
	};

	for (unsigned int i = 0; run->program.header.switches && i < NR_SPB_TUNABLES; i++) {
		struct call_row *row = row_begins(ROW_TUNABLE, i, values[i], 0, 0);

		row->events = ROW_ANY_EVENTS;
		row_ends(row, 0);
	}
}

static void begin(struct run *run)
{
	nr_rows = nr_texts = depth = 0;
	preempted = too_many = false;
	replace_operations(run);
	note_switches(run);
}

static void op_begins(struct run *run, const struct program_record *record)
{
	uint8_t raw[PROGRAM_RECORD_SIZE];
	char line[TEXT_LINE];

	(void)run;
	program_encode_record(record, raw);
	if (nr_texts < MAX_TEXTS) {
		texts[nr_texts].row = nr_rows;
		snprintf(texts[nr_texts].text, sizeof(texts[0].text), "%.150s",
			 text_record(line, raw));
		nr_texts++;
	}
	if (record->op == OP_pin)
		row_ends(row_begins(ROW_PIN, record->slot + 1u, !(record->order & 1), 0, 0), 0);
}

static uint64_t mix(uint64_t to, uint64_t word)
{
	return (to ^ word) * 0x100000001b3ull;
}

/* As the C file does it. */
static void event(struct run *run, const struct spb_event *e)
{
	struct call_row *row = &rows[open_rows[depth ? depth - 1 : 0]];

	(void)run;
	if (!depth)
		return;
	row->events++;
	row->hash = mix(row->hash, e->type | (uint32_t)e->step << 8 | (uint32_t)e->zone << 16 |
					   (uint32_t)e->order << 24);
	row->hash = mix(row->hash, e->mt | (uint64_t)e->spb << 8 | (uint64_t)e->pfn << 24);
	row->hash = mix(row->hash, e->arg | (uint64_t)e->arg2 << 32);
}

static void switched(struct run *run, const struct sched_switch *told)
{
	(void)run;
	preempted |= told->kind != SWITCH_DONE;
}

static const struct observer watcher = {
	.name = "calls", .events = ALL_EVENTS, .begin = begin, .op_begins = op_begins,
	.event = event, .switched = switched,
};

static void prepare(FILE *log)
{
	out = log;
}

/* The gaps between its parts, which the harness fills, are left as they begin. */
static uint64_t hash_of_arena(void)
{
	const struct arena *arena = this_run->arena;
	const uint64_t *words = (const uint64_t *)arena->base;
	uint64_t base = (uintptr_t)words, size = arena->size, result = 0;

	for (size_t i = 0; i < size / sizeof(*words); i++) {
		uint8_t line = arena->dirty[i * sizeof(*words) >> SHIM_LINE_SHIFT];
		uint64_t word = line & ARENA_GAP ? 0 : words[i];

		result = mix(result, word - base < size ? word - base + 1 : word);
	}
	return result;
}

/* What the core itself sees, or the host of the C file does. */
static bool is_seen_by_core(const char *rule)
{
	static const char *const names[] = {
		"core-bug", "list-corrupt", "endless", "sleep-in-atomic", "lock-not-held",
		"lock-self-deadlock", "bad-call-unpredicted",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(rule, names[i]))
			return true;
	return false;
}

static const char *why_not(bool found)
{
	if (strcmp(allocator.name, "superpageblocks"))
		return "it makes calls of core/ alone";
	if (too_many)
		return "it makes too many calls";
	if (preempted)
		return "its operations are preempted, which no program on one thread is; the page "
		       "and the bundle show it";
	if (found && depth && !this_run->recent.in_event &&
	    !is_seen_by_core(this_run->finding.rule))
		return "the rule is seen to be broken within a call by the harness alone";
	return found ? NULL : "it breaks no rule";
}

static void write_rows(void)
{
	unsigned int text = 0;

	for (unsigned int i = 0; i < nr_rows; i++) {
		const struct call_row *r = &rows[i];

		for (; text < nr_texts && texts[text].row <= i; text++)
			fprintf(out, "op %s\n", texts[text].text);
		fprintf(out, "row %u %u %u %u %u %u %u %u %u %u %" PRIu64 "\n", r->depth, r->cpu,
			r->kind, r->refused, r->a, r->b, r->c, r->d, r->result, r->events, r->hash);
	}
}

static void finish(bool found)
{
	const struct recent *recent = &this_run->recent;
	const char *why = why_not(found);
	enum call_seen seen = !depth ? SEEN_AFTERWARDS :
			      recent->in_event ? SEEN_AT_EVENT : SEEN_BY_CORE;

	/* Those who found something with an event came first. */
	if (found && depth && recent->in_event)
		event(this_run, &recent->last[(recent->events - 1) % RECENT_EVENTS]);
	if (why)
		fprintf(out, "refused %s\n", why);
	write_rows();
	if (found)
		fprintf(out, "end %u %" PRIu64 " %s\t%s\n", seen, hash_of_arena(),
			this_run->finding.rule, this_run->finding.message);
}

const struct recorder note_calls = { .watcher = &watcher, .prepare = prepare, .finish = finish };
