// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's adapter and its rules, on the double of a kernel: each planted fault breaks the
 * rule that is about it, and nothing is found without one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fuzz/harness/base/known.h"
#include "fuzz/harness/base/reach.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/arena.h"
#include "fuzz/harness/host/preempt.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/stats/trace.h"
#include "fuzz/harness/target/observers.h"
#include "fuzz/harness/text/text.h"
#include "fuzz/kernel/adapter.h"
#include "tests/kernel/fake.h"

static const struct run_mode mode = { .observers = observers_all };
static const struct run_mode races = {
	.observers = observers_of_races, .preempt = true, .min_cpus = 2,
};
static sigjmp_buf after_finding;

static void on_finding(struct run *run)
{
	(void)run;
	siglongjmp(after_finding, 1);
}

/* Return: the rule that was broken, "" for none. */
static const char *run_text(const char *text)
{
	static uint8_t bytes[PROGRAM_MAX_SIZE];
	struct text_error error;
	size_t size = text_assemble(text, strlen(text), bytes, sizeof(bytes), NULL, &error);

	if (!size)
		fail_msg("line %u: %s", error.line, error.message);
	this_run->options.quiet = true;
	this_run->on_finding = on_finding;
	if (sigsetjmp(after_finding, 0))
		return this_run->finding.rule;
	assert_true(run_program(bytes, size, strstr(text, "\nschedule ") ? &races : &mode));
	return "";
}

#define HEAD(geometry) "spbt 1\ngeometry " geometry "\n"

/* Something of everything. */
#define BUSY                                                                                      \
	"fill order=0 gfp=GFP_HIGHUSER_MOVABLE arg=90\n"                                         \
	"alloc s1 order=3 gfp=GFP_KERNEL|__GFP_COMP|__GFP_ZERO\n"                                \
	"alloc s2 order=2 gfp=GFP_HIGHUSER_MOVABLE|__GFP_COMP\n"                                 \
	"bulk s8 gfp=GFP_KERNEL arg=7\n"                                                         \
	"thin arg=1\n"                                                                           \
	"kvmalloc s20 gfp=GFP_KERNEL arg=12\n"                                                   \
	"vmalloc s21 gfp=GFP_KERNEL arg=20\n"                                                    \
	"skb s22 gfp=GFP_KERNEL arg=9 order=3\n"                                                 \
	"alloc s3 order=4 gfp=GFP_KERNEL\nsplit_free s3 order=1\n"                               \
	"isolate arg=20000\nunisolate arg=20000\n"                                               \
	"contig s30 zone=0\ncontig s31 zone=0\ncontig s32 zone=0\ncontig s33 zone=0\n"           \
	"contig_free s30\ncontig_free s33\nfree s1\nfree s2\ndrain arg=0\ndrain_all\n"           \
	"compact order=3 zone=0\nreclaim order=3 zone=0\nwork arg=3\ntime arg=9\n"               \
	"free s20\nfree s21\nfree s22\nfree_step s8 arg=0\n"                                     \
	"range s40 order=0 extra=10 gfp=GFP_KERNEL arg=40003\nrange_free s40\n"                  \
	"range s41 order=3 extra=2 gfp=GFP_KERNEL|__GFP_COMP arg=30007\n"                         \
	"cma s42 order=1 extra=2\ncma s43 order=4\ncma_free s42\n"                               \
	"alloc s44 order=3 gfp=GFP_KERNEL\nfree_part s44 order=1 arg=5\n"                        \
	"alloc s45 order=3 gfp=GFP_KERNEL|__GFP_COMP\nhold s45\nhold s45\nfree s45\n"           \
	"unhold s45\nalloc s46 order=2 gfp=GFP_KERNEL\nhold s46\nfree_part s46 order=0\n"       \
	"free s46\nunhold s46\nfree_inside s44 arg=1\nisolate_slot s44\nunisolate_slot s44\n"   \
	"alloc s47 order=1 gfp=GFP_KERNEL\nfree s47\nfree_again s47\nfree_pfn arg=30000\n"      \
	"kswapd order=2\nkcompactd order=3\n"                                                    \
	"nodes arg=1\nalloc_mask s48 gfp=GFP_USER arg=2\nnodes arg=0\n"

