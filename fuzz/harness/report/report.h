/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is printed of a finding:
 *
 *   EVENTS before the finding, the newest last
 *     <CPU, operation, event>
 *   FINDING <rule> op=<operation> step=<n> cpu=<c>
 *     <message>
 *     rule: <meaning> [<source>]
 *     look at <where the cause mostly is>
 *     group: conformance ..., when it is that
 *     <what the observers draw: operations under way, locks, pages, superpageblocks>
 *     nearest to the cause: <another rule that is broken, too>
 *   SIGNATURE <rule>/<place>
 */
#ifndef HARNESS_REPORT_H
#define HARNESS_REPORT_H

struct run;

/*
 * For run->report: work out cause and place of the finding, and print it unless options.quiet. One
 * that is known (base/known.h) is counted, and does not return.
 */
void report_finding(struct run *run);

#endif
