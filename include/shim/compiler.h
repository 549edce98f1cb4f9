/* SPDX-License-Identifier: GPL-2.0-only */
/* Announced accesses: those that are meant to race. */
#ifndef SHIM_COMPILER_H
#define SHIM_COMPILER_H

#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
/* A plain access whose race is harmless; the comment beside it says why. */
#define data_race(expr) (expr)

/* Atomic read-modify-write of a word that no lock protects. */
#define atomic_inc_u32(p) ((void)__atomic_add_fetch(p, 1, __ATOMIC_ACQ_REL))
#define atomic_dec_return_u32(p) __atomic_sub_fetch(p, 1, __ATOMIC_ACQ_REL)
#define atomic_fetch_or_u32(p, bits) __atomic_fetch_or(p, bits, __ATOMIC_ACQ_REL)

#endif
