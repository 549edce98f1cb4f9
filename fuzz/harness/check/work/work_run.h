/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that run deferred work, in programs that nobody interrupts:
 *
 *   queue   a  b  c  ──call for two items──▶  c  and what a and b have queued
 *
 * An evacuation of a node looks at each of its zones that has a policy, for the order and the type
 * that were noted (S11.6); the shrinker of a node goes through all of them (S11.7). What they
 * do there, and what defragmentation does once it has begun, is followed step by step elsewhere.
 */
#ifndef HARNESS_WORK_RUN_H
#define HARNESS_WORK_RUN_H

#include "fuzz/harness/base/observer.h"

/* Rule work-run. */
extern const struct observer work_run_observer;

#endif
