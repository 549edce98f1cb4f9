/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of gfp flags, migratetypes, tunables and numbers of a configuration, as people and tracers
 * write them.
 */
#ifndef HARNESS_NAMES_H
#define HARNESS_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * gfp_format - a mask as text: GFP_KERNEL|__GFP_NOWARN|0x200
 * @room: bytes at @to; 512 are enough for any mask
 *
 * Bits without a name come as one hexadecimal number; no bit at all is "0".
 * Return: @to
 */
char *gfp_format(uint32_t mask, char *to, size_t room);

/**
 * gfp_parse - the other direction
 * @text: names and numbers joined by '|'; need not end in a zero byte
 *
 * Return: false for a name that no flag has; @mask is untouched then.
 */
bool gfp_parse(const char *text, size_t len, uint32_t *mask);

/**
 * gfp_parse_traced - gfp_parse() for the text of a tracer
 * @layout: what numbers mean, see gfp_layout_index()
 *
 * Takes flags of other kernels too: those that have a successor mean that one, those
 * that do not steer the page allocator (lock debugging, KASAN) mean nothing.
 */
bool gfp_parse_traced(const char *text, size_t len, unsigned int layout, uint32_t *mask);

/* Layouts of gfp bits in numbers. Return: -1 for an unknown name. */
#define GFP_LAYOUT_618 0
int gfp_layout_index(const char *name);
/* NULL after the last; @kernels receives the versions that have it. */
const char *gfp_layout_name(unsigned int layout, const char **kernels);

/* NULL beyond the last; -1 for an unknown name. */
const char *migratetype_name(unsigned int type);
int migratetype_index(const char *name);
const char *tunable_name(unsigned int tunable);
int tunable_index(const char *name);
const char *setting_name(unsigned int setting);
int setting_index(const char *name);

#endif
