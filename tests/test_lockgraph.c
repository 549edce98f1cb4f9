// SPDX-License-Identifier: GPL-2.0-only
/*
 * The graph of lock classes: each circle, each class with both uses, and each way from a lock
 * that interrupts take to one that is held with them on is found, though nothing is stuck;
 * what is in order is not. What the finding draws says who did what.
 */
#include "tests/fixture.h"

#include <string.h>

#include "fuzz/harness/host/lockgraph.h"

static spinlock_t pcp, zone, work, own[4];

static void start(void)
{
	fx_small(1);
	spin_lock_init(&pcp, LOCK_PCP);
	spin_lock_init(&zone, LOCK_ZONE);
	spin_lock_init(&work, LOCK_WORK);
	for (unsigned int i = 0; i < ARRAY_SIZE(own); i++)
		spin_lock_init(&own[i], LOCK_OWN + i);
	this_run->op = OP_alloc;
	this_run->step = 3;
	this_run->cpu = 0;
}

/* Take and give back @outer with @inner inside. Interrupts stay as they are. */
static void nest(spinlock_t *outer, spinlock_t *inner)
{
	spin_lock(outer);
	spin_lock(inner);
	spin_unlock(inner);
	spin_unlock(outer);
}

static void nest_irqs_off(spinlock_t *outer, spinlock_t *inner)
{
	unsigned long flags;

	local_irq_save(flags);
	nest(outer, inner);
	local_irq_restore(flags);
}

static void take_in_irq(spinlock_t *lock)
{
	host_irq_enter();
	spin_lock(lock);
	spin_unlock(lock);
	host_irq_exit();
}

static void take(spinlock_t *lock)
{
	spin_lock(lock);
	spin_unlock(lock);
}

static bool drawn(const char *text)
{
	static char picture[1024];
	FILE *out = fmemopen(picture, sizeof(picture), "w");

	fputc('\n', out);
	lock_graph_observer.picture(out, this_run, &this_run->finding);
	fclose(out);
	return strstr(picture, text);
}

/* --- order --- */

TEST(the_declared_order_needs_no_witness)
{
	start();
	expect_finding("lock-order", nest_irqs_off(&zone, &pcp));
	assert_true(drawn("zone -> pcp: nest() under nest(), alloc of step 3 on CPU 0\n"));
	assert_true(drawn("pcp -> zone: declared"));
	start();
	expect_finding("lock-order", nest_irqs_off(&work, &pcp));
	start();
	expect_finding("lock-order", nest_irqs_off(&work, &zone));
	assert_string_equal(this_run->finding.function, "nest");
}

TEST(a_witness_is_better_than_a_declaration)
{
	start();
	nest_irqs_off(&pcp, &zone);
	this_run->op = OP_isolate;
	this_run->step = 5;
	this_run->cpu = 1;
	expect_finding("lock-order", nest_irqs_off(&zone, &pcp));
	assert_true(drawn("zone -> pcp: nest() under nest(), isolate of step 5 on CPU 1\n"));
	assert_true(drawn("pcp -> zone: nest() under nest(), alloc of step 3 on CPU 0\n"));
}

TEST(a_new_class_learns_its_place)
{
	start();
	nest(&own[0], &own[1]);
	nest(&own[0], &own[1]);
	expect_finding("lock-order", nest(&own[1], &own[0]));
	assert_true(drawn("own1 -> own0: "));
	assert_true(drawn("own0 -> own1: "));
}

TEST(a_circle_may_be_long)
{
	start();
	nest(&own[0], &own[1]);
	nest(&own[1], &own[2]);
	nest(&own[2], &own[3]);
	expect_finding("lock-order", nest(&own[3], &own[0]));
	assert_true(drawn("own3 -> own0: "));
	assert_true(drawn("own0 -> own1: "));
	assert_true(drawn("own1 -> own2: "));
	assert_true(drawn("own2 -> own3: "));
}

/* zone -> own0 -> pcp -> zone: two edges were seen, the third is declared. */
TEST(a_circle_may_go_through_declared_edges)
{
	start();
	nest_irqs_off(&own[0], &pcp);
	expect_finding("lock-order", nest_irqs_off(&zone, &own[0]));
	assert_true(drawn("own0 -> pcp: nest()"));
	assert_true(drawn("pcp -> zone: declared"));
}

TEST(locks_of_one_class_do_not_nest)
{
	static spinlock_t other;

	start();
	spin_lock_init(&other, LOCK_OWN);
	expect_finding("lock-order", nest(&own[0], &other));
}

TEST(every_lock_that_is_held_counts)
{
	start();
	spin_lock(&own[0]);
	nest(&own[1], &own[2]);
	spin_unlock(&own[0]);
	expect_finding("lock-order", nest(&own[2], &own[0]));
}

/* A trylock waits for nothing; who waits under what it took does. */
TEST(a_trylock_is_the_end_of_no_edge)
{
	start();
	spin_lock(&own[0]);
	assert_true(spin_trylock(&own[1]));
	spin_unlock(&own[1]);
	spin_unlock(&own[0]);
	nest(&own[1], &own[0]);
	assert_true(spin_trylock(&own[2]));
	take(&own[3]);
	spin_unlock(&own[2]);
	expect_finding("lock-order", nest(&own[3], &own[2]));
}

