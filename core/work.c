// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deferred work, time and tunables.
 *
 *   queue_work ──▶ work_list, pending ──▶ spb_run_work: not pending, runs without a lock
 *                        ▲                          │
 *                        └──── queued meanwhile ────┘
 *
 * An item never runs twice at a time: what is queued while it runs on another CPU waits.
 *
 * Specified in S11.1 and S11.10 of docs/specification.md.
 */
#include "core/internal.h"

bool queue_work(struct work_struct *work)
{
	struct spb_core *core = this_core();
	unsigned long flags;
	bool queued;

	spin_lock_irqsave(&core->work_lock, flags);
	queued = !work->pending;
	if (queued) {
		shim_touch(work);
		WRITE_ONCE(work->pending, true);
		list_add_tail(&work->entry, &core->work_list);
	}
	spin_unlock_irqrestore(&core->work_lock, flags);
	return queued;
}

/* Locked (work_lock). The oldest item that does not run. */
static struct work_struct *first_idle_work(struct spb_core *core)
{
	struct work_struct *work;

	list_for_each_entry(work, &core->work_list, entry)
		if (!work->running)
			return work;
	return NULL;
}

/* Not pending any more when it begins: a wakeup during the run makes it run again. */
static struct work_struct *pop_work(void)
{
	struct spb_core *core = this_core();
	struct work_struct *work;
	unsigned long flags;

	spin_lock_irqsave(&core->work_lock, flags);
	work = first_idle_work(core);
	if (work) {
		list_del_init(&work->entry);
		WRITE_ONCE(work->pending, false);
		work->running = true;
	}
	spin_unlock_irqrestore(&core->work_lock, flags);
	return work;
}

static void end_work(struct work_struct *work)
{
	struct spb_core *core = this_core();
	unsigned long flags;

	spin_lock_irqsave(&core->work_lock, flags);
	shim_touch(work);
	work->running = false;
	spin_unlock_irqrestore(&core->work_lock, flags);
}

static void run_work(struct work_struct *work)
{
	switch (work->kind) {
	case SPB_WORK_DEFRAG:
		spb_defrag_work(container_of(work, struct superpageblock, defrag_work));
		break;
	case SPB_WORK_EVACUATE:
		spb_evacuate_work(container_of(work, pg_data_t, evacuate_work));
		break;
	case SPB_WORK_SHRINK:
		shrink_work(container_of(work, pg_data_t, shrink_work));
		break;
	case SPB_WORK_KSWAPD:
		kswapd_work(container_of(work, pg_data_t, kswapd_work));
		break;
	default:
		BUG();
	}
}

unsigned int spb_run_work(unsigned int limit)
{
	unsigned int done;

	might_sleep();
	for (done = 0; done < limit; done++) {
		struct work_struct *work = pop_work();

		if (!work)
			break;
		shim_step();
		run_work(work);
		end_work(work);
	}
	return done;
}

void spb_advance_time(u32 ticks)
{
	atomic_add_u32(&this_core()->now, ticks);
}

/* Tunables are single words that everybody reads without a lock, as sysctls are. */
static void store_tunable(struct spb_tunables *tunables, enum spb_tunable tunable, u16 value)
{
	switch (tunable) {
#define X(name, initial, text)                          \
	case SPB_TUNABLE_##name:                        \
		WRITE_ONCE(tunables->name, value);      \
		break;
	SPB_TUNABLES(X)
#undef X
	case NR_SPB_TUNABLES:
		break;
	}
}

void spb_set_tunable(enum spb_tunable tunable, u16 value)
{
	struct spb_event event = {
		.type = SPB_EV_TUNABLE,
		.spb = SPB_NO_SPB,
		.pfn = SPB_NO_PFN,
		.arg = tunable,
	};

	if (tunable == SPB_TUNABLE_reserve_divisor && !value)
		value = 1;
	store_tunable(&this_core()->tunables, tunable, value);
	event.arg2 = value;
	shim_event(&event);
}
