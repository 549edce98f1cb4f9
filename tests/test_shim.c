// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shim: each way to corrupt a list, to misuse a lock or the interrupt state is found,
 * under the rule that names it; right use is not.
 */
#include "tests/fixture.h"

#include <string.h>

struct item {
	struct list_head node;
	unsigned int value;
};

static struct list_head head;
static struct item a, b, c;

static void make_list(void)
{
	fx_small(1);
	INIT_LIST_HEAD(&head);
	list_add_tail(&a.node, &head);
	list_add_tail(&b.node, &head);
	list_add_tail(&c.node, &head);
	a.value = 1;
	b.value = 2;
	c.value = 3;
}

static unsigned int list_as_number(void)
{
	struct item *item;
	unsigned int number = 0;

	list_for_each_entry(item, &head, node)
		number = number * 10 + item->value;
	return number;
}

TEST(lists_keep_their_order)
{
	make_list();
	assert_int_equal(list_as_number(), 123);
	list_move(&c.node, &head);
	assert_int_equal(list_as_number(), 312);
	list_move_tail(&c.node, &head);
	assert_int_equal(list_as_number(), 123);
	list_del(&b.node);
	assert_int_equal(list_as_number(), 13);
	list_add(&b.node, &head);
	assert_int_equal(list_as_number(), 213);
	list_del_init(&b.node);
	assert_true(list_empty(&b.node));
	assert_ptr_equal(list_first_entry(&head, struct item, node), &a);
	assert_ptr_equal(list_last_entry(&head, struct item, node), &c);
	assert_false(list_is_singular(&head));
	list_del(&a.node);
	assert_true(list_is_singular(&head));
	list_del(&c.node);
	assert_null(list_first_entry_or_null(&head, struct item, node));
}

TEST(safe_walk_may_remove)
{
	struct item *item, *next;

	make_list();
	list_for_each_entry_safe(item, next, &head, node)
		if (item->value != 2)
			list_del(&item->node);
	assert_int_equal(list_as_number(), 2);
}

TEST(removed_entries_are_poisoned)
{
	make_list();
	list_del(&b.node);
	assert_ptr_equal(b.node.next, LIST_POISON1);
	assert_ptr_equal(b.node.prev, LIST_POISON2);
	expect_finding("list-corrupt", list_del(&b.node));
	assert_non_null(strstr(this_run->finding.message, "removed before"));
}

TEST(adding_twice_is_found)
{
	make_list();
	expect_finding("list-corrupt", list_add(&a.node, &head));
	assert_non_null(strstr(this_run->finding.message, "double add"));
}

TEST(wrong_neighbours_are_found)
{
	make_list();
	c.node.prev = &a.node;
	expect_finding("list-corrupt", list_add(&b.node, &b.node));
	make_list();
	c.node.prev = &a.node;
	expect_finding("list-corrupt", list_del(&b.node));
	assert_non_null(strstr(this_run->finding.message, "next->prev"));
	make_list();
	a.node.next = &c.node;
	expect_finding("list-corrupt", list_del(&b.node));
	assert_non_null(strstr(this_run->finding.message, "prev->next"));
	make_list();
	head.next = &b.node;
	list_del(&c.node);
	expect_finding("list-corrupt", list_add(&c.node, &head));
	assert_non_null(strstr(this_run->finding.message, "next->prev"));
	make_list();
	list_del(&c.node);
	a.node.next = &head;
	expect_finding("list-corrupt", __list_add(&c.node, &a.node, &b.node));
	assert_non_null(strstr(this_run->finding.message, "prev->next"));
	make_list();
	expect_finding("list-corrupt", __list_add(&c.node, NULL, &head));
	b.node.next = NULL;
	expect_finding("list-corrupt", list_del(&b.node));
	assert_non_null(strstr(this_run->finding.message, "NULL"));
}

TEST(a_walk_without_end_is_found)
{
	make_list();
	c.node.next = &a.node;
	shim_this->budget = 1000;
	expect_finding("endless", list_as_number());
}

/* --- locks --- */

static spinlock_t pcp, zone, zone2, work;

static void make_locks(void)
{
	fx_small(1);
	spin_lock_init(&pcp, LOCK_PCP);
	spin_lock_init(&zone, LOCK_ZONE);
	spin_lock_init(&zone2, LOCK_ZONE);
	spin_lock_init(&work, LOCK_WORK);
}

TEST(locks_nest_in_order)
{
	unsigned long flags, inner;

	make_locks();
	spin_lock(&pcp);
	spin_lock_irqsave(&zone, flags);
	lockdep_assert_held(&zone);
	spin_lock_irqsave(&work, inner);
	spin_unlock_irqrestore(&work, inner);
	assert_false(host_irqs_on());
	spin_unlock_irqrestore(&zone, flags);
	assert_true(host_irqs_on());
	spin_unlock(&pcp);
	host_check_idle();
	might_sleep();
}

