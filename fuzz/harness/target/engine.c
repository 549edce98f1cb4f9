// SPDX-License-Identifier: GPL-2.0-only
/*
 * One target under a fuzzing engine: libFuzzer, or AFL++ through its libFuzzer driver.
 * Compiled once for each target with -DTARGET=<name>.
 *
 * SPBFUZZ_REACH names the file in which all processes count what they have reached;
 * SPBFUZZ_STRICT=1 makes each broken promise a finding (promise.h).
 * SPBFUZZ_RACES=0 leaves the race detector out: what a race comes to is found instead.
 * SPBFUZZ_SCRAMBLE=n has garbage in place of what the last program left (state.h).
 * SPBFUZZ_RULES lists the rules and groups of rules to look at (rule.h).
 * SPBFUZZ_KNOWN names a list of findings that end a program and nothing else (known.h).
 * SPBFUZZ_RUNNING is the number of an open file of fixed size, best in memory, that always has the
 * program that runs: its size in 4 bytes, and it. An engine's own copy gets lost on a full disk.
 * SPBFUZZ_HASH=1 prints a line for each input, as spbfuzz run --hash does, and goes on after
 * a finding: to compare engines with each other.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "fuzz/harness/base/known.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/host/arena.h"
#include "fuzz/harness/race/hooks.h"
#include "fuzz/harness/race/places.h"
#include "fuzz/harness/race/racedetect.h"
#include "fuzz/harness/stats/reach.h"
#include "fuzz/harness/stats/trace.h"
#include "fuzz/harness/target/broken.h"
#include "fuzz/harness/target/target.h"
#include "fuzz/mutator/mutator.h"

#define NAME_(a, b) a##b
#define NAME(a, b) NAME_(a, b)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct target NAME(target_, TARGET);
static const struct target *const target = &NAME(target_, TARGET);

/* Options; where to come back to, which each program sets. */
static PROCESS_STATE bool print_hashes;
static PROCESS_STATE sigjmp_buf after_finding;

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

/* The edges that libFuzzer's kind of instrumentation counts; none under AFL++ but for the
 * hooked core, which is one object for every engine. */
extern uint8_t __start___sancov_cntrs[] __attribute__((weak));
extern uint8_t __stop___sancov_cntrs[] __attribute__((weak));

#define MAX_EDGES (1u << 16)

static size_t nr_edges(void)
{
	size_t nr = (size_t)(__stop___sancov_cntrs - __start___sancov_cntrs);

	return nr < MAX_EDGES ? nr : MAX_EDGES;
}

#ifdef __AFL_COMPILER
__AFL_COVERAGE();

extern uint8_t *__afl_area_ptr;
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop);

/* Under AFL++ no other object has such edges. */
static bool core_is_hooked(void)
{
	return nr_edges();
}

/* Given once. */
static PROCESS_STATE uint32_t place_of_edge[MAX_EDGES], place_of_pair[RACE_NR_PAIRS];

/* Before AFL++ asks how large the map is: what lies in the map has its place by then. */
__attribute__((constructor(3))) static void take_places(void)
{
	__sanitizer_cov_trace_pc_guard_init(place_of_edge, place_of_edge + nr_edges());
	if (core_is_hooked())
		__sanitizer_cov_trace_pc_guard_init(place_of_pair, place_of_pair + RACE_NR_PAIRS);
}

static void hand_over(uint8_t *counters, const uint32_t *places, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		__afl_area_ptr[places[i]] += counters[i];
	memset(counters, 0, nr);
}

static void count_edges(void)
{
	hand_over(__start___sancov_cntrs, place_of_edge, nr_edges());
	if (core_is_hooked())
		hand_over(race_pairs, place_of_pair, RACE_NR_PAIRS);
}

static void count(bool on)
{
	if (on)
		__AFL_COVERAGE_ON();
	else
		__AFL_COVERAGE_OFF();
}
#else
static void count_edges(void)
{
}

static void count(bool on)
{
	(void)on;
}
#endif

/*
 * An arena is built when the first program asks for its configuration. That is no merit of
 * the program, and will not happen when it runs again: its edges do not count.
 */
static void building(bool begins)
{
	/* Until the arena is built. */
	static PROCESS_STATE uint8_t before[MAX_EDGES];

	count(!begins);
	if (begins)
		memcpy(before, __start___sancov_cntrs, nr_edges());
	else
		memcpy(__start___sancov_cntrs, before, nr_edges());
}

/* Mapped once, if at all. */
static PROCESS_STATE uint8_t *running;
static PROCESS_STATE size_t running_room;

static void share_running(const char *number)
{
	int fd = atoi(number);
	struct stat status;
	void *mem;

	if (fstat(fd, &status) || status.st_size <= (off_t)sizeof(uint32_t))
		return;
	mem = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mem == MAP_FAILED)
		return;
	running = mem;
	running_room = (size_t)status.st_size - sizeof(uint32_t);
}

/* Size 0: a program that is too large for it. */
static void note_running(const uint8_t *data, size_t size)
{
	uint32_t fits = size <= running_room ? (uint32_t)size : 0;

	if (!running)
		return;
	if (fits)
		memcpy(running + sizeof(fits), data, fits);
	memcpy(running, &fits, sizeof(fits));
}

/* The process ends: what it has counted must not get lost. */
static void give_up(struct run *run)
{
	reach_counts();
	broken(&run->finding);
}

static void come_back(struct run *run)
{
	(void)run;
	siglongjmp(after_finding, 1);
}

#ifdef ACCESS_EXPECTED
/* A look at a program that is to be changed. Should it end the process, it is the one that ran. */
static unsigned int find_places(const uint8_t *bytes, size_t size, struct race_place *to,
				unsigned int room)
{
	note_running(bytes, size);
	return race_places(target->run, bytes, size, to, room);
}
#endif

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *reach = getenv("SPBFUZZ_REACH"), *races = getenv("SPBFUZZ_RACES");
	const char *scramble = getenv("SPBFUZZ_SCRAMBLE"), *shared = getenv("SPBFUZZ_RUNNING");

	(void)argc;
	(void)argv;
#ifdef ACCESS_EXPECTED
	access_expect_hooks();
	mutator_places = find_places;
#endif
	if (!rules_from_environment(stderr) || !known_from_environment(stderr) ||
	    !geometry_from_environment(stderr))
		exit(2);
	mutator_boots = target->boots;
	this_run->options.model = true;
	this_run->options.strict = is_set("SPBFUZZ_STRICT");
	this_run->options.races = !races || strcmp(races, "0");
	print_hashes = is_set("SPBFUZZ_HASH");
	this_run->options.scramble = scramble ? (uint32_t)strtoul(scramble, NULL, 0) : 0;
	this_run->options.hash_state = print_hashes;
	this_run->on_finding = print_hashes ? come_back : give_up;
	if (reach)
		reach_map(reach);
	if (shared)
		share_running(shared);
	arena_on_build(building);
	atexit(summarise);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	note_running(data, size);
	if (!print_hashes) {
		target->run(data, size);
		count_edges();
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
