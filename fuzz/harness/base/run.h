/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One executing program, as data: what executor, scheduler, observers and report share.
 *
 * One OS thread runs one program at a time; its logical CPUs take turns.
 */
#ifndef HARNESS_RUN_H
#define HARNESS_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/harness/base/allocator.h"
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/observer.h"
#include "fuzz/harness/program/program.h"
#include "spb/config.h"

struct arena;
struct policy;

/**
 * struct run_options - set by the engine or tool, kept from program to program
 * @oracles: call the oracles (a benchmark switches them off)
 * @model: with the oracles, run the model too
 * @races: look for data races, in builds with access hooks
 * @hash_state: the end state is part of the trace hash
 * @verify_reset: compare the whole arena with its snapshot after each reset
 * @quiet: findings are kept, not printed
 * @verbose: findings are printed with every superpageblock
 * @policy: tunables that programs cannot change, see policy.h; NULL = none
 * @strict: a broken promise is a finding, see promise.h
 * @scramble: where not 0, programs begin with garbage of this seed in all that is state of the
 *            program: see state.h
 * @dry: programs run for somebody who looks at their accesses: nothing is judged or counted
 * @full_every: complete oracle checks after as many operations; 0 = at the end only
 * @close: check at the end of each section under the lock of a zone, too, and everything after
 *         each operation: slow, and a finding is next to its cause
 */
struct run_options {
	bool oracles;
	bool model;
	bool races;
	bool hash_state;
	bool verify_reset;
	bool quiet;
	bool verbose;
	bool strict;
	bool close;
	bool dry;
	const struct policy *policy;
	uint32_t full_every;
	uint32_t scramble;
};

/**
 * struct run_mode - what a target does differently
 * @preempt: honour the records' preemptions
 * @observers: who looks at it, in the order in which they are told; ends with NULL
 * @boots: records say what the allocator is configured as, see struct allocator_memory
 * @accesses: memory accesses are preemption points whatever the header says
 * @min_cpus: programs with fewer logical CPUs get as many; 0 = as they say
 * @record: may change the n-th decoded record before it runs, or NULL
 */
struct run_mode {
	const struct observer *const *observers;
	bool preempt;
	bool boots;
	bool accesses;
	unsigned int min_cpus;
	void (*record)(struct run *run, unsigned int n, struct program_record *record);
};

#define RECENT_EVENTS 8 /* a power of two */

/* Which operation an event is of. */
struct teller {
	uint16_t step;
	uint8_t cpu;
	uint8_t op; /* enum program_op */
};

/**
 * struct recent - what has happened lately, for reports
 * @events: so far; the last few are in @last, and who told them in @by
 * @happened: types of the events since all was last found right, a bit each
 * @in_event: observers look at the last event now
 * @section: whoever took the lock of the section that is looked at now, else NULL
 * @sections: sections after which nobody was inside a zone, so far
 */
struct recent {
	uint32_t events;
	struct spb_event last[RECENT_EVENTS];
	struct teller by[RECENT_EVENTS];
	uint64_t happened;
	bool in_event;
	const char *section;
	uint32_t sections;
};

/**
 * struct run - one executing program
 * @program: its bytes
 * @config: geometry, profiles and starting tunables
 * @ops: the allocator's operations
 * @queries: questions about its state
 * @mode: of the target
 * @arena: the allocator's memory
 * @options: kept from program to program
 * @report: completes a finding and prints it, or NULL
 * @on_finding: called after a finding was reported; does not return
 * @on_stop: ends the program when a rule that is switched off was broken, or in a way that is
 *           known; does not return
 * @stopped: that rule, or NULL
 * @watcher: the tool's own observer, told after those of the mode, or NULL
 * @told: who is told what happens now
 * @live: the program runs: events count
 * @concurrent: another operation is under way on another CPU, or below this interrupt
 * @measuring: a dry run: the oracles rest, nothing is told
 * @needs_hooks: the program was not run: its schedule counts memory accesses, which this
 *               build does not see
 * @step: index of the current record
 * @cpu: logical CPU that runs
 * @op: the current operation
 * @calls: of the allocator, that the current operation has made
 * @nr_cpus: logical CPUs of this program
 * @state_built: number of the first record that builds a state, or of none
 * @points: preemption points of its schedule, when it is over; 0 without one
 * @unchecked: operations since the last full check
 * @trace: hash so far, see trace.h
 * @recent: what has happened lately
 * @finding: what on_finding() is called for
 */
struct run {
	struct program program;
	struct spb_config config;
	const struct allocator_ops *ops;
	const struct allocator_queries *queries;
	const struct run_mode *mode;
	struct arena *arena;
	struct run_options options;
	void (*report)(struct run *run);
	void (*on_finding)(struct run *run);
	void (*on_stop)(struct run *run);
	const char *stopped;
	const struct observer *watcher;
	const struct observed *told;
	bool live;
	bool concurrent;
	bool measuring;
	bool needs_hooks;
	unsigned int step;
	unsigned int cpu;
	enum program_op op;
	unsigned int calls;
	unsigned int nr_cpus;
	unsigned int state_built;
	uint64_t points;
	uint32_t unchecked;
	uint64_t trace;
	struct recent recent;
	struct finding_info finding;
};

/* The one run of this process; never NULL. */
extern struct run *const this_run;

/* Decode record @n, with what the target changes in it, its CPU within the program's. */
void run_record(struct run *run, unsigned int n, struct program_record *record);

#endif
