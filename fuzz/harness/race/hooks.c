// SPDX-License-Identifier: GPL-2.0-only
/* The hooks of a core compiled for races: see hooks.h. */
#include "fuzz/harness/race/hooks.h"

#include <stdio.h>
#include <stdlib.h>

#include "fuzz/harness/program/state.h"
#include "fuzz/harness/base/allocator.h"
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/symbol.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/race/racedetect.h"
#include "fuzz/harness/sched/fiber.h"
#include "fuzz/harness/sched/sched.h"
#include "shim/shim.h"
#include "spb/config.h"

#if defined(__SANITIZE_ADDRESS__)
#define ACCESS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ACCESS_ASAN 1
#endif
#endif
#ifdef ACCESS_ASAN
#include <sanitizer/asan_interface.h>
#endif

/* Below that the harness has frames of its own, on any stack: it is all stack. */
#define RECENT_FRAMES 512

/* Of this program's file in memory: constants, and what the harness hands to a call. */
extern const char __executable_start[], _end[];

static bool in_image(uintptr_t at)
{
	return at - (uintptr_t)__executable_start < (uintptr_t)_end - (uintptr_t)__executable_start;
}

/* Most of them: what the allocator's functions hand to each other. */
static inline bool in_recent_frames(uintptr_t at)
{
	return at - (uintptr_t)__builtin_frame_address(0) < RECENT_FRAMES;
}

/* Where ASan looks for uses of a stack after a return, it moves frames to a fake one. */
static bool on_fake_stack(uintptr_t at)
{
#ifdef ACCESS_ASAN
	void *fake = __asan_get_current_fake_stack();

	return __asan_addr_is_in_fake_stack(fake, (void *)at, NULL, NULL);
#else
	(void)at;
	return false;
#endif
}

/* The allocator has no business beyond its arena, its stack and its constants. */
static noinline void outside(const volatile void *p, unsigned int size, bool write)
{
	uintptr_t at = (uintptr_t)p;

	if (!access_state.size)
		return;
#ifdef ACCESS_ASAN
	if (unlikely(__asan_region_is_poisoned((void *)at, size)))
		finding("wild-access", "%u bytes that AddressSanitizer has poisoned are %s", size,
			write ? "written" : "read");
#endif
	if (likely(in_recent_frames(at) || fiber_on_stack(p) || in_image(at) || on_fake_stack(at)))
		return;
	if (at < access_state.arena_size)
		finding("wild-access", "%u bytes at address %#zx are %s", size, (size_t)at,
			write ? "written" : "read");
	finding("wild-access", "%u bytes outside the allocator's memory are %s", size,
		write ? "written" : "read");
}

static inline unsigned int kind_of(const volatile void *p, bool write)
{
	unsigned int kind = write ? RACE_WRITE : 0;

	if (p == access_state.announced)
		access_state.announced = NULL;
	else if (!access_state.racy)
		kind |= RACE_PLAIN;
	return kind;
}

static inline __attribute__((always_inline)) void hook(const volatile void *p, unsigned int size,
						       bool write)
{
	size_t offset = (uintptr_t)p - access_state.base;

	if (unlikely(offset >= access_state.size)) {
		outside(p, size, write);
		return;
	}
	access_state.last = (uintptr_t)p;
	if (access_state.compare)
		race_access(offset, size, kind_of(p, write),
			    (uintptr_t)__builtin_return_address(0));
	if (unlikely(!(access_state.left -= access_state.step))) {
		access_state.pc = (uintptr_t)__builtin_return_address(0);
		access_state.bytes = size;
		access_state.write = write;
		sched_due();
	}
}

#define HOOKS(bytes, type)                                 \
	void __sanitizer_cov_load##bytes(type *p);         \
	void __sanitizer_cov_load##bytes(type *p)          \
	{                                                  \
		hook(p, bytes, false);                     \
	}                                                  \
	void __sanitizer_cov_store##bytes(type *p);        \
	void __sanitizer_cov_store##bytes(type *p)         \
	{                                                  \
		hook(p, bytes, true);                      \
	}
HOOKS(1, uint8_t)
HOOKS(2, uint16_t)
HOOKS(4, uint32_t)
HOOKS(8, uint64_t)
HOOKS(16, __uint128_t)

/* Where announced accesses alone are points: just before one in the arena. */
static inline __attribute__((always_inline)) void announced_point(void)
{
	if (likely(access_state.left -= access_state.announced_step))
		return;
	access_state.pc = (uintptr_t)__builtin_return_address(0);
	sched_due();
}

void shim_announce(const volatile void *p);
void shim_announce(const volatile void *p)
{
	access_state.announced = p;
	if ((uintptr_t)p - access_state.base < access_state.size)
		announced_point();
}

