// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mutator: whatever it is given, it makes a program that fits, the same one for the same
 * seed, and over some thousand rounds everything that a program can say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/harness/program/fields.h"
#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/program/program.h"
#include "fuzz/mutator/draft.h"
#include "fuzz/mutator/edit.h"
#include "fuzz/mutator/mutator.h"
#include "fuzz/mutator/write.h"
#include "shim/types.h"
#include "spb/gfp.h"

#define ROUNDS 4000
#define ROOM 4096

/* Its own block each time, so that the address sanitizer sees the first byte beyond. */
static uint8_t *block(size_t room, uint8_t filler)
{
	uint8_t *bytes = malloc(room);

	assert_non_null(bytes);
	memset(bytes, filler, room);
	return bytes;
}

static size_t add_byte(uint8_t *bytes, size_t size, size_t room)
{
	if (size == room)
		return size;
	bytes[size] = 0x5a;
	return size + 1;
}

static void test_any_size_and_room(void **state)
{
	(void)state;
	for (unsigned int seed = 0; seed < ROUNDS; seed++) {
		size_t room = 1 + seed % 400, size = seed / 7 % (room + 1);
		uint8_t *bytes = block(room, (uint8_t)seed);
		struct program program;

		size = mutator_mutate(bytes, size, room, seed, NULL);
		assert_in_range(size, 1, room);
		assert_true(program_open(&program, bytes, size));
		/* Whole records, where there is room for one. */
		if (room >= PROGRAM_HEADER_SIZE + PROGRAM_RECORD_SIZE)
			assert_int_equal(size % PROGRAM_RECORD_SIZE, 0);
		free(bytes);
	}
}

static void test_cross_any_size(void **state)
{
	(void)state;
	for (unsigned int seed = 0; seed < ROUNDS; seed++) {
		size_t room = 1 + seed % 300, one_size = seed / 3 % 200;
		size_t other_size = seed / 11 % 250, size;
		uint8_t *one = block(one_size + 1, 0x11), *other = block(other_size + 1, 0x22);
		uint8_t *to = block(room, 0x33);

		size = mutator_cross(one, one_size, other, other_size, to, room, seed);
		assert_true(size <= room);
		assert_true(!size || to[0] == PROGRAM_VERSION);
		assert_true(size || room < PROGRAM_HEADER_SIZE + PROGRAM_RECORD_SIZE);
		free(one);
		free(other);
		free(to);
	}
}

static void test_the_seed_decides(void **state)
{
	static uint8_t one[ROOM], other[ROOM];
	size_t one_size = 0, other_size = 0;
	unsigned int differ = 0;

	(void)state;
	for (unsigned int seed = 0; seed < ROUNDS; seed++) {
		one_size = mutator_mutate(one, one_size, ROOM, seed, NULL);
		/* What lies behind the program must not matter. */
		memset(other + other_size, (int)seed, ROOM - other_size);
		other_size = mutator_mutate(other, other_size, ROOM, seed, NULL);
		assert_int_equal(one_size, other_size);
		assert_memory_equal(one, other, one_size);
	}
	for (unsigned int seed = 0; seed < 100; seed++) {
		memcpy(other, one, one_size);
		other_size = mutator_mutate(other, one_size, ROOM, seed, NULL);
		differ += other_size != one_size || memcmp(one, other, one_size);
	}
	assert_in_range(differ, 90, 100);
}

/* From nothing, everything comes up: operations, geometries, switches, preemptions. */
static void test_nothing_is_left_out(void **state)
{
	unsigned int ops[NR_OPS] = { 0 }, geometries[MAX_GEOMETRIES] = { 0 };
	unsigned int cpus[PROGRAM_CPUS + 1] = { 0 }, interrupts = 0, switches = 0;
	uint8_t bytes[ROOM];
	size_t size = 0;

	(void)state;
	for (unsigned int seed = 0; seed < 10 * ROUNDS; seed++) {
		struct program_record record;
		struct program program;

		size = mutator_mutate(bytes, size, ROOM, seed, NULL);
		assert_true(program_open(&program, bytes, size));
		geometries[entry_of(ENTRY_GEOMETRY, program.header.geometry)]++;
		cpus[program.header.cpus]++;
		switches |= program.header.switches;
		for (unsigned int n = 0; n < program.nr_records; n++) {
			program_record(&program, n, &record);
			ops[record.op]++;
			interrupts += record.preempt[0].at && record.preempt[0].interrupt;
		}
	}
	/* Where nothing happens, nothing is written. */
	for (unsigned int op = OP_nop + 1; op < NR_OPS; op++)
		assert_int_equal(ops[op] > 0, !operation_is_idle((enum program_op)op));
	for (unsigned int i = 0; i < entry_nr(ENTRY_GEOMETRY); i++)
		assert_true(geometries[i] > 0);
	for (unsigned int n = 1; n <= PROGRAM_CPUS; n++)
		assert_true(cpus[n] > 0);
	assert_true(interrupts > 0);
	assert_int_equal(switches & 31, 31);
}

