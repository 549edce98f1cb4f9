/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loops that nothing else ends. A walk takes steps (host/budget.h), and where accesses are
 * preemption points an operation may pass so many of them (sched/sched.c). What goes round and
 * calls nothing of ours is seen by the CPU time that it takes alone: a hundred times that of the
 * longest operation that ends. (The time of a busy machine's clock would be another every day.)
 */
#ifndef HARNESS_WATCHDOG_H
#define HARNESS_WATCHDOG_H

#include <stdbool.h>

#define WATCHDOG_TICKS_PER_SECOND 20u

/* CPU time that an operation may take with its oracles, in ticks: 5 s. Tests have less. */
extern unsigned int watchdog_ticks;

/**
 * watchdog_begin - a program begins: watch it
 * @close: it is looked at closely, which takes much longer: see options.close of run.h
 *
 * From the first one on, in this process and its children, a timer of CPU time ticks. An operation
 * that takes too long is a finding of the rule "endless", which comes from the handler of
 * SIGVTALRM and names the function that goes round. It needs to know the lines of the code
 * (debuginfo/source.h); without these it says nothing, as with a loop in a library.
 */
void watchdog_begin(bool close);

/* Another operation begins, on whatever CPU. */
void watchdog_operation(void);

/* The program is over, or it has a finding. */
void watchdog_end(void);

#endif
