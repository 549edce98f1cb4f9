// SPDX-License-Identifier: GPL-2.0-only
/*
 * One program from beginning to end. What its operations mean is in ops.c, which CPU runs when
 * in sched/.
 */
#include "fuzz/harness/run/executor.h"

#include <setjmp.h>
#include <string.h>

#include "fuzz/harness/base/reach.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/host/arena.h"
#include "fuzz/harness/host/budget.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/program/operations.h"
#include "fuzz/harness/program/policy.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/race/hooks.h"
#include "fuzz/harness/race/racedetect.h"
#include "fuzz/harness/report/report.h"
#include "fuzz/harness/run/ops.h"
#include "fuzz/harness/run/watchdog.h"
#include "fuzz/harness/sched/sched.h"
#include "spb/gfp.h"

void executor_op(struct run *run, const struct program_record *record)
{
	watchdog_operation();
	run->op = record->op;
	run->calls = 0;
	if (!run->measuring)
		reach_op(record->op);
	observe_op(run, record);
	op_run(run, record);
	host_check_idle();
}

void executor_interrupt(struct run *run, const struct program_record *record)
{
	struct program_record in_irq = *record;

	watchdog_operation();
	in_irq.op = record->irq_op;
	in_irq.gfp &= ~__GFP_DIRECT_RECLAIM;
	run->op = in_irq.op;
	observe_op(run, &in_irq);
	if (operation_is(in_irq.op, OPERATION_ATOMIC))
		op_run(run, &in_irq);
	host_check_idle();
}

static bool full_check_is_due(struct run *run)
{
	if (run->options.close)
		return true;
	return run->options.full_every && ++run->unchecked >= run->options.full_every;
}

void executor_after_op(struct run *run)
{
	if (run->measuring || !run->options.oracles)
		return;
	observe_after_op(run);
	arena_op_done(run->arena);
	if (full_check_is_due(run)) {
		run->unchecked = 0;
		observe_full(run);
	}
	run->recent.happened = 0;
}

static const struct sched_work work = {
	.op = executor_op, .interrupt = executor_interrupt, .after_op = executor_after_op,
};

/* Nothing is ever preempted: no fiber is needed, the CPUs take turns on this stack. */
static void run_in_order(struct run *run)
{
	struct program_record record;

	for (unsigned int n = 0; n < run->program.nr_records; n++) {
		run_record(run, n, &record);
		run->step = n;
		run->cpu = record.cpu;
		host_switch(record.cpu);
		executor_op(run, &record);
		executor_after_op(run);
	}
}

/* The snapshot has the default tunables. */
static void apply_switches(struct run *run)
{
	const uint16_t values[NR_SPB_TUNABLES] = {
#define X(name, value, text) [SPB_TUNABLE_##name] = run->config.tunables.name,
		SPB_TUNABLES(X)
#undef X
	};

	if ((!run->program.header.switches && !run->options.policy) || !run->ops->set_tunable)
		return;
	for (unsigned int i = 0; i < NR_SPB_TUNABLES; i++)
		run->ops->set_tunable(i, values[i]);
}

/* The allocator that it runs on; NULL: there is none, for a configuration that is refused. */
static struct arena *arena_of(struct run *run)
{
	geometry_config(&run->program.header, &run->config);
	policy_apply(run->options.policy, &run->config.tunables);
	if (run->mode->boots && allocator.memory->boot)
		return allocator.memory->boot(run);
	return arena_get(&run->program.header);
}

