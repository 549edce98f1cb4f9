/* SPDX-License-Identifier: GPL-2.0-only */
/* Text from outside, as names of files and lines of a trace are, on a terminal. */
#ifndef PLAIN_H
#define PLAIN_H

#include <stdio.h>

/* Control characters, which could make a terminal do or show anything, become \x1b and so on. */
void plain_print(FILE *to, const char *text);

/* A line of its own: what comes before the text is ours. */
void plain_line(FILE *to, const char *before, const char *text);

#endif
