// SPDX-License-Identifier: GPL-2.0-only
/* Loops that call nothing of ours are ended, and named. */
#include <string.h>
#include <time.h>

#include "tests/fixture.h"

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/run/watchdog.h"

/* As many looks as there are, and one tick more. */
#define SHORT 21u

static volatile unsigned int rounds;

static noinline void callee(void)
{
	for (unsigned int i = 0; i < 10; i++)
		rounds++;
}

static noinline void goes_round(void)
{
	for (;;) {
		for (unsigned int i = 0; i < 10; i++)
			rounds++;
		callee();
	}
}

static noinline void caller(void)
{
	goes_round();
	rounds = 0;
}

static double cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* Until a watchdog that is awake would have said something: in two times its patience. */
static void work(void)
{
	double end = cpu_seconds() + 2.0 * SHORT / WATCHDOG_TICKS_PER_SECOND;

	while (cpu_seconds() < end)
		callee();
}

/* As a program does that begins. */
static void wake(void)
{
	fx_small(4);
	memset(&this_run->finding, 0, sizeof(this_run->finding));
	watchdog_ticks = SHORT;
	watchdog_begin(false);
}

static void rest(void)
{
	watchdog_end();
	this_run->finding.rule = NULL;
	watchdog_ticks = 5 * WATCHDOG_TICKS_PER_SECOND;
}

TEST(the_function_that_goes_round_is_named)
{
	wake();
	expect_finding("endless", caller());
	assert_string_equal(this_run->finding.function, "goes_round");
	assert_non_null(strstr(this_run->finding.message, "caller() > goes_round()"));
	rest();
}

/* The handler was left by a jump: the next one comes all the same. */
TEST(it_fires_again)
{
	wake();
	expect_finding("endless", caller());
	wake();
	expect_finding("endless", caller());
	rest();
}

/* Which is slow, and no loop. */
TEST(a_close_look_has_more_time)
{
	wake();
	watchdog_begin(true);
	work();
	rest();
}

/* Its report takes as long as it takes. */
TEST(nothing_counts_after_a_finding)
{
	wake();
	this_run->finding.rule = "free-twice";
	work();
	rest();
}

TEST(nothing_counts_between_programs)
{
	wake();
	watchdog_end();
	work();
	rest();
}

TEST(each_operation_has_its_own_time)
{
	double end;

	wake();
	end = cpu_seconds() + 2.0 * SHORT / WATCHDOG_TICKS_PER_SECOND;
	while (cpu_seconds() < end) {
		callee();
		watchdog_operation();
	}
	rest();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_function_that_goes_round_is_named),
		T(it_fires_again),
		T(a_close_look_has_more_time),
		T(nothing_counts_after_a_finding),
		T(nothing_counts_between_programs),
		T(each_operation_has_its_own_time),
	};

	return RUN(tests);
}
