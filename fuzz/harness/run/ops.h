/* SPDX-License-Identifier: GPL-2.0-only */
/* The operations of program.h, one function each. */
#ifndef HARNESS_OPS_H
#define HARNESS_OPS_H

#include <stdbool.h>

#include "fuzz/harness/program/program.h"

struct run;

/* Start of a program: the slots have held nothing. */
void ops_begin(void);
/* Do what the record says, with the limits of the geometry applied to its fields. */
void op_run(struct run *run, const struct program_record *record);

#endif
