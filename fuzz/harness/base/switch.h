/* SPDX-License-Identifier: GPL-2.0-only */
/* What observers are told of the scheduler. */
#ifndef HARNESS_SWITCH_H
#define HARNESS_SWITCH_H

#include <stdint.h>

enum sched_switch_kind {
	SWITCH_PREEMPTED,     /* at a point, on purpose */
	SWITCH_BLOCKED,       /* the CPU waits for a lock */
	SWITCH_DONE,          /* its operation is complete */
	SWITCH_INTERRUPT,     /* the record's interrupt begins on the CPU */
	SWITCH_INTERRUPT_END,
};

/**
 * struct sched_switch - what observers are told
 * @from, @to: logical CPUs; equal for interrupts
 * @step: record that @from runs; @point: points that it has passed, this one included
 * @pc: of the core's access, or 0 at a hook of the shim
 */
struct sched_switch {
	enum sched_switch_kind kind;
	unsigned int from, to;
	unsigned int step;
	uint64_t point;
	uintptr_t pc;
};

#endif
