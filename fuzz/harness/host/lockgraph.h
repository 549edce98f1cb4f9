/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What classes of locks do, as the kernel's lockdep learns it: a schedule in which nothing
 * happened to get stuck still shows that another one would.
 *
 *   pcp ──▶ zone ──▶ work     an edge: one on the right is waited for under one on the left
 *    │        │        │
 *    on      irq      irq     on: held with interrupts on; irq: an interrupt waits for it
 *
 * These three edges and three uses are declared: a program that shows the contrary is a
 * finding at once. A class from LOCK_OWN on has none; what is known of it is what the
 * program did. Findings:
 *
 *   lock-order      an edge closes a circle, or joins two locks of one class
 *   irq-state       one class has both uses
 *   lock-irq-order  a way leads from a class with use "irq" to one with use "on": while the
 *                   latter is held an interrupt waits for the former, which somebody holds
 *                   who waits for the latter
 *
 * A trylock waits for nothing, so no edge leads to it; edges lead from what it took.
 *
 * Everything is forgotten when a program begins. Does not see: an order within one class
 * (none is allowed), softirqs and readers (there are none).
 */
#ifndef HARNESS_LOCKGRAPH_H
#define HARNESS_LOCKGRAPH_H

#include "fuzz/harness/base/observer.h"
#include "fuzz/harness/host/host.h"

enum lock_use {
	LOCK_USE_IRQ,     /* an interrupt waits for it */
	LOCK_USE_IRQS_ON, /* held while interrupts are on */
	NR_LOCK_USES,
};

/**
 * struct lock_graph - what the program has shown so far
 * @after: by class, the classes that were waited for under it: a bit each
 * @uses: by class, a bit per lock_use
 */
struct lock_graph {
	uint8_t after[MAX_LOCK_CLASSES];
	uint8_t uses[MAX_LOCK_CLASSES];
};

extern struct lock_graph lock_graph;

/* A program begins: nothing is known but what is declared. */
void lock_graph_begin(void);

/* Slow paths: something that the graph does not have yet. May be a finding. */
void lock_graph_add(const struct host_context *c, unsigned int held, unsigned int class,
		    const char *func);
void lock_graph_mark(unsigned int class, enum lock_use use, const char *func);

static inline void lock_graph_use(unsigned int class, enum lock_use use, const char *func)
{
	if (__builtin_expect(!(lock_graph.uses[class] >> use & 1), 0))
		lock_graph_mark(class, use, func);
}

/**
 * lock_graph_wait - a context is about to wait for a lock, should somebody have it
 * @func: core function that takes it
 */
static inline void lock_graph_wait(const struct host_context *c, const spinlock_t *lock,
				   const char *func)
{
	for (unsigned int i = 0; i < c->nr_held; i++) {
		uint32_t after = lock_graph.after[c->held[i].lock->class];

		if (__builtin_expect(!(after >> lock->class & 1), 0))
			lock_graph_add(c, i, lock->class, func);
	}
}

const char *lock_class_name(unsigned int class);

/* Draws the edges and uses that a finding is about, one line each; nothing for other findings. */
extern const struct observer lock_graph_observer;

#endif
