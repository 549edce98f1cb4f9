/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fibers: several stacks in one OS thread. Made once, then reused; below each stack lies a
 * guard, and whoever runs into it is a finding.
 */
#ifndef HARNESS_FIBER_H
#define HARNESS_FIBER_H

#include "fuzz/harness/program/program.h"

/* One per logical CPU, and the stack of the caller of fiber_enter(). */
#define NR_FIBERS PROGRAM_CPUS
#define FIBER_MAIN NR_FIBERS

/**
 * fiber_prepare - let each fiber begin at @entry when it is switched to for the next time
 *
 * Whatever they were doing is forgotten. @entry gets the fiber's number and does not return.
 */
void fiber_prepare(void (*entry)(unsigned int fiber));

/*
 * Take SIGSEGV, once more if somebody else has it: faults in a guard are findings, all others
 * are passed on to whoever had it.
 */
void fiber_watch_guards(void);

/* A finding left the fibers by a jump: the main stack runs. */
void fiber_abandon(void);

/* Does @p lie on the stack that runs? Of the main stack, what is in use of it. */
bool fiber_on_stack(const volatile void *p);

/* Leave the running fiber (or the main stack) for another; returns when it is resumed. */
void fiber_switch(unsigned int to);

#endif
