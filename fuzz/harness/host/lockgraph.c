// SPDX-License-Identifier: GPL-2.0-only
/* Order and uses of lock classes: see lockgraph.h. */
#include "fuzz/harness/host/lockgraph.h"

#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/base/run.h"

/* Classes are bits of a byte. */
_Static_assert(MAX_LOCK_CLASSES == 8, "one bit per class");

#define LINE 160
#define MAX_LINES (MAX_LOCK_CLASSES + NR_LOCK_USES)

/**
 * struct witness - who did something first in this program
 * @func: core function that took the lock; @under: the one that took what was held
 */
struct witness {
	const char *func, *under;
	uint16_t step;
	uint8_t cpu;
	uint8_t op;
	bool irq;
};

static const struct lock_graph declared = {
	.after = {
		[LOCK_PCP] = 1u << LOCK_ZONE | 1u << LOCK_WORK,
		[LOCK_ZONE] = 1u << LOCK_WORK,
	},
	.uses = {
		[LOCK_PCP] = 1u << LOCK_USE_IRQS_ON,
		[LOCK_ZONE] = 1u << LOCK_USE_IRQ,
		[LOCK_WORK] = 1u << LOCK_USE_IRQ,
	},
};

static const char *const names[MAX_LOCK_CLASSES] = {
	[LOCK_PCP] = "pcp",
	[LOCK_ZONE] = "zone",
	[LOCK_WORK] = "work",
	[LOCK_OWN] = "own0",
	[LOCK_OWN + 1] = "own1",
	[LOCK_OWN + 2] = "own2",
	[LOCK_OWN + 3] = "own3",
	[LOCK_OWN + 4] = "own4",
};

PROGRAM_STATE struct lock_graph lock_graph;

/* From whom it was learnt. */
static PROGRAM_STATE struct witness edges[MAX_LOCK_CLASSES][MAX_LOCK_CLASSES];
static PROGRAM_STATE struct witness users[MAX_LOCK_CLASSES][NR_LOCK_USES];

/* Of the finding, when it is one of these. */
static PROGRAM_STATE char lines[MAX_LINES][LINE];
static PROGRAM_STATE unsigned int nr_lines;

const char *lock_class_name(unsigned int class)
{
	return class < MAX_LOCK_CLASSES ? names[class] : "unknown";
}

void lock_graph_begin(void)
{
	lock_graph = (struct lock_graph){ 0 };
	nr_lines = 0;
}

static void draw(FILE *out, const struct run *run, const struct finding_info *info)
{
	(void)run;
	(void)info;
	for (unsigned int i = 0; i < nr_lines; i++)
		fprintf(out, "    %s\n", lines[i]);
}

const struct observer lock_graph_observer = { .name = "locks", .picture = draw };

/* --- what a finding says --- */

static struct witness here(const char *func, const char *under)
{
	return (struct witness){
		.func = func, .under = under, .step = (uint16_t)this_run->step,
		.cpu = (uint8_t)this_run->cpu, .op = (uint8_t)this_run->op, .irq = host_in_irq(),
	};
}

static void describe(const struct witness *who, bool seen, char *to, size_t room)
{
	size_t used;

	if (!seen) {
		snprintf(to, room, "declared in include/shim/spinlock.h");
		return;
	}
	used = (size_t)snprintf(to, room, "%s()", who->func);
	if (who->under && used < room)
		used += (size_t)snprintf(to + used, room - used, " under %s()", who->under);
	if (used < room)
		snprintf(to + used, room - used, ", %s of step %u on CPU %u%s",
			 program_op_name((enum program_op)who->op), who->step, who->cpu,
			 who->irq ? " in an interrupt" : "");
}

static char *next_line(void)
{
	return lines[nr_lines < MAX_LINES - 1 ? nr_lines++ : MAX_LINES - 1];
}

static void tell_edge(unsigned int from, unsigned int to)
{
	char who[LINE - 32];

	describe(&edges[from][to], lock_graph.after[from] >> to & 1, who, sizeof(who));
	snprintf(next_line(), LINE, "%s -> %s: %s", names[from], names[to], who);
}

