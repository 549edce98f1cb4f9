/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How often each rule was put to the test: a rule that nothing ever tests says nothing by
 * staying quiet. A place that checks counts a look; one look may be at several rules. The
 * model and the workers' oracle count their own.
 */
#ifndef HARNESS_LOOKED_H
#define HARNESS_LOOKED_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * X(identifier, rules, separated by blanks). What never happens on a right core counts how
 * often it was looked for; what has a precondition, how often that was true.
 */
#define LOOKS(X)                                                                            \
	X(LOCK, "lock-order lock-irq-order lock-self-deadlock deadlock")                    \
	X(UNLOCK, "lock-foreign-unlock")                                                    \
	X(HELD_LOCK, "lock-not-held")                                                       \
	X(IRQS, "irq-state")                                                                \
	X(IDLE, "lock-held-at-return")                                                      \
	X(SLEEP, "sleep-in-atomic")                                                         \
	X(CALL, "bad-call-unpredicted core-bug endless")                                    \
	X(BAD_CALL, "bad-call-missing bad-call-late bad-call-served")                       \
	X(BULK, "bulk-count")                                                               \
	X(HANDOUT, "wrong-zone")                                                            \
	X(TAKE, "double-handout misaligned harness")                                        \
	X(CONTENT, "content-lost")                                                          \
	X(NOFAIL, "nofail-null")                                                            \
	X(BLOCKED, "blocked-early")                                                         \
	X(RESET, "reset-leak")                                                              \
	X(PAGES, "pages-conserved")                                                         \
	X(MAP, "page-run zone-count")                                                       \
	X(OWNER, "owner-mismatch")                                                          \
	X(SPB, "spb-total spb-nr-reserved spb-nr-free spb-nr-unmovable spb-nr-reclaimable " \
	       "spb-nr-movable spb-free-pages spb-category spb-fullness all-free "          \
	       "all-free-bits")                                                             \
	X(SPB_HELD, "contig-free")                                                          \
	X(SPB_UNTAINTED, "untainted-label")                                                 \
	X(ENTRY, "entry-state entry-order entry-align entry-spb entry-type merge-lost "     \
		 "list-corrupt area-count")                                                 \
	X(PCP_ENTRY, "pcp-entry pcp-count")                                                 \
	X(REFERENCES, "page-references")                                                    \
	X(ZONE, "spb-list zone-cover block-spb zone-area")                                  \
	X(ZONE_CMA, "zone-free-cma")                                                        \
	X(ZONE_HIGHATOMIC, "zone-free-highatomic zone-highatomic")                          \
	X(ZONE_ISOLATED, "zone-isolated")                                                   \
	X(ZONE_SUMS, "zone-sum nr-tainted zone-free-pages")                                 \
	X(CONTENT_BIT, "content-bit")                                                       \
	X(CLAIM, "claim-clean")                                                             \
	X(BORROW, "borrow-clean borrow-label")                                              \
	X(STEP, "step-category contig-steered")                                             \
	X(RESERVE, "reserve")                                                               \
	X(CROSS, "cross-relabel")                                                           \
	X(DEFRAG, "defrag-clean")

enum look {
#define X(id, rules) LOOK_##id,
	LOOKS(X)
#undef X
	NR_LOOKS,
};

extern uint64_t looks[NR_LOOKS];

#define looked(id) ((void)looks[LOOK_##id]++)

/**
 * rule_tested - how often was a rule put to the test since the process started?
 *
 * Return: false when nobody counts it.
 */
bool rule_tested(const char *name, uint64_t *times);

/* "<times> <rule>" for each rule, "-" where nobody counts. */
void looked_print(FILE *out);

#endif