TEST(a_new_program_knows_nothing)
{
	start();
	nest(&own[0], &own[1]);
	take(&own[2]);
	start();
	nest(&own[1], &own[0]);
	take_in_irq(&own[2]);
	assert_false(drawn("own"));
}

/* --- interrupts --- */

TEST(one_use_is_fine)
{
	unsigned long flags;

	start();
	take(&own[0]);
	take(&own[0]);
	take_in_irq(&own[1]);
	spin_lock_irqsave(&own[1], flags);
	spin_unlock_irqrestore(&own[1], flags);
	host_irq_enter();
	assert_true(spin_trylock(&own[0]));
	spin_unlock(&own[0]);
	host_irq_exit();
	host_check_idle();
}

TEST(both_uses_are_found_in_any_order)
{
	start();
	take(&own[0]);
	expect_finding("irq-state", take_in_irq(&own[0]));
	assert_true(drawn("own0 waited for in an interrupt: take_in_irq(), alloc of step 3 on CPU 0"
			  " in an interrupt\n"));
	assert_true(drawn("own0 held with interrupts on: take(), alloc of step 3 on CPU 0\n"));
	start();
	take_in_irq(&own[0]);
	expect_finding("irq-state", take(&own[0]));
	assert_string_equal(this_run->finding.function, "take");
	start();
	take_in_irq(&own[0]);
	expect_finding("irq-state", (void)spin_trylock(&own[0]));
}

TEST(declared_uses_are_held_against)
{
	start();
	expect_finding("irq-state", take(&zone));
	assert_true(drawn("zone waited for in an interrupt: declared"));
	start();
	expect_finding("irq-state", take(&work));
	start();
	expect_finding("irq-state", take_in_irq(&pcp));
}

TEST(interrupts_that_go_on_under_a_lock_count)
{
	unsigned long flags;

	start();
	take_in_irq(&own[0]);
	local_irq_save(flags);
	spin_lock(&own[0]);
	expect_finding("irq-state", local_irq_restore(flags));
	assert_true(drawn("own0 held with interrupts on: interrupts_that_go_on"));
}

/*
 * An interrupt waits for zone; own0 is held with interrupts on; somebody takes own0 under
 * zone. Three programs that do that in different order.
 */
TEST(a_way_from_irq_to_on_is_found)
{
	start();
	take(&own[0]);
	expect_finding("lock-irq-order", nest_irqs_off(&zone, &own[0]));
	assert_true(drawn("zone waited for in an interrupt: declared"));
	assert_true(drawn("zone -> own0: nest()"));
	assert_true(drawn("own0 held with interrupts on: take()"));
	start();
	nest_irqs_off(&zone, &own[0]);
	expect_finding("lock-irq-order", take(&own[0]));
	start();
	nest_irqs_off(&own[1], &own[2]);
	nest_irqs_off(&own[2], &own[3]);
	take(&own[3]);
	expect_finding("lock-irq-order", take_in_irq(&own[1]));
	assert_true(drawn("own1 -> own2: "));
	assert_true(drawn("own2 -> own3: "));
}

/* --- sleeping --- */

TEST(owners_are_asked_where_one_may_sleep)
{
	unsigned long flags __maybe_unused;
	struct page *page;

	start();
	page = pfn_to_page(FX_PFN(0, 0));
	spin_lock_irqsave(&zone, flags);
	expect_finding("sleep-in-atomic", shim_migrate(page, page + 1));
	start();
	local_irq_save(flags);
	expect_finding("sleep-in-atomic", shim_give_up(pfn_to_page(FX_PFN(0, 0))));
	start();
	spin_lock(&pcp);
	expect_finding("sleep-in-atomic", shim_out_of_memory());
}

TEST(an_atomic_call_does_not_sleep)
{
	struct host_call outer, inner;

	start();
	host_call_begin(SPB_RULE_NONE, &outer);
	might_sleep();
	host_call_begin(SPB_RULE_NONE, &inner);
	host_call_atomic();
	host_call_end(&inner);
	might_sleep();
	host_call_atomic();
	expect_finding("sleep-in-atomic", might_sleep());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_declared_order_needs_no_witness),
		T(a_witness_is_better_than_a_declaration),
		T(a_new_class_learns_its_place),
		T(a_circle_may_be_long),
		T(a_circle_may_go_through_declared_edges),
		T(locks_of_one_class_do_not_nest),
		T(every_lock_that_is_held_counts),
		T(a_trylock_is_the_end_of_no_edge),
		T(a_new_program_knows_nothing),
		T(one_use_is_fine),
		T(both_uses_are_found_in_any_order),
		T(declared_uses_are_held_against),
		T(interrupts_that_go_on_under_a_lock_count),
		T(a_way_from_irq_to_on_is_found),
		T(owners_are_asked_where_one_may_sleep),
		T(an_atomic_call_does_not_sleep),
	};

	return RUN(tests);
}
