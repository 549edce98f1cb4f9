/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Announced accesses: those that are meant to race.
 *
 * A build with access hooks (SHIM_ACCESS_HOOKS) calls the host before each load and store.
 * There the macros tell it first which access is an announced one. A build with real
 * threads (SHIM_THREADS) makes them atomic, which is what ThreadSanitizer takes for
 * announced. Elsewhere they cost nothing.
 */
#ifndef SHIM_COMPILER_H
#define SHIM_COMPILER_H

#ifdef SHIM_ACCESS_HOOKS

/* The next access to @p is announced. */
void shim_announce(const volatile void *p);
/* An atomic read-modify-write of @p follows: the compiler reports none by itself. */
void shim_atomic(const volatile void *p, unsigned int size);
#define READ_ONCE(x)                                              \
	({                                                        \
		const volatile __typeof__(x) *_read_at = &(x);    \
		shim_announce(_read_at);                          \
		*_read_at;                                        \
	})
/* The value first: it may be made from the old one, by a plain access. */
#define WRITE_ONCE(x, v)                                          \
	do {                                                      \
		volatile __typeof__(x) *_write_at = &(x);         \
		__typeof__(x) _write_value = (v);                 \
		shim_announce(_write_at);                         \
		*_write_at = _write_value;                        \
	} while (0)
#define shim_before_atomic(p) shim_atomic(p, sizeof(*(p)))

#elif defined(SHIM_THREADS)

#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#define shim_before_atomic(p) ((void)0)

#else

#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define shim_before_atomic(p) ((void)0)

#endif

/* A plain access whose race is harmless; the comment beside it says why. */
#if defined(SHIM_ACCESS_HOOKS) || defined(SHIM_THREADS)
/* Accesses between begin (1) and end (-1) race harmlessly. */
void shim_data_race(int change);
#define data_race(expr)                                           \
	({                                                        \
		shim_data_race(1);                                \
		__typeof__(expr) _racy = (expr);                  \
		shim_data_race(-1);                               \
		_racy;                                            \
	})
#else
#define data_race(expr) (expr)
#endif

/* Atomic read-modify-write of a word that no lock protects. */
#define atomic_compare_exchange(p, old, new)                                            \
	(shim_before_atomic(p),                                                          \
	 __atomic_compare_exchange_n(p, old, new, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
#define atomic_exchange(p, new) \
	(shim_before_atomic(p), __atomic_exchange_n(p, new, __ATOMIC_ACQ_REL))
#define atomic_add_u32(p, n) \
	(shim_before_atomic(p), (void)__atomic_add_fetch(p, n, __ATOMIC_ACQ_REL))
#define atomic_dec_return_u32(p) \
	(shim_before_atomic(p), __atomic_sub_fetch(p, 1, __ATOMIC_ACQ_REL))
#define atomic_fetch_or_u32(p, bits) \
	(shim_before_atomic(p), __atomic_fetch_or(p, bits, __ATOMIC_ACQ_REL))

#endif
