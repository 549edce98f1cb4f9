/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few base types and helpers that kernel code takes for granted.
 *
 * Freestanding: no compiler or C library header is included, and every name
 * that a C library header may also define is spelt so that both can be seen
 * by one host file.
 */
#ifndef SHIM_TYPES_H
#define SHIM_TYPES_H

typedef __UINT8_TYPE__ u8;
typedef __UINT16_TYPE__ u16;
typedef __UINT32_TYPE__ u32;
typedef __UINT64_TYPE__ u64;
typedef __INT32_TYPE__ s32;
typedef __INT64_TYPE__ s64;
typedef __UINTPTR_TYPE__ shim_uptr;
typedef __SIZE_TYPE__ shim_size;

typedef u32 gfp_t;

#ifndef bool
#define bool _Bool
#define true 1
#define false 0
#endif

#ifndef NULL
#define NULL ((void *)0)
#endif

#ifndef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define BIT(n) (1U << (n))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define ALIGN_DOWN(x, a) ((x) - (x) % (a))
#define ALIGN_UP(x, a) ALIGN_DOWN((x) + (a) - 1, a)
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))

#define min(a, b)                          \
	({                                 \
		__typeof__(a) _min_a = (a); \
		__typeof__(b) _min_b = (b); \
		_min_a < _min_b ? _min_a : _min_b; \
	})
#define max(a, b)                          \
	({                                 \
		__typeof__(a) _max_a = (a); \
		__typeof__(b) _max_b = (b); \
		_max_a > _max_b ? _max_a : _max_b; \
	})
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))

#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

#define __must_check __attribute__((warn_unused_result))
#define __maybe_unused __attribute__((unused))
#define noinline __attribute__((noinline))
#define __cold __attribute__((cold))

#define EBUSY 16
#define EINVAL 22
#define ENOMEM 12

#endif
