/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Around every call of the allocator: observers, budget, what it is expected to be refused for.
 *
 *   call_begins() ─▶ run->ops->...() ─▶ call_returns() ─▶ checks of the answer ─▶ call_ends()
 */
#ifndef HARNESS_CALL_H
#define HARNESS_CALL_H

#include "fuzz/harness/base/observer.h"
#include "fuzz/harness/host/budget.h"
#include "fuzz/harness/host/host.h"

/* What a call may take: its kind, and how many calls of that kind it stands for. */
struct call_budget {
	enum budget_kind kind;
	unsigned int times;
};

extern const struct call_budget call_free_budget;

/* A program may ask for what this allocator does not have: that is counted. @there: it has it */
bool call_is_missing(const struct run *run, bool there);

/* @outer: receives what call_returns() puts back: calls nest when memory runs out. */
void call_begins(struct run *run, const struct call *call, struct call_budget budget,
		 struct host_call *outer);
/* Return: what happened in the call. */
struct host_call call_returns(struct call_budget budget, const struct host_call *outer);
/* The answer was checked, and is in @call. */
void call_ends(struct run *run, const struct call *call);

#endif