void shim_data_race(int change);
void shim_data_race(int change)
{
	access_state.racy += change;
	if (change > 0 && access_state.size)
		announced_point();
}

void shim_atomic(const volatile void *p, unsigned int size);
void shim_atomic(const volatile void *p, unsigned int size)
{
	shim_announce(p);
	host_acquire((const void *)p);
	hook(p, size, true);
	/* Once more: others may have run at this point, and it comes after theirs. */
	host_acquire((const void *)p);
	host_release((const void *)p);
}

struct spb_core *(shim_core)(void)
{
	return shim_this->core;
}

u32 (shim_cpu_id)(void)
{
	return shim_this->cpu;
}

bool (shim_wants_choices)(void);
bool (shim_wants_choices)(void)
{
	return shim_this->choices;
}

void shim_step_hooked(const char *func, int line);
void shim_step_hooked(const char *func, int line)
{
	if (unlikely(!--shim_this->budget))
		shim_budget_exhausted(func, line);
}

void shim_touch_hooked(const void *p);
void shim_touch_hooked(const void *p)
{
	shim_touch(p);
}

/*
 * Counters and the table of edges of the hooked core: an engine's runtime has these, and
 * takes the place of the ones here.
 */
__attribute__((weak)) void __sanitizer_cov_8bit_counters_init(char *start, char *stop);
__attribute__((weak)) void __sanitizer_cov_8bit_counters_init(char *start, char *stop)
{
	(void)start;
	(void)stop;
}

__attribute__((weak)) void __sanitizer_cov_pcs_init(const uintptr_t *start,
						    const uintptr_t *stop);
__attribute__((weak)) void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *stop)
{
	(void)start;
	(void)stop;
}

bool access_hooked(void)
{
	static const struct spb_config config;
	/* It is about the build. */
	static PROCESS_DATA int hooked = -1;
	struct access_state before = access_state;

	if (allocator.memory->hooked)
		return allocator.memory->hooked();
	if (hooked >= 0)
		return hooked;
	access_attach(&config, sizeof(config), 0);
	access_open(true);
	access_state.left = UINT32_MAX;
	access_state.step = 1;
	allocator.memory->check(&config);
	hooked = access_state.left != UINT32_MAX;
	access_state = before;
	return hooked;
}

void access_expect_hooks(void)
{
	if (access_hooked())
		return;
	fprintf(stderr, "spbfuzz: the core of this build reports no memory access: its compiler "
			"dropped -fsanitize-coverage=trace-loads,trace-stores (see core_hooked in "
			"make/variants.mk)\n");
	exit(2);
}

/*
 * Undefined behaviour in the hooked core: what -fsanitize-minimal-runtime calls. The names
 * are all that there is to tell.
 */
#define UNDEFINED(name, text)                                                    \
	void __ubsan_handle_##name##_minimal_abort(void);                        \
	void __ubsan_handle_##name##_minimal_abort(void)                         \
	{                                                                        \
		finding_at(symbol_of((uintptr_t)__builtin_return_address(0)));   \
		finding("undefined", text);                                      \
	}
UNDEFINED(type_mismatch, "a pointer is NULL or misaligned for its type")
UNDEFINED(alignment_assumption, "an alignment that was promised is not there")
UNDEFINED(add_overflow, "an addition overflows")
UNDEFINED(sub_overflow, "a subtraction overflows")
UNDEFINED(mul_overflow, "a multiplication overflows")
UNDEFINED(negate_overflow, "a negation overflows")
UNDEFINED(divrem_overflow, "a division by 0 or an overflow")
UNDEFINED(shift_out_of_bounds, "a shift is too far")
UNDEFINED(out_of_bounds, "an index is out of bounds")
UNDEFINED(missing_return, "a function ends without its value")
UNDEFINED(vla_bound_not_positive, "an array has no positive size")
UNDEFINED(float_cast_overflow, "a conversion overflows")
UNDEFINED(load_invalid_value, "a value is none of its type")
UNDEFINED(invalid_builtin, "a builtin gets a wrong argument")
UNDEFINED(function_type_mismatch, "a call through a wrong type")
UNDEFINED(nonnull_arg, "NULL is passed where none may be")
UNDEFINED(nonnull_return, "NULL is returned where none may be")
UNDEFINED(nullability_arg, "NULL is passed where none may be")
UNDEFINED(nullability_return, "NULL is returned where none may be")
UNDEFINED(pointer_overflow, "pointer arithmetic overflows")
UNDEFINED(cfi_check_fail, "a call to a wrong function")

void __ubsan_handle_builtin_unreachable_minimal(void);
void __ubsan_handle_builtin_unreachable_minimal(void)
{
	finding_at(symbol_of((uintptr_t)__builtin_return_address(0)));
	finding("undefined", "what cannot be reached is reached");
}