/* Of the first operation with the next one, on CPU 1. */
static unsigned int some_places(const uint8_t *bytes, size_t size, struct race_place *to,
				unsigned int room)
{
	struct program program;

	assert_true(program_open(&program, bytes, size));
	assert_int_equal(program.header.sched_mode, SCHED_ANCHORED);
	assert_true(program.header.accesses && !program.header.announced);
	assert_true(room >= 2);
	to[0] = (struct race_place){
		.next = 1, .cpu = 1, .open = true, .point = 100, .word = 7,
	};
	to[1] = (struct race_place){ .next = 1, .cpu = 1, .point = 0x8000, .word = 8 };
	return 2;
}

static unsigned int no_places(const uint8_t *bytes, size_t size, struct race_place *to,
			      unsigned int room)
{
	(void)bytes;
	(void)size;
	(void)to;
	(void)room;
	return 0;
}

/* Two operations on two CPUs. */
static void two_sides(struct draft *draft, uint8_t *bytes, size_t room)
{
	static const struct program_record free = { .op = OP_free, .cpu = 1 };
	static const struct program_record contig = { .op = OP_contig };

	assert_true(draft_open(draft, bytes, 0, room));
	draft_make_room(draft, 0, 2);
	draft_set_record(draft, 0, &contig);
	draft_set_record(draft, 1, &free);
}

static void test_preemptions_are_where_places_are(void **state)
{
	unsigned int once = 0, twice = 0;
	uint8_t bytes[ROOM];

	(void)state;
	mutator_places = some_places;
	for (unsigned int seed = 0; seed < 200; seed++) {
		struct random random = { seed };
		struct program_record record;
		struct draft draft;
		struct edit e = { .draft = &draft, .random = &random };

		memset(bytes, 0, sizeof(bytes));
		two_sides(&draft, bytes, sizeof(bytes));
		/* A point that no record can say is left alone. */
		direct(&e);
		draft_record(&draft, 0, &record);
		for (unsigned int i = 0; i < 2; i++)
			if (record.preempt[i].at) {
				assert_in_range(record.preempt[i].at, 100, 101);
				assert_int_equal(record.preempt[i].cpu, 1);
				assert_false(record.preempt[i].interrupt);
			}
		once += record.preempt[0].at && !record.preempt[1].at;
		twice += record.preempt[0].at && record.preempt[1].at;
		draft_record(&draft, 1, &record);
		assert_int_equal(record.preempt[0].at, 0);
	}
	mutator_places = NULL;
	assert_true(once > 20 && twice > 20);
}

static void test_no_places_no_preemptions(void **state)
{
	uint8_t bytes[ROOM] = { 0 }, before[ROOM];
	struct random random = { 1 };
	struct draft draft;
	struct edit e = { .draft = &draft, .random = &random };

	(void)state;
	two_sides(&draft, bytes, sizeof(bytes));
	memcpy(before, bytes, sizeof(before));
	assert_false(direct(&e));
	mutator_places = no_places;
	direct(&e);
	mutator_places = NULL;
	assert_memory_equal(bytes, before, sizeof(before));
}

static void test_each_edit_happens(void **state)
{
	unsigned int seen[64] = { 0 };
	uint8_t bytes[ROOM];
	size_t size = 0;

	(void)state;
	mutator_places = some_places;
	for (unsigned int seed = 0; seed < ROUNDS; seed++) {
		size = mutator_mutate(bytes, size, ROOM, seed, NULL);
		for (unsigned int n = 0; mutator_name(n); n++)
			seen[n] += strstr(mutator_did(), mutator_name(n)) != NULL;
	}
	mutator_places = NULL;
	for (unsigned int n = 0; mutator_name(n); n++)
		if (!seen[n])
			fail_msg("%s never happened", mutator_name(n));
}

