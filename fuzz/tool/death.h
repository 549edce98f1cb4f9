/* SPDX-License-Identifier: GPL-2.0-only */
/* What a child died of: the sanitizer's words and the stack make a signature. */
#ifndef TOOL_DEATH_H
#define TOOL_DEATH_H

#include "fuzz/tool/worker.h"

/**
 * struct death - what a dying child leaves, in memory that it shares
 * @offset: of the instruction that a signal hit, or 0
 */
struct death {
	uint64_t offset;
};

/* In the child: note where signals hit, unless a sanitizer does. @death: shared */
void death_watch(struct death *death);

/**
 * death_verdict - fill in rule, message and signature
 * @text: what it wrote to its standard error, ends in a zero byte
 * @status: of waitpid()
 * @op: operation that ran
 */
void death_verdict(struct verdict *verdict, const char *text, int status,
		   const struct death *death, enum program_op op);

#endif
