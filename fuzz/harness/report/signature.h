/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a finding is called, so that two with one cause have one name: "rule/place".
 *
 * The rule is the one nearest to the cause of all that are broken there (symptoms.h), and
 * search-order for whatever was seen of a step that could have served.
 *
 * The place is, in this order:
 *   what finding_at() named        a core function; a flag, contract, worker or gate
 *   for an event                   the step that served, the reason that was given
 *   for a count                    who had the lock: rmqueue, free, ... ; by what happened else
 *   "-"                            it says nothing about the cause
 */
#ifndef HARNESS_SIGNATURE_H
#define HARNESS_SIGNATURE_H

#include <stddef.h>

struct run;
struct finding_info;

/* Work out cause and place of this_run->finding, whose rule and message are there. */
void signature_find(struct run *run);

/* Both as one word. */
void finding_signature(const struct finding_info *info, char *to, size_t room);

#endif