static void test_bytes_have_their_share(void **state)
{
	unsigned int bytes_calls = 0;

	(void)state;
	for (unsigned int seed = 0; seed < ROUNDS; seed++) {
		uint8_t bytes[ROOM] = { PROGRAM_VERSION };

		bytes_calls += mutator_mutate(bytes, 48, ROOM, seed, add_byte) == 49;
	}
	assert_in_range(bytes_calls, ROUNDS / 64, ROUNDS / 16);
}

/* A mask switches groups off: an operation that is inserted is meant to run. */
static void test_inserted_operations_run(void **state)
{
	uint8_t bytes[ROOM] = { PROGRAM_VERSION, 0, 0, 0, 0xff, 0xff, 0xff, 0xff };
	struct program_record record = { .op = OP_evacuate };
	struct draft draft;
	struct program program;

	(void)state;
	assert_true(draft_open(&draft, bytes, PROGRAM_HEADER_SIZE, ROOM));
	draft_make_room(&draft, 0, 1);
	draft_set_record(&draft, 0, &record);
	assert_true(program_open(&program, bytes, draft_size(&draft)));
	program_record(&program, 0, &record);
	assert_int_equal(record.op, OP_evacuate);
	assert_int_equal(program.header.swarm, ~(1u << GROUP_evacuate));
}

static void add(struct draft *draft, struct program_record record)
{
	draft_make_room(draft, draft->nr, 1);
	draft_set_record(draft, draft->nr - 1, &record);
}

static void test_slots_are_followed(void **state)
{
	uint8_t bytes[ROOM];
	struct draft draft;
	struct slots slots;

	(void)state;
	assert_true(draft_open(&draft, bytes, 0, ROOM));
	add(&draft, (struct program_record){ .op = OP_alloc, .slot = 3 });
	add(&draft, (struct program_record){ .op = OP_bulk, .slot = 255, .arg = 1 });
	add(&draft, (struct program_record){ .op = OP_pin, .slot = 3 });
	add(&draft, (struct program_record){ .op = OP_contig, .slot = 9 });
	add(&draft, (struct program_record){ .op = OP_isolate, .arg = 77 });
	add(&draft, (struct program_record){ .op = OP_free_step, .slot = 3, .arg = 251 });
	add(&draft, (struct program_record){ .op = OP_unisolate, .arg = 77 });

	slots_at(&draft, 5, &slots);
	assert_int_equal(slots.state[3], SLOT_PINNED);
	assert_int_equal(slots.state[255], SLOT_HELD);
	assert_int_equal(slots.state[0], SLOT_HELD);
	assert_int_equal(slots.state[9], SLOT_CONTIG);
	assert_int_equal(slots.nr_isolated, 1);
	assert_int_equal(slots_count(&slots, SLOT_HELD), 2);
	assert_int_equal(slots_nth(&slots, SLOT_HELD, 1), 255);

	slots_at(&draft, draft.nr, &slots);
	assert_int_equal(slots.state[3], SLOT_FREED);
	assert_int_equal(slots.state[255], SLOT_FREED);
	assert_int_equal(slots.state[0], SLOT_HELD);
	assert_int_equal(slots.nr_isolated, 0);
}

/* What goes beyond becomes smaller, and what comes before stays as it is. */
static void test_lighter(void **state)
{
	const struct program_record small = { .op = OP_fill, .arg = 9 };
	struct random random = { 1 };
	struct program_record record;
	uint8_t bytes[ROOM];
	struct draft draft;
	unsigned int requests = 0;

	(void)state;
	assert_true(draft_open(&draft, bytes, 0, ROOM));
	add(&draft, small);
	for (unsigned int i = 0; i < 8; i++)
		add(&draft, (struct program_record){ .op = OP_fill, .arg = 511 });
	add(&draft, (struct program_record){ .op = OP_age, .gfp = 0x404040 });
	lighten(&draft, &random);
	draft_record(&draft, 0, &record);
	assert_int_equal(record.arg, small.arg);
	for (unsigned int i = 0; i < 9; i++) {
		draft_record(&draft, i, &record);
		requests += record.arg + 1u;
	}
	assert_in_range(requests, 18, 300);
	draft_record(&draft, 9, &record);
	assert_int_not_equal(record.order, 0);
}

