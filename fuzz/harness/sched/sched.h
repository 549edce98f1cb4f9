/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which logical CPU runs next.
 *
 * By default the lowest-numbered unfinished record runs. A preemption moves to another CPU,
 * where the suspended operation goes on or the next record of that CPU begins; when that
 * operation ends, the default applies again. A CPU that waits for a lock yields to whoever
 * holds it.
 *
 * Preemption points are the lock and interrupt hooks and, where the program's header or the
 * target asks for it and the core is compiled with access hooks, each access to the arena:
 *
 *   cpu 0  ──lock──.──.──.──┐ point 4 of the operation: "pre=4>1"
 *   cpu 1                   └─.──lock (held by 0: yields)
 *   cpu 0                         └──.──unlock──
 *   cpu 1                                       └──.──.──
 *
 * A preemption at a point comes just before what the point stands for. Besides the records'
 * own preemptions there are the modes of the header: sched_policy.h.
 */
#ifndef HARNESS_SCHED_H
#define HARNESS_SCHED_H

#include <stdbool.h>
#include <stdint.h>

struct program_record;
struct run;

/**
 * struct sched_work - what a logical CPU does, for a scheduler that knows when
 * @op: run a record on the running CPU
 * @interrupt: the record's irq_op, on top of whatever the running CPU does
 * @after_op: an operation is complete and no other is under way
 */
struct sched_work {
	void (*op)(struct run *run, const struct program_record *record);
	void (*interrupt)(struct run *run, const struct program_record *record);
	void (*after_op)(struct run *run);
};

/**
 * struct sched_touch - what one point of an operation uses that others may use, too
 * @at: in the arena, or the harness's own (owners, isolated pageblocks); a lock stands for
 *      its whole state, and is written by attempts, too
 * @cpu, @step, @point: of the operation, as in struct sched_switch; with @irq of the one
 *      below the interrupt
 */
struct sched_touch {
	const volatile void *at;
	unsigned int size;
	bool write;
	bool irq;
	unsigned int cpu;
	unsigned int step;
	uint64_t point;
};

/**
 * struct sched_tap - who wants to know everything that operations touch
 * @touch: is told, after the point and just before the access; NULL = nobody
 * @from: the first record of interest
 *
 * With one, each point from that record on takes the slow way; nothing else changes.
 */
struct sched_tap {
	void (*touch)(const struct sched_touch *touch);
	unsigned int from;
};

extern struct sched_tap sched_tap;

/* access_state.left is 0: something is to be done at this point. */
void sched_due(void);

/* Until it is said again with false, nothing is preempted: points count and pass. */
void sched_hold(bool on);

/**
 * sched_wanted - does the schedule of the current program matter?
 *
 * Without one the records run in order, and no fiber is needed.
 */
bool sched_wanted(struct run *run);

/* Are memory accesses preemption points of the current program? */
bool sched_counts_accesses(const struct run *run);

/* The first record of @cpu from number @from on, or SCHED_NO_RECORD. */
#define SCHED_NO_RECORD (~0u)
unsigned int sched_next_record(struct run *run, unsigned int cpu, unsigned int from);

/*
 * Where announced accesses alone are points: how far beyond the first unfinished record a
 * CPU may begin one. Else those of a CPU that has few are over before the others get there.
 */
unsigned int sched_window(const struct run *run);

/* Records at the beginning that build a state: no mode but anchored disturbs them. */
unsigned int sched_count_alone(struct run *run);

/**
 * sched_measure - run every record in order, counting points: what PCT draws from
 *
 * sched_run() in mode SCHED_PCT needs it before, on a fresh allocator.
 */
void sched_measure(struct run *run, const struct sched_work *work);

/**
 * sched_run - run every record of the current program, each on a fiber of its CPU
 */
void sched_run(struct run *run, const struct sched_work *work);

/* Points of all operations so far. */
uint64_t sched_points(void);

/* Forget operations that a finding left unfinished. */
void sched_abandon(void);

#endif
