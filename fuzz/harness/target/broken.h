/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of a process under an engine, told in the way in which those who collect crashes tell
 * them apart: by a summary and by the names of the innermost functions.
 *
 * Two rules may be found broken by one function of the harness. So each has a function of its own,
 * broken_<ID>, which ends the process: it is innermost in every stack, and sanitizers sum up with
 * it. Before that a line "ASSERTION FAILED: FuzzerHash=<signature>" is printed. ClusterFuzz takes
 * that as the first line of what it compares; two crashes with that word are one when all of
 * these lines are equal, and without it when they are similar, which names of rules are.
 */
#ifndef HARNESS_BROKEN_H
#define HARNESS_BROKEN_H

struct finding_info;

/* End the process for a finding that has been reported. */
__attribute__((noreturn)) void broken(const struct finding_info *info);

#endif