TEST(wrong_order_is_found)
{
	unsigned long flags __maybe_unused, inner __maybe_unused;

	make_locks();
	spin_lock_irqsave(&zone, flags);
	expect_finding("lock-order", spin_lock(&pcp));
	make_locks();
	spin_lock_irqsave(&zone, flags);
	expect_finding("lock-order", spin_lock_irqsave(&zone2, inner));
	make_locks();
	zone.class = MAX_LOCK_CLASSES;
	expect_finding("lock-order", spin_lock_irqsave(&zone, flags));
}

TEST(waiting_for_oneself_is_found)
{
	unsigned long flags __maybe_unused, inner __maybe_unused;

	make_locks();
	spin_lock_irqsave(&zone, flags);
	expect_finding("lock-self-deadlock", spin_lock_irqsave(&zone, inner));
}

TEST(trylock_fails_and_changes_nothing)
{
	unsigned long flags, inner;

	make_locks();
	assert_true(spin_trylock(&pcp));
	assert_false(spin_trylock(&pcp));
	fx_cpu(1);
	assert_false(spin_trylock(&pcp));
	fx_cpu(0);
	spin_unlock(&pcp);
	assert_true(spin_trylock_irqsave(&zone, flags));
	assert_false(spin_trylock_irqsave(&zone, inner));
	spin_unlock_irqrestore(&zone, flags);
	assert_true(host_irqs_on());
	host_check_idle();
}

TEST(unlocking_what_is_not_held_is_found)
{
	make_locks();
	expect_finding("lock-not-held", spin_unlock(&pcp));
	make_locks();
	expect_finding("lock-not-held", lockdep_assert_held(&zone));
	make_locks();
	spin_lock(&pcp);
	fx_cpu(1);
	expect_finding("lock-not-held", lockdep_assert_held(&pcp));
	make_locks();
	spin_lock(&pcp);
	fx_cpu(1);
	expect_finding("lock-foreign-unlock", spin_unlock(&pcp));
}

TEST(a_lock_kept_is_found)
{
	make_locks();
	spin_lock(&pcp);
	expect_finding("lock-held-at-return", host_check_idle());
}

/* --- interrupts --- */

TEST(irq_state_nests)
{
	unsigned long flags, inner;

	make_locks();
	local_irq_save(flags);
	local_irq_save(inner);
	local_irq_restore(inner);
	assert_false(host_irqs_on());
	local_irq_restore(flags);
	assert_true(host_irqs_on());
}

TEST(irq_state_out_of_order_is_found)
{
	unsigned long flags, inner __maybe_unused;

	make_locks();
	local_irq_save(flags);
	local_irq_save(inner);
	expect_finding("irq-state", local_irq_restore(flags));
	make_locks();
	expect_finding("irq-state", local_irq_restore(0));
	make_locks();
	local_irq_save(flags);
	expect_finding("irq-state", host_check_idle());
}

TEST(zone_lock_with_irqs_on_is_found)
{
	unsigned long flags;

	make_locks();
	expect_finding("irq-state", spin_lock(&zone));
	make_locks();
	spin_lock_irqsave(&zone, flags);
	expect_finding("irq-state", local_irq_restore(flags));
}

TEST(sleeping_in_the_wrong_place_is_found)
{
	unsigned long flags __maybe_unused;

	make_locks();
	spin_lock(&pcp);
	expect_finding("sleep-in-atomic", might_sleep());
	make_locks();
	local_irq_save(flags);
	expect_finding("sleep-in-atomic", might_sleep());
	make_locks();
	host_irq_enter();
	expect_finding("sleep-in-atomic", might_sleep());
}

TEST(interrupts_may_not_wait_for_pcp_locks)
{
	make_locks();
	spin_lock(&pcp);
	host_irq_enter();
	assert_false(spin_trylock(&pcp));
	expect_finding("lock-self-deadlock", spin_lock(&pcp));
	make_locks();
	fx_cpu(1);
	spin_lock(&pcp);
	fx_cpu(0);
	host_irq_enter();
	expect_finding("irq-state", spin_lock(&pcp));
}

TEST(bugs_name_their_function)
{
	make_locks();
	expect_finding("core-bug", BUG_ON(head.next != NULL));
	assert_non_null(strstr(this_run->finding.message, "head.next"));
	make_locks();
	expect_finding("core-bug", BUG());
	make_locks();
	expect_finding("core-bug", VM_WARN_ON_ONCE(1));
	assert_string_equal(this_run->finding.function, __func__);
	make_locks();
	assert_false(WARN_ON(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lists_keep_their_order),
		T(safe_walk_may_remove),
		T(removed_entries_are_poisoned),
		T(adding_twice_is_found),
		T(wrong_neighbours_are_found),
		T(a_walk_without_end_is_found),
		T(locks_nest_in_order),
		T(wrong_order_is_found),
		T(waiting_for_oneself_is_found),
		T(trylock_fails_and_changes_nothing),
		T(unlocking_what_is_not_held_is_found),
		T(a_lock_kept_is_found),
		T(irq_state_nests),
		T(irq_state_out_of_order_is_found),
		T(zone_lock_with_irqs_on_is_found),
		T(sleeping_in_the_wrong_place_is_found),
		T(interrupts_may_not_wait_for_pcp_locks),
		T(bugs_name_their_function),
	};

	return RUN(tests);
}
