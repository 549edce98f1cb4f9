// SPDX-License-Identifier: GPL-2.0-only
/* Rules about workers fire: wakeups that are lost, needless or told wrongly. */
#include "tests/healthy.h"

#include "fuzz/harness/host/budget.h"
#include "fuzz/harness/check/spb/liveness.h"

static void forget_work(void)
{
	struct work_struct *work, *next;

	list_for_each_entry_safe(work, next, &this_core()->work_list, entry) {
		list_del_init(&work->entry);
		work->pending = false;
	}
}

/* A tainted superpageblock below the start threshold: a worker has something to do. */
static void low(void)
{
	fx_small(4);
	fx_draw(TAINTED, "UU.. RR.. MM.. M...");
	fx_draw(CLEAN, "M-.. .... .... ....");
	fx_after_op();
	forget_work();
	fx_oracles(true);
}

static void tell(enum spb_event_type type, enum spb_step step, unsigned int spb, int mt, u32 arg,
		 u32 arg2)
{
	const struct spb_event event = {
		.type = (u8)type,
		.step = (u8)step,
		.zone = ZONE_NORMAL,
		.mt = (u8)mt,
		.spb = (u16)spb,
		.pfn = FX_PFN(spb, 0),
		.arg = arg,
		.arg2 = arg2,
	};

	liveness_event(this_run, &event);
}

