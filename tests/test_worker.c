// SPDX-License-Identifier: GPL-2.0-only
/* Programs that really crash: the child that runs them is replaced, and there is a signature. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/targets.h"
#include "fuzz/tool/replay/death.h"
#include "fuzz/tool/replay/worker.h"

/* Volatile, so that no compiler knows that this is nowhere. */
static volatile int *volatile nowhere = (volatile int *)(uintptr_t)8;

static noinline void write_nowhere(void)
{
	*nowhere = 1;
}

static noinline void write_beyond(void)
{
	char *volatile one = malloc(1);

	one[1] = 1;
	free(one);
}

static noinline void break_something(char how)
{
	switch (how) {
	case 's':
		write_nowhere();
		break;
	case 'o':
		write_beyond();
		break;
	case 'a':
		abort();
	case 'e':
		_Exit(3);
	case 'f':
		finding("harness", "as asked for");
	default:
		break;
	}
}

static void run(const uint8_t *data, size_t size)
{
	static const struct run_mode mode;

	run_program(data, 1, &mode);
	this_run->step = 5;
	if (size > 1)
		break_something((char)data[1]);
}

static const struct target crashing = { .name = "crashing", .run = run };

static const char *signature_of(char how, struct verdict *verdict)
{
	const uint8_t bytes[] = { PROGRAM_VERSION, (uint8_t)how };

	assert_true(worker_run(&crashing, bytes, sizeof(bytes), verdict));
	return verdict->signature;
}

/* Defined where the sanitizer is linked. cmocka takes signals from it, but nothing else. */
extern void __asan_init(void) __attribute__((weak));

static void test_real_crash(void)
{
	struct verdict verdict;

	if (__asan_init)
		assert_string_equal(signature_of('o', &verdict),
				    "AddressSanitizer:heap-buffer-overflow/nop");
	else
		assert_string_equal(signature_of('s', &verdict), "SIGSEGV/nop");
	assert_int_equal(verdict.kind, VERDICT_DIED);
	assert_int_equal(verdict.step, 0);
}

static void test_signatures(void **state)
{
	struct verdict verdict;

	(void)state;
	assert_true(worker_begin(NULL, false));
	assert_string_equal(signature_of('-', &verdict), "");
	assert_int_equal(verdict.kind, VERDICT_GOOD);
	assert_string_equal(signature_of('f', &verdict), "harness/-");
	assert_int_equal(verdict.kind, VERDICT_FINDING);
	assert_int_equal(verdict.step, 5);
	assert_string_equal(verdict.message, "as asked for");
	test_real_crash();
	assert_string_equal(signature_of('e', &verdict), "exit-status-3/nop");
	signature_of('a', &verdict);
	assert_string_equal(verdict.signature, "SIGABRT/nop");
	/* The next child knows nothing of that. */
	assert_string_equal(signature_of('-', &verdict), "");
	assert_string_equal(signature_of('f', &verdict), "harness/-");
	worker_end();
}

/* One name, whether a sanitizer was there to say it or not. */
static void test_signals_by_sanitizers(void **state)
{
	static const char *const signals[] = { "SEGV", "BUS", "FPE", "ABRT", "ILL", "TRAP" };
	struct verdict verdict;
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		snprintf(text, sizeof(text), "\nSUMMARY: AddressSanitizer: %s a.c:1 in f\n",
			 signals[i]);
		death_verdict(&verdict, text, 1, OP_alloc);
		assert_true(!strncmp(verdict.rule, "SIG", 3));
		assert_string_equal(verdict.rule + 3, signals[i]);
	}
	death_verdict(&verdict, "\nSUMMARY: AddressSanitizer: use-after-poison a.c:1\n", 1,
		      OP_alloc);
	assert_string_equal(verdict.rule, "AddressSanitizer:use-after-poison");
}

struct counts {
	unsigned int begun, ended;
	unsigned int events;
};

static void count_begin(void *shared) { ((struct counts *)shared)->begun++; }
static void count_end(void *shared) { ((struct counts *)shared)->ended++; }
static void count_event(void *shared, const struct spb_event *event)
{
	(void)event;
	((struct counts *)shared)->events++;
}

static void test_hooks(void **state)
{
	static const uint8_t allocates[] = {
		PROGRAM_VERSION, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0, 1,
	};
	static const struct worker_hooks hooks = {
		count_begin, count_event, count_end, sizeof(struct counts),
	};
	const struct counts *counts;
	struct verdict verdict;

	(void)state;
	assert_true(worker_begin(&hooks, false));
	counts = worker_shared();
	assert_true(worker_run(&target_alloc, allocates, sizeof(allocates), &verdict));
	assert_int_equal(verdict.nr_records, 1);
	assert_true(counts->events > 0);
	signature_of('e', &verdict);
	assert_int_equal(counts->begun, 2);
	assert_int_equal(counts->ended, 1);
	worker_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_signals_by_sanitizers),
		cmocka_unit_test(test_hooks),
	};

	return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
