// SPDX-License-Identifier: GPL-2.0-only
/*
 * The race detector and the schedule modes: what is unordered is found under the rule that
 * names it, what a lock, an interrupt flag or a hand-over orders is not. Accesses are told
 * by hand here, so the tests run in builds without access hooks too.
 */
#include "tests/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/host/access.h"
#include "fuzz/harness/race/racedetect.h"
#include "fuzz/harness/sched/sched_policy.h"
#include "fuzz/harness/spb/spb_field.h"
#include "fuzz/harness/check/spb/spb_oracle.h"

static const struct run_mode no_mode;

static void start(void)
{
	fx_small(2);
	this_run->mode = &no_mode;
	access_state.detect = access_state.compare = true;
	race_begin();
}

static size_t offset_of(const void *p)
{
	return (size_t)((uintptr_t)p - access_state.base);
}

/* A field that no lock is declared for. */
static size_t cursor(void)
{
	return offset_of(&fx_zone()->reclaim_pfn);
}

static void told(unsigned int cpu, bool irq, size_t offset, unsigned int kind)
{
	host_order->context(cpu, irq);
	race_access(offset, 4, kind, 0);
}

TEST(unordered_plain_accesses_are_a_race)
{
	start();
	told(0, false, cursor(), RACE_WRITE | RACE_PLAIN);
	expect_finding("data-race", told(1, false, cursor(), RACE_WRITE | RACE_PLAIN));
	start();
	told(0, false, cursor(), RACE_PLAIN);
	expect_finding("data-race", told(1, false, cursor(), RACE_WRITE | RACE_PLAIN));
	start();
	told(0, false, cursor(), RACE_WRITE | RACE_PLAIN);
	expect_finding("data-race", told(1, false, cursor(), RACE_PLAIN));
}

TEST(a_report_says_where_both_accesses_are)
{
	char *text, *first;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	start();
	race_access(cursor(), 4, RACE_WRITE | RACE_PLAIN, (uintptr_t)start + 1);
	host_order->context(1, false);
	expect_finding("data-race", race_access(cursor(), 4, RACE_PLAIN, (uintptr_t)told + 1));
	race_observer.picture(to, this_run, &this_run->finding);
	fclose(to);
	first = strstr(text, "plain read on CPU 1: told() at tests/test_race.c:");
	assert_non_null(first);
	assert_non_null(strstr(first, "\n  plain write on CPU 0: start() at tests/test_race.c:"));
	free(text);
}

/* What was seen of a word before another context came says nothing about that one. */
TEST(a_repeated_access_is_compared_with_whom_came_meanwhile)
{
	start();
	told(0, false, cursor(), RACE_PLAIN);
	told(1, false, cursor(), RACE_PLAIN);
	host_order->context(0, false);
	host_release(fx_zone());
	told(0, false, cursor(), RACE_PLAIN);
	expect_finding("data-race", told(0, false, cursor(), RACE_WRITE | RACE_PLAIN));
	start();
	told(0, false, cursor(), RACE_PLAIN | RACE_WRITE);
	host_release(fx_zone());
	told(0, false, cursor(), RACE_PLAIN | RACE_WRITE);
	expect_finding("data-race", told(1, false, cursor(), RACE_PLAIN));
}

static unsigned int pairs(void)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < RACE_NR_PAIRS; i++)
		nr += race_pairs[i];
	memset(race_pairs, 0, sizeof(race_pairs));
	return nr;
}

/* What engines see: two operations under way, one word, at least one write. */
TEST(accesses_that_meet_are_counted)
{
	start();
	pairs();
	this_run->concurrent = true;
	told(0, false, cursor(), 0);
	told(0, false, cursor(), RACE_WRITE);
	told(1, false, cursor(), 0);
	assert_int_equal(pairs(), 1);
	told(0, false, cursor(), 0);
	assert_int_equal(pairs(), 0);
	this_run->concurrent = false;
	told(1, false, cursor(), RACE_WRITE);
	assert_int_equal(pairs(), 0);
}

TEST(a_plain_access_against_an_announced_one_is_a_race)
{
	start();
	told(0, false, cursor(), RACE_WRITE);
	expect_finding("data-race", told(1, false, cursor(), RACE_PLAIN));
	start();
	told(0, false, cursor(), RACE_WRITE | RACE_PLAIN);
	expect_finding("data-race", told(1, false, cursor(), 0));
}