/* All is taken, and nobody waits for more. */
#define FULL HEAD("micro") "fill order=0 gfp=GFP_ATOMIC arg=511\n"

/* CPUs that allocate and free side by side, left at accesses and at locks. */
#define BESIDE(accesses)                                                                         \
	"spbt 1\ngeometry spb1\ncpus 3\nschedule " accesses "random-walk param=0 seed=0x5\n"     \
	"alloc s1 order=2 gfp=GFP_KERNEL cpu=0\nalloc s2 order=1 gfp=GFP_KERNEL cpu=1\n"          \
	"free s1 cpu=2\nalloc s3 order=3 gfp=GFP_KERNEL cpu=2\nfree s2 cpu=0\nfree s3 cpu=1\n"

static const struct {
	enum fake_fault fault;
	const char *rule;
	const char *text;
} cases[] = {
#define FAULT(id, rule, text) { FAKE_FAULT_##id, rule, text },
#include "tests/kernel/faults.def"
};

static void every_fault_breaks_its_rule(void **state)
{
	bool seen[ARRAY_SIZE(cases) + 1] = { 0 };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		fake_fault = FAKE_FAULT_NONE;
		if (*run_text(cases[i].text))
			fail_msg("no fault, case %u: %s (%s)", i, this_run->finding.rule,
				 this_run->finding.message);
		arena_forget();
		fake_fault = cases[i].fault;
		if (strcmp(run_text(cases[i].text), cases[i].rule))
			fail_msg("fault %d: %s (%s), not %s", cases[i].fault,
				 this_run->finding.rule, this_run->finding.message, cases[i].rule);
		fake_fault = FAKE_FAULT_NONE;
		arena_forget();
		seen[cases[i].fault] = true;
	}
	for (unsigned int i = 1; i < ARRAY_SIZE(seen); i++)
		assert_true(seen[i]);
}

static void all_shapes_run_clean(void **state)
{
	static const char *const names[] = {
		HEAD("default") BUSY, HEAD("spb1") BUSY, HEAD("spb9") BUSY, HEAD("clipped") BUSY,
		HEAD("two-nodes") BUSY, HEAD("four-nodes") BUSY, HEAD("holes") BUSY,
		HEAD("micro") BUSY, HEAD("real-ish") BUSY, HEAD("tiny") BUSY, HEAD("ragged") BUSY,
		HEAD("bigblock") BUSY, HEAD("wide160") BUSY, HEAD("wide200") BUSY,
		HEAD("odd-spb") BUSY,
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (*run_text(names[i]))
			fail_msg("shape %u: %s, %s", i, this_run->finding.rule,
				 this_run->finding.message);
}

/* Nothing can be asked of a kernel for an entry of the memory map that was never set up. */
static void pages_of_no_zone_are_not_freed(void **state)
{
	char text[64 + 30 * 32];

	(void)state;
	for (unsigned int at = 0; at < 65536; at += 30 * 40) {
		size_t used = (size_t)snprintf(text, sizeof(text), "%s", HEAD("holes"));

		for (unsigned int arg = at; arg < at + 30 * 40 && arg < 65536; arg += 40)
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 "free_pfn arg=%u\n", arg);
		if (*run_text(text))
			fail_msg("from %u on: %s, %s", at, this_run->finding.rule,
				 this_run->finding.message);
	}
}

/* Labels do not show yet what another CPU is in the midst of isolating. */
static void who_isolates_keeps_apart(void **state)
{
	uint32_t pfn;

	(void)state;
	assert_string_equal(run_text(HEAD("two-nodes") "nop\n"), "");
	pfn = kernel_map->zones[0].start;
	assert_true(kernel_isolation_begins(pfn, 1, false));
	assert_true(kernel_isolates_beside(pfn, 1, false));
	assert_true(kernel_isolates_beside(pfn + 8, 8, true));
	assert_false(kernel_isolation_begins(pfn + 8, 8, false));
	assert_false(kernel_isolates_beside(pfn + 32, 8, false));
	kernel_isolation_ends();
	assert_false(kernel_isolates_beside(pfn, 1, false));
	assert_true(kernel_isolation_begins(pfn, 64, true));
	assert_true(kernel_isolation_begins(pfn, 64, true));
	kernel_isolation_ends();
}

