// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every rule that can be broken. docs/rules.md has the same names in tables; a test compares
 * the two. Sources: "spec 5.n" is invariant n of section 5 of the superpageblock notes,
 * "patch n" a patch of the series, anything else the kernel facility whose rule it is.
 */
#include "fuzz/harness/base/finding.h"

#include "fuzz/harness/check/spb/liveness.h"
#include "fuzz/harness/model/model.h"
#include "fuzz/harness/refusal/promise.h"

#include <string.h>

const struct rule rules[] = {
	/* locks, interrupts, lists: the host */
	{ "lock-order", "locks nest without a circle: pcp, zone, work; none within its class",
	  "lockdep" },
	{ "lock-irq-order",
	  "under a lock that interrupts take, none is waited for that is held with them on",
	  "lockdep" },
	{ "lock-self-deadlock", "a CPU never waits for a lock that it holds",
	  "spinlock debugging" },
	{ "lock-foreign-unlock", "a lock is released by the CPU that took it",
	  "spinlock debugging" },
	{ "lock-not-held", "what a lock protects changes under that lock only",
	  "spec 5.16, lockdep" },
	{ "lock-held-at-return", "an operation ends with no lock held", "lockdep" },
	{ "irq-state",
	  "interrupts are off where one takes the same lock, and restored after", "lockdep" },
	{ "sleep-in-atomic",
	  "nothing sleeps under a lock, with interrupts off, or in a call that may not",
	  "spec 5.16, might_sleep" },
	{ "deadlock", "some CPU can always go on", "lockdep" },
	{ "list-corrupt", "neighbours in a list point at each other", "CONFIG_DEBUG_LIST" },
	{ "core-bug", "no BUG or WARN of the allocator fires", "BUG_ON" },
	{ "wild-access", "the allocator uses its arena, its stack and its constants only",
	  "memory safety" },
	{ "undefined", "the allocator has no undefined behaviour", "C11" },
	{ "stack-overflow", "the allocator gets by with the stack of its CPU, 256 KiB",
	  "memory safety" },
	{ "data-race",
	  "of two accesses that nothing orders, both are reads or both are announced", "KCSAN" },
	{ "lockset", "what a lock protects is accessed under it, or announced", "mmzone.h, KCSAN" },
	{ "endless", "a walk or retry loop ends within the operation's budget", "design" },

	/* calls and their results: the executor */
	{ "bad-call-unpredicted", "a call is refused only for a contract that it breaks",
	  "spb/rules.h" },
	{ "bad-call-missing", "a call that breaks a contract is refused under that contract's name",
	  "spb/rules.h" },
	{ "bad-call-late", "a bad call is refused before any state has changed", "spb/rules.h" },
	{ "bad-call-served", "a bad call has no result", "spb/rules.h" },
	{ "bulk-count", "a bulk request gets at most what it asked for", "alloc_pages_bulk" },
	{ "double-handout", "a page in use is never handed out again", "page allocator" },
	{ "misaligned", "an allocation is aligned to its size", "page allocator" },
	{ "wrong-zone", "an allocation lies in one zone and node that the request allows",
	  "zonelist" },
	{ "content-lost", "content stays until the page is freed, and moves with it", "migration" },
	{ "nofail-null", "a __GFP_NOFAIL request ends with pages or blocked", "spec 5.18, gfp.h" },
	{ "blocked-early",
	  "a request is blocked only when nothing is left to reclaim, move or kill", "spec 5.18" },
	{ "reset-leak", "all that changes in the arena is noted, so a reset is complete",
	  "shim.h" },
	{ "harness", "the harness keeps its own books", "design" },

	/* conservation: the generic oracle */
	{ "pages-conserved", "free + per-CPU + held pages are all that the allocator ever had",
	  "page allocator" },
	{ "page-run", "the memory map is a sequence of runs, each inside its zone",
	  "page allocator" },
	{ "zone-count", "a zone's free and per-CPU page counts are those of its memory map",
	  "spec 5.4, vmstat" },
	{ "owner-mismatch", "what the memory map says is allocated is what the program holds",
	  "page allocator" },

	/* superpageblocks: counts */
	{ "spb-total", "total_pageblocks is the pageblocks of the region inside the zone",
	  "spec 5.19" },
	{ "spb-nr-reserved", "nr_reserved is the number of reserved pageblocks",
	  "spec 5.1, 5.2, 5.19" },
	{ "spb-nr-free", "nr_free is the number of wholly free pageblocks", "spec 5.1, 5.2" },
	{ "spb-nr-unmovable", "nr_unmovable is the number of pageblocks with PB_has_unmovable",
	  "spec 5.1, 5.2" },
	{ "spb-nr-reclaimable",
	  "nr_reclaimable is the number of pageblocks with PB_has_reclaimable", "spec 5.1, 5.2" },
	{ "spb-nr-movable", "nr_movable is the number of pageblocks with PB_has_movable",
	  "spec 5.1, 5.2" },
	{ "spb-free-pages", "nr_free_pages is the sum of the free lists", "spec 5.3" },
	{ "area-count", "an order's nr_free is the number of entries in its lists", "spec 5.3" },
	{ "spb-category", "category follows from the content counters", "spec 2, 5.5, 8" },
	{ "spb-fullness", "fullness follows from the share of used pageblocks", "spec 2, 5.5, 8" },
	{ "spb-list", "a superpageblock is on the one list that category and fullness name",
	  "spec 5.5" },
	{ "nr-tainted", "nr_tainted is the number of tainted superpageblocks of the zone",
	  "spec 5.5" },

	/* superpageblocks: pageblocks and pages */
	{ "all-free", "PB_all_free says that the whole pageblock is in free buddies", "spec 5.6" },
	{ "all-free-bits", "a wholly free pageblock has no content and is not clipped or reserved",
	  "spec 5.6, 8" },
	{ "content-bit", "a page in use has the content bit of its type in its pageblock",
	  "spec 5.7" },
	{ "untainted-label", "a clean or empty superpageblock has no non-movable label",
	  "spec 5.10, 8" },
	{ "block-spb", "a pageblock knows the superpageblock that it lies in", "spec 5.8" },
	{ "entry-state", "an entry of a free list is a free page of the map", "spec 5.8" },
	{ "entry-order", "an entry of a free list has the order of the list", "spec 5.8" },
	{ "entry-align", "a free buddy is aligned to its size", "buddy" },
	{ "entry-spb", "a free buddy lies inside the superpageblock whose list it is on",
	  "spec 5.8, 5.9" },
	{ "entry-type", "a free buddy is on the list that its pageblock's label names",
	  "spec 5.8, 5.12" },
	{ "merge-lost", "two buddies that can merge are not both free", "buddy" },
	{ "pcp-entry", "an entry of a per-CPU list is marked so and has the list's order and type",
	  "spec 4.4" },
	{ "page-references", "an allocation at rest has one reference, any other page has none",
	  "mmzone.h" },
	{ "pcp-count", "a per-CPU count is the pages of its lists", "spec 4.4" },
	{ "contig-free", "a superpageblock held as a whole has no free page", "spec 5.15" },

	/* zones */
	{ "zone-cover", "the superpageblocks of a zone cover its span", "spec 5.22" },
	{ "zone-area", "a zone's counts by order and type are sums over its superpageblocks",
	  "spec 5.4" },
	{ "zone-sum", "a zone's counts by order add up to its superpageblocks' free pages",
	  "spec 5.4" },
	{ "zone-free-pages", "nr_free_pages is all free pages but isolated ones", "spec 5.4" },
	{ "zone-free-cma", "nr_free_cma is the pages of the CMA lists", "spec 5.4" },
	{ "zone-free-highatomic", "nr_free_highatomic is the pages of the HIGHATOMIC lists",
	  "spec 5.4" },
	{ "zone-highatomic", "nr_reserved_highatomic is the pages of pageblocks labelled so",
	  "highatomic reserve" },
	{ "zone-isolated", "nr_isolate_pageblock is the number of isolated pageblocks",
	  "isolation" },

	/* policy, by event */
	{ "claim-clean", "the search relabels in tainted superpageblocks only", "spec 5.11" },
	{ "borrow-clean", "the search borrows in tainted superpageblocks only", "spec 5.11" },
	{ "borrow-label", "a borrowed page leaves the label of its pageblock alone", "spec 5.12" },
	{ "step-category", "a step serves from the category that it names", "spec 4.2" },
	{ "reserve", "movable requests leave the reserve in tainted superpageblocks", "spec 5.13" },
	{ "cross-relabel",
	  "unmovable and reclaimable relabel each other's pageblock only when free", "spec 5.14" },
	{ "contig-steered", "nothing is allocated from a superpageblock held as a whole",
	  "spec 5.15" },
	{ "defrag-clean", "the defrag worker works on tainted superpageblocks only", "spec 5.17" },

	/* workers */
#define X(id, name, text, source) { name, text, source },
	LIVENESS_RULES(X)
#undef X

	/* what the model says */
#define X(id, name, text, source) { name, text, source },
	MODEL_RULES(X)
#undef X

	/* what becomes of refusals */
#define X(id, name, text) { "promise-" name, text, "patch 35" },
	BROKEN_PROMISES(X)
#undef X
};

const unsigned int nr_rules = sizeof(rules) / sizeof(rules[0]);

const struct rule *rule_by_name(const char *name)
{
	for (unsigned int i = 0; i < nr_rules; i++)
		if (!strcmp(rules[i].name, name))
			return &rules[i];
	return NULL;
}
