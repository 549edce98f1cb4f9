/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds with access hooks: the compiler announces plain loads and stores. What the kernel marks
 * becomes an instruction that it does not see, announced by us.
 */
#ifndef KB_HOOKED_H
#define KB_HOOKED_H

#include <linux/compiler.h>
#include <linux/kcsan-checks.h>

/* @kind: enum kb_access of bridge.h */
void kb_access(const volatile void *at, unsigned long size, int write, int kind);
extern unsigned int kb_data_races[];

static __always_inline unsigned long kb_load(const volatile void *at, unsigned long size)
{
	unsigned long value = 0;

	kb_access(at, size, 0, 1);
	switch (size) {
	case 1:
		asm volatile("movzbl %1, %k0" : "=r"(value) : "m"(*(const volatile char *)at));
		break;
	case 2:
		asm volatile("movzwl %1, %k0" : "=r"(value) : "m"(*(const volatile short *)at));
		break;
	case 4:
		asm volatile("movl %1, %k0" : "=r"(value) : "m"(*(const volatile int *)at));
		break;
	default:
		asm volatile("movq %1, %0" : "=r"(value) : "m"(*(const volatile long *)at));
	}
	return value;
}

static __always_inline void kb_store(volatile void *at, unsigned long value, unsigned long size)
{
	kb_access(at, size, 1, 1);
	switch (size) {
	case 1:
		asm volatile("movb %b1, %0" : "=m"(*(volatile char *)at) : "q"(value));
		break;
	case 2:
		asm volatile("movw %w1, %0" : "=m"(*(volatile short *)at) : "r"(value));
		break;
	case 4:
		asm volatile("movl %k1, %0" : "=m"(*(volatile int *)at) : "r"(value));
		break;
	default:
		asm volatile("movq %1, %0" : "=m"(*(volatile long *)at) : "r"(value));
	}
}

#undef __READ_ONCE
#define __READ_ONCE(x) \
	({ \
		union { \
			unsigned long raw; \
			typeof(x) value; \
		} kb_read = { .raw = kb_load(&(x), sizeof(x)) }; \
		kb_read.value; \
	})

#undef __WRITE_ONCE
#define __WRITE_ONCE(x, with) \
	do { \
		union { \
			unsigned long raw; \
			typeof(x) value; \
		} kb_written = { .value = (with) }; \
		kb_store(&(x), kb_written.raw, sizeof(x)); \
	} while (0)

/* Atomics, bit operations and the like tell KCSAN what they are. */
#undef kcsan_check_access
#define kcsan_check_access(at, size, type) \
	do { \
		if (!((type) & KCSAN_ACCESS_ASSERT)) \
			kb_access(at, size, !!((type) & KCSAN_ACCESS_WRITE), \
				  !((type) & KCSAN_ACCESS_ATOMIC) ? 0 : \
				  (type) & KCSAN_ACCESS_COMPOUND ? 2 : 1); \
	} while (0)

/* A load that may be beside others, and which the compiler would announce as a plain one. */
#include <linux/bitops.h>
static __always_inline bool kb_test_bit(unsigned long nr, const volatile unsigned long *bits)
{
	return kb_load(bits + nr / BITS_PER_LONG, sizeof(*bits)) >> nr % BITS_PER_LONG & 1;
}

#undef test_bit
#define test_bit(nr, bits) kb_test_bit(nr, (const volatile unsigned long *)(bits))

/* data_race(): of the CPU that runs, since others may run in between. */
extern unsigned int kb_cpu;
static __always_inline void kb_data_race(int sign)
{
	unsigned long cpu;

	asm volatile("movl kb_cpu, %k0\n\taddl %1, kb_data_races(,%0,4)"
		     : "=&r"(cpu)
		     : "er"(sign)
		     : "memory", "cc");
}

#undef __kcsan_disable_current
#undef __kcsan_enable_current
#define __kcsan_disable_current() kb_data_race(1)
#define __kcsan_enable_current() kb_data_race(-1)

#endif