/* Whether the kernel was booted for it, copied back, or left by a finding. */
static void the_same_bytes_do_the_same(void **state)
{
	uint64_t hash;

	(void)state;
	arena_forget();
	assert_string_equal(run_text(HEAD("two-nodes") BUSY), "");
	hash = trace_hash();
	assert_string_equal(run_text(HEAD("two-nodes") BUSY), "");
	assert_true(trace_hash() == hash);
	fake_fault = FAKE_FAULT_REFCOUNT;
	assert_string_equal(run_text(HEAD("two-nodes") BUSY), "handout-state");
	fake_fault = FAKE_FAULT_NONE;
	assert_string_equal(run_text(HEAD("micro") BUSY), "");
	assert_string_equal(run_text(HEAD("two-nodes") BUSY), "");
	assert_true(trace_hash() == hash);
}

static void a_request_that_waits_for_ever_ends_the_program(void **state)
{
	uint64_t runs = reached.runs;

	(void)state;
	/* Whose owner is killed for it has nothing left when all is held as ranges. */
	assert_string_equal(run_text(HEAD("micro")
				     "fill order=0 gfp=GFP_KERNEL arg=511\n"
				     "alloc s1 gfp=GFP_KERNEL|__GFP_NOFAIL\n"
				     "fill order=0 gfp=GFP_KERNEL|__GFP_NOFAIL arg=511\n"),
			    "");
	assert_true(reached.runs != runs);
}

static void what_there_is_not_is_counted(void **state)
{
	uint64_t missing = reached.missing[OP_evacuate];

	(void)state;
	assert_string_equal(run_text(HEAD("spb1") "evacuate order=2 zone=0 type=movable\n"), "");
	assert_int_equal(reached.missing[OP_evacuate], missing + 1);
}

/* A kernel has no refusals: it is not called. */
static void bad_calls_do_not_get_there(void **state)
{
	(void)state;
	fake_fault = FAKE_FAULT_BUG;
	assert_string_equal(run_text(HEAD("spb1") "alloc s1 order=6 gfp=GFP_KERNEL\n"
				     "alloc s1 gfp=GFP_DMA|GFP_DMA32\nfree_pfn arg=30000\n"
				     "split_bad s1 order=2\ncontig_bad arg=30000\n"
				     "isolate arg=0\n"), "");
	fake_fault = FAKE_FAULT_NONE;
}

static void cpus_run_side_by_side(void **state)
{
	uint64_t hash;

	(void)state;
	assert_string_equal(run_text(BESIDE("")), "");
	assert_string_equal(run_text(BESIDE("access-")), "");
	hash = trace_hash();
	assert_true(this_run->points > 20);
	for (unsigned int i = 0; i < 100; i++) {
		assert_string_equal(run_text(BESIDE("access-")), "");
		assert_true(trace_hash() == hash);
	}
	fake_fault = FAKE_FAULT_UNLOCKED;
	assert_string_equal(run_text(BESIDE("access-")), "data-race");
	assert_non_null(strstr(this_run->finding.message, "fake counter: plain "));
	fake_fault = FAKE_FAULT_RESERVE_GROWS; /* looked at when all have ended */
	assert_string_equal(run_text(BESIDE("")), "highatomic-limit");
	fake_fault = FAKE_FAULT_NONE;
	assert_string_equal(run_text(BESIDE("access-")), "");
	assert_true(trace_hash() == hash);
}

static void report_of_a_bug(void **state)
{
	(void)state;
	fake_fault = FAKE_FAULT_BUG;
	assert_string_equal(run_text(HEAD("spb1") "alloc s1 gfp=GFP_KERNEL\n"), "kernel-bug");
	fake_fault = FAKE_FAULT_NONE;
	assert_string_equal(this_run->finding.function, "BUG_ON-order-3");
	assert_string_equal(this_run->finding.message, "BUG_ON(order > 3), fake.c:2");
}