/* Whatever the state before it takes, the last two operations are of two CPUs, nearly always. */
static void test_meetings_have_two_sides(void **state)
{
	unsigned int met = 0;

	(void)state;
	for (unsigned int seed = 0; seed < ROUNDS; seed++) {
		struct program_header header;
		struct random random = { seed };
		bool sides = false;
		struct writer writer;
		uint8_t bytes[ROOM];
		struct draft draft;

		assert_true(draft_open(&draft, bytes, 0, ROOM));
		schedule_meetings(&draft, &random);
		draft_header(&draft, &header);
		assert_in_range(header.cpus, 2, PROGRAM_CPUS);
		writer_open(&writer, &draft, &random, 0);
		write_meeting(&writer);
		assert_true(draft.nr >= 2);
		for (unsigned int n = 1; n < draft.nr; n++)
			sides |= record_get(draft_raw(&draft, n), cpu) !=
				 record_get(draft_raw(&draft, n - 1), cpu);
		met += sides;
	}
	assert_in_range(met, ROUNDS * 3 / 4, ROUNDS);
}

/* Each base that kernel callers begin with is drawn as it is, not by a flipped bit alone. */
static void test_bases_of_masks(void **state)
{
	static const uint32_t bases[] = {
		GFP_KERNEL, GFP_NOFS, GFP_NOIO, GFP_NOWAIT, GFP_ATOMIC, GFP_USER,
		GFP_KERNEL_ACCOUNT, GFP_HIGHUSER_MOVABLE,
	};
	uint32_t kind = __GFP_RECLAIMABLE | __GFP_MOVABLE;
	unsigned int drawn[ARRAY_SIZE(bases)] = { 0 };
	struct random random = { 1 };

	(void)state;
	for (unsigned int n = 0; n < ROUNDS; n++) {
		uint32_t gfp = shape_any(&random);

		for (unsigned int i = 0; i < ARRAY_SIZE(bases); i++)
			drawn[i] += (gfp & ~kind) == (bases[i] & ~kind);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(bases); i++)
		assert_in_range(drawn[i], ROUNDS / 100, ROUNDS);
}

/* An aimed operation finds the only slot there is. */
static void test_aim_hits(void **state)
{
	unsigned int hits = 0;

	(void)state;
	for (unsigned int seed = 0; seed < 100; seed++) {
		struct program_record record = { .op = OP_free };
		struct random random = { seed };
		struct writer writer;
		uint8_t bytes[ROOM];
		struct draft draft;

		assert_true(draft_open(&draft, bytes, 0, ROOM));
		add(&draft, (struct program_record){ .op = OP_alloc, .slot = 199 });
		writer_open(&writer, &draft, &random, 1);
		aim_record(&writer, &record);
		hits += record.slot == 199;
	}
	assert_in_range(hits, 70, 100);
}

/* Trims to what holds one record: the one whose slot is 42. */
static void test_trim(void **state)
{
	(void)state;
	for (unsigned int nr = 2; nr < 60; nr++) {
		uint8_t bytes[ROOM], attempt[ROOM];
		struct trimmer trimmer;
		struct draft draft;
		size_t size;
		int kept, more;

		assert_true(draft_open(&draft, bytes, 0, ROOM));
		for (unsigned int n = 0; n < nr; n++)
			add(&draft, (struct program_record){
				.op = OP_alloc,
				.slot = n == nr / 3 ? 42 : 1,
			});
		assert_true(trimmer_begin(&trimmer, draft_size(&draft)) > 0);
		do {
			size = trimmer_next(&trimmer, bytes, attempt);
			kept = 0;
			for (size_t at = PROGRAM_HEADER_SIZE; at < size; at += PROGRAM_RECORD_SIZE)
				kept |= attempt[at + 2] == 42;
			if (kept)
				memcpy(bytes, attempt, size);
			more = trimmer_result(&trimmer, kept);
			assert_int_equal(trimmer.size % PROGRAM_RECORD_SIZE, 0);
		} while (more);
		assert_in_range(trimmer.size, 32, 48);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_size_and_room),
		cmocka_unit_test(test_cross_any_size),
		cmocka_unit_test(test_the_seed_decides),
		cmocka_unit_test(test_nothing_is_left_out),
		cmocka_unit_test(test_each_edit_happens),
		cmocka_unit_test(test_preemptions_are_where_places_are),
		cmocka_unit_test(test_no_places_no_preemptions),
		cmocka_unit_test(test_bytes_have_their_share),
		cmocka_unit_test(test_inserted_operations_run),
		cmocka_unit_test(test_slots_are_followed),
		cmocka_unit_test(test_lighter),
		cmocka_unit_test(test_meetings_have_two_sides),
		cmocka_unit_test(test_bases_of_masks),
		cmocka_unit_test(test_aim_hits),
		cmocka_unit_test(test_trim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
