// SPDX-License-Identifier: GPL-2.0-only
/*
 * A run as lines of JSON, in the order in which things happen: see export.h.
 *
 *   {"t":"begin","block":8,"base":1024}    pages of a pageblock, first page of the first one
 *   {"t":"op","step":3,"cpu":1,"text":"alloc s1 gfp=GFP_KERNEL","gfp":3264}    a record begins
 *   {"t":"ev","step":3,"cpu":1,"n":0,"d":"own",...}                           it tells something
 *   {"t":"lock","cpu":1,"irq":0,"held":[["zone","rmqueue","zone 1 lock"]]}    it holds these now
 *   {"t":"sw","kind":0,"from":1,"to":0,"step":3,"point":7,"fn":"rmqueue"}     it is left
 *   {"t":"state","at":"op","step":3,"cpu":1,"b12":[...],...}                  how things are now
 *   {"t":"finding","rule":...}                                                 the end
 */
#include "fuzz/tool/export/export.h"

#include <string.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/base/switch.h"
#include "fuzz/harness/base/symbol.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/host/lockgraph.h"
#include "fuzz/harness/host/preempt.h"
#include "fuzz/harness/report/signature.h"
#include "fuzz/tool/common/json.h"

/* Of one record; a scan of a large zone tells thousands. */
#define MAX_EVENTS 300u
/* Of a program: beyond these, the state is told for each record alone. */
#define MAX_SWITCH_STATES 400u

static FILE *out;
static unsigned int events, switch_states;
static struct host_context before[PROGRAM_CPUS][NR_CONTEXTS];

static void string_member(const char *name, const char *value)
{
	fprintf(out, ",\"%s\":", name);
	json_string(out, value ? value : "");
}

/* What it lies in, where that is known: two locks of a class have different places. */
static const char *lock_place(const spinlock_t *lock, char *to, size_t room)
{
	size_t offset = (uintptr_t)lock - access_state.base;

	if (offset >= access_state.arena_size)
		return "";
	return allocator.memory->field_name(offset, to, room);
}

static void tell_held(unsigned int cpu, unsigned int level, const struct host_context *now)
{
	char name[64];

	fprintf(out, "{\"t\":\"lock\",\"cpu\":%u,\"irq\":%u,\"held\":[", cpu, level);
	for (unsigned int i = 0; i < now->nr_held; i++) {
		fputs(i ? ",[" : "[", out);
		json_string(out, lock_class_name(now->held[i].lock->class));
		putc(',', out);
		json_string(out, now->held[i].by ? now->held[i].by : "");
		putc(',', out);
		json_string(out, lock_place(now->held[i].lock, name, sizeof(name)));
		putc(']', out);
	}
	fputs("]}\n", out);
}

static bool holds_the_same(const struct host_context *a, const struct host_context *b)
{
	for (unsigned int i = 0; i < a->nr_held; i++)
		if (a->held[i].lock != b->held[i].lock)
			return false;
	return a->nr_held == b->nr_held;
}

/* Nobody tells of locks: whoever looks next sees what is held now. */
static void tell_locks(void)
{
	for (unsigned int i = 0; i < PROGRAM_CPUS * NR_CONTEXTS; i++) {
		unsigned int cpu = i / NR_CONTEXTS, level = i % NR_CONTEXTS;
		const struct host_context *now = host_context_at(cpu, (enum cpu_context)level);
		struct host_context *old = &before[cpu][level];

		if (holds_the_same(now, old))
			continue;
		tell_held(cpu, level, now);
		*old = *now;
	}
}

static void lock_touched(const volatile void *at, unsigned int size, bool write)
{
	(void)at;
	(void)size;
	(void)write;
	if (this_run->live && !this_run->measuring)
		tell_locks();
}

static void note_moment(const char *at)
{
	fprintf(out, "{\"t\":\"state\",\"at\":\"%s\",\"step\":%u,\"cpu\":%u", at, this_run->step,
		this_run->cpu);
	note_state(out);
	fputs("}\n", out);
}

static void begin(struct run *run)
{
	memset(before, 0, sizeof(before));
	switch_states = 0;
	note_state_begin();
	fprintf(out, "{\"t\":\"begin\",\"block\":%u,\"base\":%u}\n", 1u << run->config.block_order,
		run->queries->min_pfn() >> run->config.block_order << run->config.block_order);
	note_moment("begin");
}

