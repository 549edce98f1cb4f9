/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does the allocator run, or the harness? Accesses of the allocator alone count, in builds whose
 * core tells them (race/hooks.h).
 */
#ifndef HARNESS_ACCESS_H
#define HARNESS_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct access_state - what the hooks look at for each access
 * @base, @size: the bytes that count: the arena while the allocator runs, none otherwise
 * @arena_size: of the arena, whether it counts now or not
 * @arena_id: a number that no other arena, or build of this one, has had
 * @left: preemption points to go before sched_due()
 * @step: 1 when accesses are preemption points, else 0
 * @announced_step: 1 when announced accesses alone are, else 0
 * @detect: the race detector follows what orders accesses
 * @compare: it compares accesses, too
 * @racy: depth of data_race() of the running context
 * @announced: address of the announced access to come, or NULL
 * @last: address of the last access to the arena
 * @pc, @bytes, @write: of the last access that was a point to act on
 */
struct access_state {
	uintptr_t base;
	size_t size;
	size_t arena_size;
	uint32_t arena_id;
	uint32_t left;
	uint32_t step;
	uint32_t announced_step;
	bool detect;
	bool compare;
	int racy;
	const volatile void *announced;
	uintptr_t last;
	uintptr_t pc;
	unsigned int bytes;
	bool write;
};

/* Hidden: the hooks of each access find it without a table of addresses. */
extern __attribute__((visibility("hidden"))) struct access_state access_state;

struct run;

/* What of it belongs to a context and is kept over a switch to another. */
struct access_context {
	size_t size;
	int racy;
	const volatile void *announced;
};

/* Every access to this memory counts from now on, when it is open. */
void access_attach(const void *base, size_t size, uint32_t id);

/**
 * access_open - the allocator runs (@on), or the harness does
 *
 * Accesses count while it is open. Return: what it was, for the other call of the pair.
 * With real threads (fuzz/threads/) one of them at a time may be outside the allocator.
 */
#ifdef SHIM_THREADS
bool access_open(bool on);
#else
static inline bool access_open(bool on)
{
	bool was = access_state.size;

	access_state.size = on ? access_state.arena_size : 0;
	return was;
}
#endif

static inline struct access_context access_leave(void)
{
	return (struct access_context){ access_state.size, access_state.racy,
					access_state.announced };
}

static inline void access_return(const struct access_context *context)
{
	access_state.size = context->size;
	access_state.racy = context->racy;
	access_state.announced = context->announced;
}

/* Nothing is announced, the harness runs. */
void access_reset(void);

/*
 * Another call begins, or another operation is under way beside it: does the race detector
 * compare its accesses? A record that builds a state makes calls by the thousand; while nobody
 * else is under way, most of them are left out.
 */
void access_compare(const struct run *run);

#endif