/* Return: false when the program ends with that. */
static bool begin(struct run *run, const struct run_mode *mode)
{
	run->live = false;
	observe_nothing(run);
	run->state_built = program_first_state(&run->program);
	run->concurrent = false;
	run->mode = mode;
	run->ops = allocator.ops;
	run->queries = allocator.queries;
	run->report = report_finding;
	run->step = 0;
	run->cpu = 0;
	run->op = OP_nop;
	run->unchecked = 0;
	memset(&run->recent, 0, sizeof(run->recent));
	if (run->program.header.cpus < mode->min_cpus)
		run->program.header.cpus = (uint8_t)mode->min_cpus;
	run->nr_cpus = run->program.header.cpus;
	run->arena = arena_of(run);
	if (!run->arena)
		return false;
	run->arena->used = true;
	access_state.detect = mode->preempt && run->options.races && access_hooked() &&
			      (rule_is_on(RULE_DATA_RACE) || rule_is_on(RULE_LOCKSET));
	if (access_state.detect)
		race_begin();
	allocator.memory->begin();
	owner_begin(run->queries->min_pfn(), run->queries->max_pfn(), run->config.block_order);
	ops_begin();
	budget_begin(run);
	apply_switches(run);
	if (run->options.oracles)
		arena_op_done(run->arena);
	if (run->options.dry) {
		observe_dry_run(run);
		return true;
	}
	run->live = true;
	observe_begin(run);
	if (run->arena->compared < observers_of_fresh(run)) {
		observe_fresh(run);
		run->arena->compared = observers_of_fresh(run);
		/* That is done once: what was looked at is no part of this program. */
		memset(&run->finding, 0, sizeof(run->finding));
	}
	return true;
}

static void end(struct run *run)
{
	watchdog_end();
	if (run->options.oracles) {
		observe_after_op(run);
		observe_full(run);
	}
	observe_end(run);
	run->live = false;
	observe_nothing(run);
	owner_end();
	arena_reset(run->arena, run->options.verify_reset);
}

/* PCT draws from the number of points: the same bytes run once before, without oracles. */
static void measure(struct run *run, const struct run_mode *mode)
{
	run->live = false;
	run->measuring = true;
	observe_dry_run(run);
	sched_measure(run, &work);
	run->measuring = false;
	owner_end();
	arena_reset(run->arena, false);
	begin(run, mode);
}

/* Programs that were scrambled: each gets other garbage. */
static PROCESS_STATE uint32_t scrambled;

/* What it was asked to do stays. Half of the time the arena is built anew. */
static void scramble(struct run *run)
{
	const struct run_options options = run->options;
	const struct observer *watcher = run->watcher;
	typeof(run->on_finding) on_finding = run->on_finding;

	state_scramble((uint64_t)options.scramble << 32 | scrambled);
	shim_this = NULL;
	if (scrambled++ & 1)
		arena_forget();
	run->options = options;
	run->watcher = watcher;
	run->on_finding = on_finding;
}

/* What the last program left, which may be no program. */
static void forget(struct run *run)
{
	if (unlikely(run->options.scramble))
		scramble(run);
	finding_caught = NULL;
	memset(&run->finding, 0, sizeof(run->finding));
	observe_nothing(run);
	run->live = false;
	run->measuring = run->options.dry;
	run->needs_hooks = false;
	run->step = 0;
	run->trace = 0;
	run->on_stop = NULL;
	run->stopped = NULL;
}

static PROGRAM_STATE sigjmp_buf way_out;

static void leave(struct run *run)
{
	run->on_stop = NULL;
	run->points = 0;
	observe_end(run);
	observe_nothing(run);
	run->live = false;
	siglongjmp(way_out, 1);
}

bool run_program(const uint8_t *data, size_t size, const struct run_mode *mode)
{
	struct run *run = this_run;
	bool scheduled;

	forget(run);
	sched_abandon();
	if (!program_open(&run->program, data, size))
		return false;
	if (sigsetjmp(way_out, 0))
		return true;
	run->on_stop = leave;
	watchdog_begin(run->options.close);
	if (!begin(run, mode)) {
		run->on_stop = NULL;
		return true;
	}
	scheduled = sched_wanted(run);
	run->needs_hooks = scheduled && sched_counts_accesses(run) && !access_hooked();
	if (run->needs_hooks) {
		run->live = false;
		run->on_stop = NULL;
		observe_nothing(run);
		return false;
	}
	if (scheduled && run->program.header.sched_mode == SCHED_PCT)
		measure(run, mode);
	if (scheduled)
		sched_run(run, &work);
	else
		run_in_order(run);
	run->concurrent = false;
	host_switch(0);
	run->points = scheduled ? sched_points() : 0;
	end(run);
	run->on_stop = NULL;
	return true;
}