static void op_begins(struct run *run, const struct program_record *record)
{
	uint8_t raw[PROGRAM_RECORD_SIZE];
	char line[TEXT_LINE];

	/* The scheduler, which begins after the program does, forgets it. */
	preempt.touched = lock_touched;
	events = 0;
	program_encode_record(record, raw);
	fprintf(out, "{\"t\":\"op\",\"step\":%u,\"cpu\":%u,\"irq\":%d,\"gfp\":%u", run->step,
		run->cpu, host_in_irq(), record->gfp);
	string_member("op", program_op_name(record->op));
	string_member("text", text_record(line, raw));
	fputs("}\n", out);
}

static void event(struct run *run, const struct spb_event *told)
{
	const char *detail = text_event_detail(told);

	tell_locks();
	if (++events > MAX_EVENTS)
		return;
	fprintf(out, "{\"t\":\"ev\",\"step\":%u,\"cpu\":%u,\"n\":%u,\"st\":%u,\"zone\":%u,"
		"\"order\":%u,\"mt\":%u,\"arg\":%u,\"arg2\":%u,\"gfp\":%u", run->step, run->cpu,
		told->type, told->step, told->zone, told->order, told->mt, told->arg, told->arg2,
		told->gfp);
	if (told->spb != SPB_NO_SPB)
		fprintf(out, ",\"spb\":%u", told->spb);
	if (told->pfn != SPB_NO_PFN)
		fprintf(out, ",\"pfn\":%u", told->pfn);
	if (detail)
		string_member("d", detail);
	if (events == MAX_EVENTS)
		fputs(",\"more\":1", out);
	fputs("}\n", out);
}

static void switched(struct run *run, const struct sched_switch *told)
{
	(void)run;
	tell_locks();
	fprintf(out, "{\"t\":\"sw\",\"kind\":%u,\"from\":%u,\"to\":%u,\"step\":%u,\"point\":%llu",
		told->kind, told->from, told->to, told->step, (unsigned long long)told->point);
	if (symbol_of(told->pc))
		string_member("fn", symbol_of(told->pc));
	fputs("}\n", out);
	if (told->kind != SWITCH_DONE && switch_states++ < MAX_SWITCH_STATES)
		note_moment("switch");
}

static void after_op(struct run *run)
{
	(void)run;
	tell_locks();
	note_moment("op");
}

static const struct observer watcher = {
	.name = "export",
	.events = ALL_EVENTS,
	.begin = begin,
	.op_begins = op_begins,
	.event = event,
	.switched = switched,
	.after_op = after_op,
};

static void prepare(FILE *log)
{
	out = log;
}

static void finish(bool found)
{
	const struct finding_info *info = &this_run->finding;
	const struct rule *rule = found ? rule_by_name(info->rule) : NULL;
	const struct recent *recent = &this_run->recent;
	char signature[SIGNATURE_ROOM];

	if (!found)
		return;
	/* Those who found something with an event came first. */
	if (recent->in_event)
		event(this_run, &recent->last[(recent->events - 1) % RECENT_EVENTS]);
	tell_locks();
	note_moment("finding");
	finding_signature(info, signature, sizeof(signature));
	fprintf(out, "{\"t\":\"finding\",\"step\":%u,\"cpu\":%u,\"spbs\":[", info->step,
		info->cpu);
	for (unsigned int i = 0; i < info->nr_spbs; i++)
		fprintf(out, i ? ",%u" : "%u", info->spb[i]);
	putc(']', out);
	string_member("rule", info->rule);
	string_member("meaning", rule->meaning);
	string_member("source", rule->source);
	string_member("group", rule_groups[rule->group]);
	string_member("op", program_op_name(info->op));
	string_member("message", info->message);
	string_member("cause", info->cause);
	string_member("causeMeaning", rule_by_name(info->cause)->meaning);
	string_member("function", info->function);
	string_member("as", info->as);
	string_member("signature", signature);
	fputs("}\n", out);
}

const struct recorder note_run = { .watcher = &watcher, .prepare = prepare, .finish = finish };
