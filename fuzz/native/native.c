// SPDX-License-Identifier: GPL-2.0-only
/* One CPU, and an end of the program for whatever should not come: see native.h. */
#include "fuzz/native/native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/arena.h"

struct shim_cpu native_cpu;
_Thread_local struct shim_cpu *shim_this = &native_cpu;

void native_attach(void *arena, size_t size)
{
	/* Of size 0: shim_touch() then has nothing to note. */
	native_cpu = (struct shim_cpu){
		.core = arena, .arena = (shim_uptr)arena + size, .budget = ~0U,
	};
}

/* --- a CPU that nobody interrupts --- */

bool shim_trylock(spinlock_t *lock, const char *func)
{
	shim_lock(lock, func);
	return true;
}

void shim_assert_held(const spinlock_t *lock __attribute__((unused)),
		      const char *func __attribute__((unused)), int line __attribute__((unused)))
{
}

unsigned long shim_irq_save(void)
{
	return 0;
}

void shim_irq_restore(unsigned long flags __attribute__((unused)))
{
}

void shim_might_sleep(const char *func __attribute__((unused)), int line __attribute__((unused)))
{
}

void shim_note_line(shim_size line __attribute__((unused)))
{
}

void arena_copy(void *to, const void *from, shim_size size)
{
	memcpy(to, from, size);
}

/* --- what should not come --- */

static __attribute__((noreturn)) void die(const char *what, const char *func, int line)
{
	fprintf(stderr, "%s: the allocator says in %s(), line %d: %s\n", native_name, func, line,
		what);
	exit(native_bug_status);
}

void shim_bad_call(enum spb_rule rule)
{
	fprintf(stderr, "%s: the allocator refuses a call by rule %d\n", native_name, (int)rule);
	exit(native_bug_status);
}

void shim_bug(const char *what, const char *func, int line)
{
	die(what, func, line);
}

void shim_list_corrupt(const char *what, const void *node __attribute__((unused)))
{
	die(what, "a list", 0);
}

void shim_budget_exhausted(const char *func, int line)
{
	die("more steps than a call of it can need", func, line);
}