static void tell_use(unsigned int class, enum lock_use use)
{
	char who[LINE - 48];

	describe(&users[class][use], lock_graph.uses[class] >> use & 1, who, sizeof(who));
	snprintf(next_line(), LINE, "%s %s: %s", names[class],
		 use == LOCK_USE_IRQ ? "waited for in an interrupt" : "held with interrupts on",
		 who);
}

/* --- ways through the graph --- */

/*
 * @next receives what comes after each class on its shortest way to @to, over what was seen
 * and what @more has.
 */
static bool find_way(const struct lock_graph *more, unsigned int from, unsigned int to,
		     uint8_t *next)
{
	uint8_t found = (uint8_t)(1u << to), before;

	do {
		before = found;
		for (unsigned int i = 0; i < MAX_LOCK_CLASSES; i++) {
			unsigned int way = (lock_graph.after[i] | more->after[i]) & before;

			if (!way || before >> i & 1)
				continue;
			next[i] = (uint8_t)__builtin_ctz(way);
			found |= (uint8_t)(1u << i);
		}
	} while (found != before);
	return found >> from & 1;
}

static bool leads(unsigned int from, unsigned int to)
{
	uint8_t next[MAX_LOCK_CLASSES];

	return find_way(&declared, from, to, next);
}

/* A way that is there: of edges that were seen, if one is. */
static void tell_way(unsigned int from, unsigned int to)
{
	static const struct lock_graph nothing;
	uint8_t next[MAX_LOCK_CLASSES];

	if (!find_way(&nothing, from, to, next))
		find_way(&declared, from, to, next);
	for (; from != to; from = next[from])
		tell_edge(from, next[from]);
}

static bool has_use(unsigned int class, enum lock_use use)
{
	return (lock_graph.uses[class] | declared.uses[class]) >> use & 1;
}

static void check_interrupts(unsigned int safe, unsigned int unsafe)
{
	if (!has_use(safe, LOCK_USE_IRQ) || !has_use(unsafe, LOCK_USE_IRQS_ON) ||
	    !leads(safe, unsafe))
		return;
	tell_use(safe, LOCK_USE_IRQ);
	tell_way(safe, unsafe);
	tell_use(unsafe, LOCK_USE_IRQS_ON);
	finding("lock-irq-order", "%s locks, which interrupts take, wait for %s locks, which are "
		"held with interrupts on", names[safe], names[unsafe]);
}

static void check_all_interrupts(void)
{
	for (unsigned int i = 0; i < MAX_LOCK_CLASSES * MAX_LOCK_CLASSES; i++)
		check_interrupts(i / MAX_LOCK_CLASSES, i % MAX_LOCK_CLASSES);
}

/* --- what is new --- */

void lock_graph_add(const struct host_context *c, unsigned int held, unsigned int class,
		    const char *func)
{
	unsigned int under = c->held[held].lock->class;
	bool closes = leads(class, under);

	lock_graph.after[under] |= (uint8_t)(1u << class);
	edges[under][class] = here(func, c->held[held].by);
	finding_at(func);
	if (closes) {
		finding_detail(c->held[held].by);
		tell_edge(under, class);
		tell_way(class, under);
		finding("lock-order", "a %s lock is taken in %s() while a %s lock is held by %s()",
			names[class], func, names[under], c->held[held].by);
	}
	check_all_interrupts();
	finding_at(NULL);
}

void lock_graph_mark(unsigned int class, enum lock_use use, const char *func)
{
	lock_graph.uses[class] |= (uint8_t)(1u << use);
	users[class][use] = here(func, NULL);
	finding_at(func);
	if (has_use(class, !use)) {
		tell_use(class, use);
		tell_use(class, !use);
		finding("irq-state", use == LOCK_USE_IRQ ?
			"an interrupt waits for a %s lock in %s(), which is held with them on" :
			"a %s lock, which interrupts take too, is held with them on in %s()",
			names[class], func);
	}
	check_all_interrupts();
	finding_at(NULL);
}
