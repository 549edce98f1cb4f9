/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference of programs, made from the tables that the harness itself goes by. */
#ifndef TOOL_FORMAT_H
#define TOOL_FORMAT_H

#include <stdio.h>

/* All of docs/format.md. */
void format_print(FILE *to);

/* Bytes and text, their fields and operations; what the names in them mean: its two halves. */
void format_programs(FILE *to);
void format_names(FILE *to);

#endif
