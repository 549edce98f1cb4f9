// SPDX-License-Identifier: GPL-2.0-only
/*
 * One target under a fuzzing engine: libFuzzer, or AFL++ through its libFuzzer driver.
 * Compiled once for each target with -DTARGET=<name>.
 *
 * SPBFUZZ_REACH names the file in which all processes count what they have reached;
 * SPBFUZZ_MODEL=0 leaves the reference model out, which is twice as fast and sees less.
 * SPBFUZZ_STRICT=1 makes each broken promise a finding (promise.h).
 * SPBFUZZ_HASH=1 prints a line for each input, as spbfuzz run --hash does, and goes on after
 * a finding: to compare engines with each other.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/access.h"
#include "fuzz/harness/reach.h"
#include "fuzz/harness/run.h"
#include "fuzz/harness/target.h"
#include "fuzz/harness/trace.h"

#define NAME_(a, b) a##b
#define NAME(a, b) NAME_(a, b)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct target *const target = &NAME(target_, TARGET);

static bool print_hashes;
static sigjmp_buf after_finding;

static void summarise(void)
{
	if (target->summary)
		target->summary(stderr);
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && !strcmp(value, "1");
}

/*
 * An arena is built when the first program asks for its configuration. That is no merit of
 * the program, and will not happen when it runs again: its edges do not count.
 */
#ifdef __AFL_COMPILER
__AFL_COVERAGE();

static void building(bool begins)
{
	if (begins)
		__AFL_COVERAGE_OFF();
	else
		__AFL_COVERAGE_ON();
}
#else
extern uint8_t __start___sancov_cntrs[] __attribute__((weak));
extern uint8_t __stop___sancov_cntrs[] __attribute__((weak));

static void building(bool begins)
{
	static uint8_t counters[1u << 16];
	size_t size = (size_t)(__stop___sancov_cntrs - __start___sancov_cntrs);

	if (size > sizeof(counters))
		return;
	if (begins)
		memcpy(counters, __start___sancov_cntrs, size);
	else
		memcpy(__start___sancov_cntrs, counters, size);
}
#endif

/* The process ends: what it has counted must not get lost. */
static void give_up(struct run *run)
{
	(void)run;
	reach_counts();
	abort();
}

static void come_back(struct run *run)
{
	(void)run;
	siglongjmp(after_finding, 1);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *reach = getenv("SPBFUZZ_REACH"), *model = getenv("SPBFUZZ_MODEL");

	(void)argc;
	(void)argv;
#ifdef ACCESS_EXPECTED
	access_expect_hooks();
#endif
	this_run->options.model = !model || strcmp(model, "0");
	this_run->options.strict = is_set("SPBFUZZ_STRICT");
	print_hashes = is_set("SPBFUZZ_HASH");
	this_run->options.hash_state = print_hashes;
	this_run->on_finding = print_hashes ? come_back : give_up;
	if (reach)
		reach_map(reach);
	arena_on_build(building);
	atexit(summarise);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!print_hashes) {
		target->run(data, size);
		return 0;
	}
	if (sigsetjmp(after_finding, 0)) {
		printf("finding:%s\n", this_run->finding.rule);
	} else {
		target->run(data, size);
		printf("%016" PRIx64 "\n", trace_hash());
	}
	fflush(stdout);
	return 0;
}
