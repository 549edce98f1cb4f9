/* SPDX-License-Identifier: GPL-2.0-only */
/* Announced accesses: those that are meant to race. */
#ifndef SHIM_COMPILER_H
#define SHIM_COMPILER_H

#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
/* A plain access whose race is harmless; the comment beside it says why. */
#define data_race(expr) (expr)

#endif
