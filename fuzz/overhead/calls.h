/* SPDX-License-Identifier: GPL-2.0-only */
/* The calls that are counted. */
#ifndef OVERHEAD_CALLS_H
#define OVERHEAD_CALLS_H

/**
 * calls_measure - make each kind of call some times, and print a line of JSON for each kind
 * @fresh: bring back the state, before each kind
 *
 * All numbers are of one call: in the mean, or what the name says. Natively the time is the best
 * of some rounds; under callgrind one round runs, and its instructions are dumped by the name of
 * the call; a hooked core counts accesses.
 */
void calls_measure(void (*fresh)(void));

#endif