TEST(reads_and_announced_accesses_do_not_race)
{
	start();
	told(0, false, cursor(), RACE_PLAIN);
	told(1, false, cursor(), RACE_PLAIN);
	start();
	told(0, false, cursor(), RACE_WRITE);
	told(1, false, cursor(), 0);
	told(2, false, cursor(), RACE_WRITE);
}

TEST(neighbours_in_one_word_do_not_race)
{
	const struct page *page;

	start();
	page = pfn_to_page(FX_PFN(0, 0));
	assert_int_equal(offset_of(&page->private) / 8, offset_of(&page->owner) / 8);
	told(0, false, offset_of(&page->private), RACE_WRITE | RACE_PLAIN);
	told(1, false, offset_of(&page->owner), RACE_WRITE | RACE_PLAIN);
}

TEST(a_release_orders_what_follows_the_acquire)
{
	const void *lock = &fx_zone()->per_cpu_pageset[0].lock;

	start();
	told(0, false, cursor(), RACE_WRITE | RACE_PLAIN);
	host_release(lock);
	host_order->context(1, false);
	host_acquire(lock);
	told(1, false, cursor(), RACE_WRITE | RACE_PLAIN);
	/* What the first does after its release is not ordered. */
	expect_finding("data-race", told(0, false, cursor(), RACE_PLAIN));
}

TEST(an_interrupt_is_a_context_of_its_own)
{
	start();
	told(0, false, cursor(), RACE_WRITE | RACE_PLAIN);
	expect_finding("data-race", told(0, true, cursor(), RACE_PLAIN));
	start();
	host_order->irqs(true);
	told(0, false, cursor(), RACE_WRITE | RACE_PLAIN);
	host_order->irqs(false);
	host_order->context(0, true);
	host_order->irqs(true);
	told(0, true, cursor(), RACE_WRITE | RACE_PLAIN);
	host_order->irqs(false);
	host_order->context(0, false);
	host_order->irqs(true);
	told(0, false, cursor(), RACE_WRITE | RACE_PLAIN);
}

TEST(a_new_program_knows_nothing_of_the_last)
{
	start();
	told(0, false, cursor(), RACE_WRITE | RACE_PLAIN);
	race_begin();
	told(1, false, cursor(), RACE_WRITE | RACE_PLAIN);
}

TEST(many_accesses_to_one_word_keep_the_newest)
{
	start();
	for (unsigned int cpu = 0; cpu < 4; cpu++) {
		told(cpu, false, cursor(), RACE_PLAIN);
		told(cpu, true, cursor(), RACE_PLAIN);
	}
	expect_finding("data-race", told(0, false, cursor(), RACE_WRITE | RACE_PLAIN));
}

TEST(what_a_lock_protects_needs_it)
{
	struct zone *zone;
	unsigned long flags;

	start();
	zone = fx_zone();
	spin_lock_irqsave(&zone->lock, flags);
	race_access(offset_of(&fx_spb(0)->nr_free), 2, RACE_WRITE | RACE_PLAIN, 0);
	spin_unlock_irqrestore(&zone->lock, flags);
	race_access(offset_of(&fx_spb(0)->nr_free), 2, 0, 0);
	expect_finding("lockset", race_access(offset_of(&fx_spb(0)->nr_free), 2, RACE_PLAIN, 0));
	start();
	expect_finding("lockset", race_access(offset_of(&fx_zone()->per_cpu_pageset[1].count), 4,
					      RACE_WRITE | RACE_PLAIN, 0));
}

