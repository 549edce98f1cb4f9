// SPDX-License-Identifier: GPL-2.0-only
/*
 * One target under a fuzzing engine: libFuzzer, or AFL++ through its libFuzzer driver.
 * Compiled once for each target with -DTARGET=<name>.
 *
 * SPBFUZZ_REACH names the file in which all processes count what they have reached;
 * SPBFUZZ_MODEL=0 leaves the reference model out, which is twice as fast and sees less.
 * SPBFUZZ_STRICT=1 makes each broken promise a finding (promise.h).
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/access.h"
#include "fuzz/harness/reach.h"
#include "fuzz/harness/run.h"
#include "fuzz/harness/target.h"

#define NAME_(a, b) a##b
#define NAME(a, b) NAME_(a, b)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct target *const target = &NAME(target_, TARGET);

static void summarise(void)
{
	if (target->summary)
		target->summary(stderr);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *reach = getenv("SPBFUZZ_REACH"), *model = getenv("SPBFUZZ_MODEL");
	const char *strict = getenv("SPBFUZZ_STRICT");

	(void)argc;
	(void)argv;
#ifdef ACCESS_EXPECTED
	access_expect_hooks();
#endif
	this_run->options.model = !model || strcmp(model, "0");
	this_run->options.strict = strict && !strcmp(strict, "1");
	if (reach)
		reach_map(reach);
	atexit(summarise);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	target->run(data, size);
	return 0;
}
