/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Findings that are known of what is tested: each ends its program without a word and is counted,
 * so that others are found behind it.
 *
 * A list has a line each, "signature | reason | source". A signature that ends in "*" stands for
 * all that begin so; lines that begin with "#" and empty ones say nothing.
 */
#ifndef HARNESS_KNOWN_H
#define HARNESS_KNOWN_H

#include <stdbool.h>
#include <stdio.h>

#define KNOWN_MAX 64

/**
 * known_read - take the list of a file in place of what there was
 * @path: NULL or "" = none
 * @complaints: where to say what is wrong with it
 *
 * Return: false when it cannot be read, or a line is none; nothing is known then.
 */
bool known_read(const char *path, FILE *complaints);

/* The same for SPBFUZZ_KNOWN, which may be unset. */
bool known_from_environment(FILE *complaints);

/* Its number, from 0 on, or -1. */
int known_number(const char *signature);

/* The signature of a line, as the list has it; NULL beyond the last. */
const char *known_name(unsigned int number);

#endif
