/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies to compare: the same program under pinned tunables. Rules that do not depend on a
 * tunable hold under each, and what does depend on it shows in the events from one place on.
 */
#ifndef HARNESS_POLICY_H
#define HARNESS_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "spb/config.h"
#include "spb/event.h"

/**
 * enum policy_relation - what the first event that differs from the default's must be
 * @POLICY_RELAX: the same decision of the relax sequence, of which one is to refuse
 * @POLICY_RESERVE: one that comes after a superpageblock was tainted
 * @POLICY_KVMALLOC: one of a kvmalloc record
 */
enum policy_relation { POLICY_RELAX, POLICY_RESERVE, POLICY_KVMALLOC };

#define POLICY_MAX_PINS 2

/**
 * struct policy - values that a program cannot change
 * @pins: @nr_pins tunables and their values
 */
struct policy {
	const char *name;
	const char *meaning;
	enum policy_relation relation;
	unsigned int nr_pins;
	struct {
		uint8_t tunable; /* enum spb_tunable */
		uint16_t value;
	} pins[POLICY_MAX_PINS];
};

extern const struct policy policies[];
extern const unsigned int nr_policies;

/* Set what is pinned; nothing for NULL. */
void policy_apply(const struct policy *policy, struct spb_tunables *tunables);
/* Is this tunable pinned? Nothing is by NULL. */
bool policy_pins(const struct policy *policy, unsigned int tunable);

/**
 * struct policy_step - an event and where in its program it came
 * @op: enum program_op
 */
struct policy_step {
	struct spb_event event;
	uint8_t op;
};

/* Do two runs tell the same here? */
bool policy_same_event(const struct spb_event *a, const struct spb_event *b);

/**
 * policy_explains - may two runs part at this event?
 * @usual: of the run with the program's own tunables; NULL when that run has ended here
 * @other: of the run under @policy, likewise
 * @tainted: a superpageblock was tainted before
 */
bool policy_explains(const struct policy *policy, const struct policy_step *usual,
		     const struct policy_step *other, bool tainted);

#endif