/* It ends the program quietly; another finding does not, and the next program is right. */
static void what_is_known_is_counted(void **state)
{
	static const char list[] = "entry-type/* | planted | this test\n"
				   "kernel-bug/BUG_ON-order-3 | planted | this test\n";
	char path[] = "/tmp/known-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, list, strlen(list)), strlen(list));
	close(fd);
	assert_true(known_read(path, stderr));
	memset(reached.known, 0, sizeof(reached.known));
	fake_fault = FAKE_FAULT_WRONG_LIST;
	assert_string_equal(run_text(HEAD("spb1") "alloc s1 gfp=GFP_KERNEL\n"), "");
	assert_string_equal(this_run->stopped, "entry-type");
	fake_fault = FAKE_FAULT_BUG;
	assert_string_equal(run_text(HEAD("spb1") "alloc s1 gfp=GFP_KERNEL\n"), "");
	assert_int_equal(reached.known[0], 1);
	assert_int_equal(reached.known[1], 1);
	fake_fault = FAKE_FAULT_WARN;
	assert_string_equal(run_text(HEAD("spb1") "alloc s1 gfp=GFP_KERNEL\n"), "kernel-warn");
	fake_fault = FAKE_FAULT_NONE;
	assert_string_equal(run_text(HEAD("spb1") BUSY), "");
	assert_null(this_run->stopped);
	known_read(NULL, stderr);
	unlink(path);
}

/* Locks that nobody has taken yet in this program, so that they are looked for in one place. */
#define SAME_PLACE (64 * 8)
static uint64_t locks[2 * SAME_PLACE];
static const void *other_lock;

static void other_cpu_takes_a_lock(void)
{
	const void *lock = other_lock;

	other_lock = NULL;
	if (!lock)
		return;
	fake.irqs_off[fake.cpu] = false;
	assert_true(kernel_lock(lock, "mutex", true));
	fake.irqs_off[fake.cpu] = true;
}

static size_t place_of_lock(const void *lock)
{
	size_t size;
	const char *shadows = kernel_locks(&size);

	for (size_t at = 0; at < size; at += 32)
		if (*(const void *const *)(shadows + at) == lock)
			return at;
	fail_msg("the lock has no place");
	return 0;
}

/* A CPU is left between finding the place of a lock and taking it. */
static void each_lock_has_a_place_of_its_own(void **state)
{
	const struct preempt before = preempt;

	(void)state;
	assert_string_equal(run_text(HEAD("spb1") "nop\n"), "");
	for (unsigned int i = 1; i < SAME_PLACE; i++) {
		kernel_locks_begin();
		other_lock = &locks[i];
		fake.irqs_off[fake.cpu] = true;
		preempt = (struct preempt){ .active = true, .point = other_cpu_takes_a_lock };
		assert_true(kernel_lock(&locks[0], "mutex", true));
		preempt = before;
		assert_int_not_equal(place_of_lock(&locks[0]), place_of_lock(&locks[i]));
		kernel_unlock(&locks[i]);
		kernel_unlock(&locks[0]);
		fake.irqs_off[fake.cpu] = false;
		kernel_sync_irqs();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fault_breaks_its_rule),
		cmocka_unit_test(all_shapes_run_clean),
		cmocka_unit_test(pages_of_no_zone_are_not_freed),
		cmocka_unit_test(who_isolates_keeps_apart),
		cmocka_unit_test(the_same_bytes_do_the_same),
		cmocka_unit_test(a_request_that_waits_for_ever_ends_the_program),
		cmocka_unit_test(what_there_is_not_is_counted),
		cmocka_unit_test(bad_calls_do_not_get_there),
		cmocka_unit_test(cpus_run_side_by_side),
		cmocka_unit_test(each_lock_has_a_place_of_its_own),
		cmocka_unit_test(report_of_a_bug),
		cmocka_unit_test(what_is_known_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
