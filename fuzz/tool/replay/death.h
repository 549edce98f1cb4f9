/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a child died of: the sanitizer's words or the signal, and the kind of operation, make a
 * signature. No function is in it: where a wrong access is seen depends on what the compiler
 * inlined and on who looks, so a name of it would differ from build to build.
 */
#ifndef TOOL_DEATH_H
#define TOOL_DEATH_H

#include "fuzz/tool/replay/worker.h"

/**
 * death_verdict - fill in rule, message and signature
 * @text: what it wrote to its standard error, ends in a zero byte
 * @status: of waitpid()
 * @op: operation that ran
 */
void death_verdict(struct verdict *verdict, const char *text, int status, enum program_op op);

/* "rule/kind of operation": those that mostly allocate count as alloc, those that free as free. */
void death_signature(struct verdict *verdict, enum program_op op);

#endif
