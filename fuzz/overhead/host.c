// SPDX-License-Identifier: GPL-2.0-only
/* What the core asks of its host, on one CPU that nobody interrupts: see host.h. */
#include "fuzz/overhead/host.h"

#include <time.h>

#include "fuzz/native/native.h"
#include "spb/event.h"

#define MAX_SPBS 65536

const char native_name[] = "overhead";
const int native_bug_status = 3;

static struct counted counted;
static struct holds kept;
static uint64_t locked_accesses, locked_ns;
static bool time_locks;
/* Of superpageblocks: in which count they were looked at last. */
static uint32_t seen[MAX_SPBS], count_number;

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void host_time_locks(bool on)
{
	time_locks = on;
}

void host_count(void)
{
	counted = (struct counted){ 0 };
	count_number++;
	native_cpu.budget = ~0U;
}

struct counted host_counted(void)
{
	return counted;
}

void holds_begin(void)
{
	kept.nr = 0;
}

const struct holds *holds(void)
{
	return &kept;
}

/* ---- locks ---- */

void shim_lock(spinlock_t *lock, const char *func __attribute__((unused)))
{
	if (lock->class != LOCK_ZONE)
		return;
	counted.sections++;
	locked_accesses = counted.accesses;
	if (time_locks)
		locked_ns = now_ns();
}

void shim_unlock(spinlock_t *lock)
{
	if (lock->class != LOCK_ZONE)
		return;
	if (kept.nr < MAX_HOLDS) {
		kept.accesses[kept.nr] = (uint32_t)(counted.accesses - locked_accesses);
		kept.ns[kept.nr] = time_locks ? (uint32_t)(now_ns() - locked_ns) : 0;
	}
	kept.nr++;
}

/* ---- nothing owns a page, nothing is told ---- */

int shim_migrate(struct page *src __attribute__((unused)), struct page *dst __attribute__((unused)))
{
	return -EBUSY;
}

bool shim_give_up(struct page *page __attribute__((unused)))
{
	return false;
}

unsigned long shim_out_of_memory(void)
{
	return 0;
}

void shim_event(const struct spb_event *event __attribute__((unused)))
{
}

/* ---- a core with access hooks ---- */

static inline void touched(const volatile void *p)
{
	const struct spb_core *core = native_cpu.core;
	uintptr_t at = (uintptr_t)p, spbs;
	size_t index;

	if (at < (uintptr_t)core || at >= native_cpu.arena)
		return;
	counted.accesses++;
	spbs = (uintptr_t)core->spbs;
	index = (at - spbs) / sizeof(struct superpageblock);
	if (at < spbs || index >= core->nr_spbs || seen[index] == count_number)
		return;
	seen[index] = count_number;
	counted.spbs++;
}

#define HOOKS(bytes, type)                 \
	void __sanitizer_cov_load##bytes(type *p);  \
	void __sanitizer_cov_load##bytes(type *p)   \
	{                                  \
		touched(p);                \
	}                                  \
	void __sanitizer_cov_store##bytes(type *p); \
	void __sanitizer_cov_store##bytes(type *p)  \
	{                                  \
		touched(p);                \
	}
HOOKS(1, uint8_t)
HOOKS(2, uint16_t)
HOOKS(4, uint32_t)
HOOKS(8, uint64_t)
HOOKS(16, __uint128_t)

void __sanitizer_cov_8bit_counters_init(char *start, char *stop);
void __sanitizer_cov_8bit_counters_init(char *start __attribute__((unused)),
					char *stop __attribute__((unused)))
{
}

void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *stop);
void __sanitizer_cov_pcs_init(const uintptr_t *start __attribute__((unused)),
			      const uintptr_t *stop __attribute__((unused)))
{
}

/* Parentheses keep the macros of shim/shim.h out of it. */
struct spb_core *(shim_core)(void);
struct spb_core *(shim_core)(void)
{
	return native_cpu.core;
}

u32 (shim_cpu_id)(void);
u32 (shim_cpu_id)(void)
{
	return 0;
}

/* Nobody compares them. */
bool (shim_wants_choices)(void);
bool (shim_wants_choices)(void)
{
	return false;
}

void shim_step_hooked(const char *func, int line);
void shim_step_hooked(const char *func, int line)
{
	if (!--native_cpu.budget)
		shim_budget_exhausted(func, line);
}

void shim_touch_hooked(const void *p);
void shim_touch_hooked(const void *p __attribute__((unused)))
{
}

void shim_announce(const volatile void *p);
void shim_announce(const volatile void *p __attribute__((unused)))
{
}

void shim_atomic(const volatile void *p, unsigned int size);
void shim_atomic(const volatile void *p, unsigned int size __attribute__((unused)))
{
	touched(p);
}

void shim_data_race(int change);
void shim_data_race(int change __attribute__((unused)))
{
}