TEST(fields_have_names)
{
	char name[64];

	start();
	assert_string_equal(spb_field_name(offset_of(&fx_spb(1)->nr_free), name, sizeof(name)),
			    "spb 1 nr_free");
	assert_string_equal(spb_field_name(offset_of(&pfn_to_page(FX_PFN(0, 3))->refcount), name,
					   sizeof(name)), "page 67 refcount");
	assert_string_equal(spb_field_name(offset_of(&pfn_to_pageblock(FX_PFN(0, 4))->flags), name,
					   sizeof(name)), "pageblock 1 flags");
	assert_string_equal(spb_field_name(offset_of(&this_core()->work_list), name, sizeof(name)),
			    "core 0 work_list");
	assert_ptr_equal(spb_field_lock(offset_of(&fx_zone()->nr_tainted)), &fx_zone()->lock);
	assert_null(spb_field_lock(offset_of(&fx_zone()->managed_pages)));
	/* A worker that is said to run elsewhere is not begun: see first_idle_work(). */
	assert_string_equal(spb_field_name(offset_of(&fx_spb(1)->defrag_work.running), name,
					   sizeof(name)), "spb 1 defrag_work.running");
	assert_ptr_equal(spb_field_lock(offset_of(&fx_spb(1)->defrag_work.running)),
			 &this_core()->work_lock);
}

TEST(the_circle_of_an_endless_walk_is_drawn)
{
	static char text[512];
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct list_head *a, *b;

	start();
	a = &fx_spb(0)->list;
	b = &fx_spb(1)->list;
	a->next = b;
	b->next = a;
	access_state.last = (uintptr_t)a;
	spb_draw_circle(out);
	access_state.last = 0;
	fclose(out);
	assert_non_null(strstr(text, "in a circle of 2:"));
	assert_non_null(strstr(text, "    spb 0 list\n"));
	assert_non_null(strstr(text, "    spb 1 list\n"));
	assert_true(spb_field_is_head(offset_of(&fx_zone()->spb_empty)));
	assert_false(spb_field_is_head(offset_of(a)));
}

/* --- schedules --- */

TEST(small_preemption_numbers_are_exact)
{
	for (unsigned int at = 0; at < 0x4000; at++)
		assert_int_equal(policy_point((uint16_t)at), at);
	assert_int_equal(policy_point(0x4000), 1);
	assert_int_equal(policy_point(0x7fff), 256);
	assert_int_equal(policy_point(0xbfff), 4096);
	assert_int_equal(policy_point(0xffff), 1u << 20);
}

TEST(a_random_walk_decides_at_one_point_in_sixteen)
{
	struct program_header header = { .sched_mode = SCHED_RANDOM_WALK, .sched_seed = 5 };
	unsigned int decisions = 0, on_other = 0;
	struct sched_policy policy;
	bool irq;

	policy_begin(&policy, &header, 3, 0, 0);
	policy_start_at(&policy, 0);
	while (policy.next < 160000) {
		on_other += policy_decide(&policy, 0, 7, false, &irq) != 0;
		decisions++;
	}
	assert_in_range(decisions, 9000, 11000);
	assert_int_equal(on_other, decisions);
}

TEST(pct_changes_as_often_as_asked)
{
	struct program_header header = { .sched_mode = SCHED_PCT, .sched_param = 2 };
	unsigned int decisions = 0, now;
	struct sched_policy policy;
	bool irq;

	policy_begin(&policy, &header, 4, 100, 5000);
	policy_start_at(&policy, 100);
	now = policy_after_op(&policy, 15, 0);
	for (; policy.next != UINT64_MAX; decisions++) {
		unsigned int before = now;

		assert_in_range(policy.next, 101, 5000);
		now = policy_decide(&policy, now, 15, false, &irq);
		assert_int_not_equal(now, before);
	}
	assert_int_equal(decisions, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(unordered_plain_accesses_are_a_race),
		T(a_report_says_where_both_accesses_are),
		T(a_repeated_access_is_compared_with_whom_came_meanwhile),
		T(accesses_that_meet_are_counted),
		T(a_plain_access_against_an_announced_one_is_a_race),
		T(reads_and_announced_accesses_do_not_race),
		T(neighbours_in_one_word_do_not_race),
		T(a_release_orders_what_follows_the_acquire),
		T(an_interrupt_is_a_context_of_its_own),
		T(a_new_program_knows_nothing_of_the_last),
		T(many_accesses_to_one_word_keep_the_newest),
		T(what_a_lock_protects_needs_it),
		T(fields_have_names),
		T(the_circle_of_an_endless_walk_is_drawn),
		T(small_preemption_numbers_are_exact),
		T(a_random_walk_decides_at_one_point_in_sixteen),
		T(pct_changes_as_often_as_asked),
	};

	return RUN(tests);
}
