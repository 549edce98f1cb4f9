// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program finds nothing of the one before it: see fuzz/harness/program/state.h. The whole
 * corpus is run with garbage in its place by make determinism.
 */
#include "tests/fixture.h"

#include "fuzz/harness/program/program.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/stats/trace.h"
#include "fuzz/harness/target/observers.h"

static PROGRAM_STATE uint8_t of_a_program[64];
static PROCESS_STATE uint8_t of_the_process[64];

static unsigned int noted;
static uint32_t steps;

static void look(struct run *run, const struct program_record *record __maybe_unused)
{
	noted = run->finding.nr_spbs;
	steps++;
}

static const struct observer looker = { .name = "looker", .op_begins = look };
static const struct run_mode looking = { .observers = observers_all };

static void run_one(void)
{
	uint8_t bytes[PROGRAM_HEADER_SIZE + PROGRAM_RECORD_SIZE];
	const struct program_header header = { .cpus = 1 };
	const struct program_record record = { .op = OP_alloc, .gfp = GFP_KERNEL };

	this_run->options.oracles = true;
	this_run->options.model = true;
	this_run->watcher = &looker;
	program_encode_header(&header, bytes);
	program_encode_record(&record, bytes + PROGRAM_HEADER_SIZE);
	assert_true(run_program(bytes, sizeof(bytes), &looking));
}

/* An arena is compared with the model when it is new: no finding of the program is about that. */
TEST(the_first_program_of_an_arena_is_like_the_next)
{
	arena_forget();
	run_one();
	assert_int_equal(steps, 1);
	assert_int_equal(noted, 0);
	run_one();
	assert_int_equal(noted, 0);
}

TEST(what_is_no_program_has_no_hash)
{
	static const uint8_t nothing[1];

	run_one();
	assert_int_not_equal(trace_hash(), 0);
	assert_false(run_program(nothing, sizeof(nothing), &looking));
	assert_int_equal(trace_hash(), 0);
}

TEST(garbage_is_where_it_should_be)
{
	uint64_t hash;

	run_one();
	hash = trace_hash();
	this_run->options.scramble = 1;
	run_one();
	this_run->options.scramble = 0;
	assert_true(hash == trace_hash());
	assert_true(this_run->options.model);
	for (unsigned int i = 0; i < sizeof(of_a_program); i++) {
		assert_true(of_a_program[i] & 0x80);
		assert_int_equal(of_the_process[i], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_first_program_of_an_arena_is_like_the_next),
		T(what_is_no_program_has_no_hash),
		T(garbage_is_where_it_should_be),
	};

	return RUN(tests);
}