#define TELL(type, spb) tell(SPB_EV_##type, SPB_STEP_PCP, spb, MIGRATE_UNMOVABLE, 0, 0)
#define TELL_ARG(type, spb, arg, arg2) \
	tell(SPB_EV_##type, SPB_STEP_PCP, spb, MIGRATE_UNMOVABLE, arg, arg2)

static void queue(struct work_struct *work)
{
	work->pending = true;
	list_add_tail(&work->entry, &this_core()->work_list);
}

TEST(a_trigger_without_a_wakeup_is_lost)
{
	low();
	TELL(LIST_MOVE, TAINTED);
	expect_finding("wakeup-lost", liveness_after_op(this_run));
	low();
	TELL(LIST_MOVE, CLEAN);
	liveness_after_op(this_run);
}

TEST(the_step_wake_kicks_the_shrinker)
{
	low();
	TELL(WAKE, TAINTED);
	expect_finding("wakeup-lost", liveness_after_op(this_run));
	low();
	expect_finding("wakeup-lost", TELL(SHRINK_KICK, TAINTED));
	low();
	queue(&NODE_DATA(0)->shrink_work);
	TELL(SHRINK_KICK, TAINTED);
	liveness_after_op(this_run);
}

TEST(woken_means_queued)
{
	low();
	TELL(LIST_MOVE, TAINTED);
	expect_finding("wakeup-lost", TELL(DEFRAG_WAKE, TAINTED));
	low();
	TELL(LIST_MOVE, TAINTED);
	queue(&tainted()->defrag_work);
	TELL(DEFRAG_WAKE, TAINTED);
	liveness_after_op(this_run);
}

TEST(nobody_is_woken_without_need)
{
	low();
	expect_finding("wakeup-needless", TELL(DEFRAG_WAKE, CLEAN));
	low();
	tainted()->nr_free = 2;
	tainted()->nr_free_pages = 8;
	expect_finding("wakeup-needless", TELL(DEFRAG_WAKE, TAINTED));
}

TEST(a_run_in_vain_cools_down)
{
	low();
	TELL_ARG(DEFRAG_START, TAINTED, 1, 0);
	TELL_ARG(EVACUATE, TAINTED, 0, 0);
	this_run->concurrent = true;
	TELL_ARG(DEFRAG_RUN, TAINTED, 0, 0);
	this_run->concurrent = false;
	expect_finding("wakeup-needless", TELL(DEFRAG_WAKE, TAINTED));
}

TEST(and_starts_again_afterwards)
{
	low();
	TELL_ARG(DEFRAG_START, TAINTED, 1, 0);
	this_run->concurrent = true;
	TELL_ARG(DEFRAG_RUN, TAINTED, 0, 0);
	this_run->concurrent = false;
	this_core()->now += 5 * HZ - 1;
	TELL(LIST_MOVE, TAINTED);
	liveness_after_op(this_run);
	this_core()->now++;
	liveness_after_op(this_run);
	TELL(LIST_MOVE, TAINTED);
	expect_finding("wakeup-lost", liveness_after_op(this_run));
}

/* Another CPU lets it pass between the allocator's looks at the clock and its events. */
TEST(time_passes_within_an_operation)
{
	low();
	TELL_ARG(DEFRAG_START, TAINTED, 1, 0);
	this_run->concurrent = true;
	this_core()->now += 5 * HZ;
	TELL_ARG(DEFRAG_RUN, TAINTED, 0, 0);
	TELL(DEFRAG_WAKE, TAINTED);
	this_run->concurrent = false;
	liveness_after_op(this_run);
	TELL_ARG(DEFRAG_START, TAINTED, 0, 0);
	this_core()->now += 5 * HZ;
	TELL_ARG(DEFRAG_START, TAINTED, 0, 0);
	liveness_after_op(this_run);
	expect_finding("wakeup-lost", TELL_ARG(DEFRAG_START, TAINTED, 0, 0));
}

TEST(a_run_tries_every_pageblock)
{
	low();
	TELL_ARG(DEFRAG_START, TAINTED, 1, 0);
	expect_finding("defrag-run", TELL_ARG(DEFRAG_RUN, TAINTED, 0, 0));
}

TEST(a_run_tells_its_progress)
{
	low();
	TELL_ARG(DEFRAG_START, TAINTED, 1, 0);
	expect_finding("defrag-run", TELL_ARG(DEFRAG_RUN, TAINTED, 3, 1));
}

TEST(a_run_ends_with_enough)
{
	low();
	TELL_ARG(DEFRAG_START, TAINTED, 1, 0);
	TELL(EVACUATE, TAINTED);
	tainted()->nr_free = 2;
	expect_finding("defrag-run", TELL(EVACUATE, TAINTED));
}

TEST(a_worker_neither_starts_nor_stays_for_nothing)
{
	low();
	expect_finding("wakeup-lost", TELL_ARG(DEFRAG_START, TAINTED, 0, 0));
	low();
	expect_finding("wakeup-needless", TELL_ARG(DEFRAG_START, CLEAN, 1, 0));
}

TEST(pending_work_is_on_the_queue)
{
	low();
	tainted()->defrag_work.pending = true;
	expect_finding("work-queue", liveness_full(this_run));
	low();
	NODE_DATA(0)->kswapd_work.pending = true;
	expect_finding("work-queue", liveness_full(this_run));
	low();
	queue(&NODE_DATA(0)->evacuate_work);
	liveness_full(this_run);
	NODE_DATA(0)->evacuate_work.pending = false;
	expect_finding("work-queue", liveness_full(this_run));
}

static void give_back_queue(void)
{
	unsigned long flags;

	spin_lock_irqsave(&this_core()->work_lock, flags);
	spin_unlock_irqrestore(&this_core()->work_lock, flags);
}

/* Looked at by whoever gives the lock of the queue back, while others are under way. */
TEST(pending_work_is_on_the_queue_at_each_unlock)
{
	low();
	this_run->options.close = true;
	queue(&tainted()->defrag_work);
	give_back_queue();
	list_del_init(&tainted()->defrag_work.entry);
	expect_finding("work-queue", give_back_queue());
	low();
	this_run->options.close = true;
	NODE_DATA(0)->shrink_work.pending = true;
	expect_finding("work-queue", give_back_queue());
}

/* Below the reserve the shrinker is kicked, and the defrag worker woken. */
TEST(a_fall_below_the_reserve_wakes)
{
	low();
	tainted()->nr_free_pages = 3;
	tell(SPB_EV_ALLOC, SPB_STEP_OWN, TAINTED, MIGRATE_UNMOVABLE, 0, 0);
	expect_finding("wakeup-lost", liveness_after_op(this_run));
	low();
	tainted()->nr_free_pages = 3;
	tell(SPB_EV_ALLOC, SPB_STEP_OTHER, TAINTED, MIGRATE_MOVABLE, 0, 0);
	liveness_after_op(this_run);
}

/* A claim that taints asks for evacuation, where that can help. */
TEST(a_tainting_claim_asks_for_evacuation)
{
	low();
	TELL(TAINT, CLEAN);
	expect_finding("wakeup-lost",
		       tell(SPB_EV_ALLOC, SPB_STEP_CLAIM, CLEAN, MIGRATE_UNMOVABLE, 0, 0));
}

TEST(a_failed_request_wakes_kswapd)
{
	low();
	expect_finding("wakeup-lost", liveness_null(this_run, GFP_ATOMIC, 1, 0, 0));
	low();
	queue(&NODE_DATA(0)->kswapd_work);
	NODE_DATA(0)->kswapd_order = 1;
	liveness_null(this_run, GFP_ATOMIC, 1, 0, 0);
	liveness_null(this_run, __GFP_HIGH, 2, 0, 0);
	expect_finding("wakeup-lost", liveness_null(this_run, GFP_ATOMIC, 2, 0, 0));
}

/* --- budgets --- */

TEST(a_budget_follows_from_the_geometry)
{
	u32 small, large;

	fx_small(4);
	budget_begin(this_run);
	small = budget_steps(BUDGET_REQUEST, 1);
	assert_int_equal(budget_steps(BUDGET_REQUEST, 3), 3 * small);
	assert_true(budget_steps(BUDGET_SLEEPING, 1) > small);
	fx_small(8);
	budget_begin(this_run);
	large = budget_steps(BUDGET_REQUEST, 1);
	assert_int_equal(large, 2 * small);
}

TEST(a_call_that_uses_up_its_budget_is_endless)
{
	struct host_call outer;

	fx_small(4);
	budget_begin(this_run);
	host_set_budget(budget_steps(BUDGET_FREE, 1));
	host_call_begin(SPB_RULE_NONE, &outer);
	for (u32 i = budget_steps(BUDGET_FREE, 1); --i;)
		shim_step();
	assert_int_equal(host_steps_used(), budget_steps(BUDGET_FREE, 1) - 1);
	expect_finding("endless", shim_step());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_trigger_without_a_wakeup_is_lost),
		T(the_step_wake_kicks_the_shrinker),
		T(woken_means_queued),
		T(nobody_is_woken_without_need),
		T(a_run_in_vain_cools_down),
		T(and_starts_again_afterwards),
		T(time_passes_within_an_operation),
		T(a_run_tries_every_pageblock),
		T(a_run_tells_its_progress),
		T(a_run_ends_with_enough),
		T(a_worker_neither_starts_nor_stays_for_nothing),
		T(pending_work_is_on_the_queue),
		T(pending_work_is_on_the_queue_at_each_unlock),
		T(a_fall_below_the_reserve_wakes),
		T(a_tainting_claim_asks_for_evacuation),
		T(a_failed_request_wakes_kswapd),
		T(a_budget_follows_from_the_geometry),
		T(a_call_that_uses_up_its_budget_is_endless),
	};

	return RUN(tests);
}
