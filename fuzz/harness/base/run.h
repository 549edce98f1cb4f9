/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One executing program: what the executor, the scheduler, the oracles and the report share.
 *
 * One OS thread runs one program at a time; its logical CPUs take turns.
 */
#ifndef HARNESS_RUN_H
#define HARNESS_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/harness/base/allocator.h"
#include "fuzz/harness/host/arena.h"
#include "fuzz/harness/check/oracle.h"
#include "fuzz/harness/program/program.h"
#include "fuzz/harness/base/finding.h"
#include "spb/config.h"

struct policy;
struct run;
struct sched_switch;

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
	const struct policy *policy;
	uint32_t full_every;
	uint32_t scramble;
};

/**
 * struct run_mode - what a target does differently
 * @preempt: honour the records' preemptions
 * @promises: follow what is refused for a smaller retry; not with @preempt
 * @accesses: memory accesses are preemption points whatever the header says
 * @min_cpus: programs with fewer logical CPUs get as many; 0 = as they say
 * @record: may change the n-th decoded record before it runs, or NULL
 * @before_alloc: about to allocate for an alloc record (no call made yet), or NULL
 * @event: sees each event, after the oracle, or NULL
 */
struct run_mode {
	bool preempt;
	bool promises;
	bool accesses;
	unsigned int min_cpus;
	void (*record)(struct run *run, unsigned int n, struct program_record *record);
	void (*before_alloc)(struct run *run, uint32_t gfp, unsigned int order, unsigned int nid,
			     uint32_t nodemask);
	void (*event)(struct run *run, const struct spb_event *event);
};

/**
 * struct run - one executing program
 * @program: its bytes
 * @config: geometry, profiles and starting tunables
 * @ops: the allocator's operations
 * @queries: questions about its state
 * @extra: rules that only this allocator has, or NULL
 * @mode: of the target
 * @arena: the allocator's memory
 * @options: kept from program to program
 * @on_finding: called after a finding was reported; does not return
 * @on_stop: ends the program when a rule that is switched off was broken; does not return
 * @stopped: that rule, or NULL
 * @live: the program runs: events count
 * @concurrent: another operation is under way on another CPU, or below this interrupt
 * @step: index of the current record
 * @cpu: logical CPU that runs
 * @op: the current operation
 * @nr_cpus: logical CPUs of this program
 * @trace: hash so far, see trace.h
 * @finding: what on_finding() is called for
 * @watch: sees each event (@record is NULL) and the beginning of each operation (@event
 *         is NULL); NULL = nobody does
 * @switched: sees each switch of the scheduler, or NULL
 * @measuring: a dry run: the oracles rest, nothing is told
 * @needs_hooks: the program was not run: its schedule counts memory accesses, which this
 *               build does not see
 * @state_built: number of the first record that builds a state, or of none
 * @oracle: what the oracles remember
 */
struct run {
	struct program program;
	struct spb_config config;
	const struct allocator_ops *ops;
	const struct allocator_queries *queries;
	const struct extra_oracle *extra;
	const struct run_mode *mode;
	struct arena *arena;
	struct run_options options;
	void (*on_finding)(struct run *run);
	void (*on_stop)(struct run *run);
	const char *stopped;
	bool live;
	bool concurrent;
	unsigned int step;
	unsigned int cpu;
	enum program_op op;
	unsigned int nr_cpus;
	uint64_t trace;
	struct finding_info finding;
	void (*watch)(struct run *run, const struct spb_event *event,
		      const struct program_record *record);
	void (*switched)(struct run *run, const struct sched_switch *told);
	bool measuring;
	bool needs_hooks;
	unsigned int state_built;
	struct oracle_state oracle;
};

/* The one run of this process; never NULL. */
extern struct run *const this_run;

/* What the last program left, which may be no program. */
void run_forget(struct run *run);

/**
 * run_program - execute one input from beginning to end
 * @mode: what the target wants
 *
 * Return: false when the bytes are no program of a known version, or this build cannot run
 *         its schedule (run->needs_hooks); nothing was done then.
 *         Does not return after a finding: see run->on_finding.
 */
bool run_program(const uint8_t *data, size_t size, const struct run_mode *mode);

#endif
