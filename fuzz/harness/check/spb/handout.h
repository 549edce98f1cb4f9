/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is handed out is pristine: each field of each of its pages has the value that mmzone.h gives
 * it, whoever had the page before.
 *
 *            flags                   references  private  owner   in a list
 *   head     PG_head, type, zone     1           order    nobody  no
 *   others   zone                    0           0        nobody  no
 */
#ifndef HARNESS_HANDOUT_H
#define HARNESS_HANDOUT_H

#include "fuzz/harness/base/observer.h"

#define HANDOUT_CALLS (CALL_BIT(alloc) | CALL_BIT(bulk) | CALL_BIT(caller))

/* A call has its answer; nobody owns what it got yet. */
void handout_check(const struct call *call);

#endif
