/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the unit tests of the core share: an allocator of any configuration, its state as a
 * picture in both directions, and what it told while it worked.
 *
 * A picture of a superpageblock has a word per pageblock, a character per page:
 *
 *   "UU.. R:M--- M+U:M... ...."
 *
 *   U R M    allocated page, by type; -  the rest of a higher-order allocation
 *   u r m    on a per-CPU list, by its type
 *   . x #    free; hole or reserved; in a superpageblock that is held as a whole
 *   R:       label (U M R H C, I while isolated); left out, it is the type of the first
 *            allocated page, or M (of a pageblock that is CMA from the start: C)
 *   M+U:     content bits beyond the types of the pages in it; M!U: a bit that is missing
 *
 * What is left out at the end of a word or of a picture is free.
 */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/internal.h"
#include "fuzz/harness/base/observer.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/arena.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/owner/owner.h"

/* The small geometry: pageblocks of 4 pages, superpageblocks of 4 pageblocks. */
#define FX_BLOCK 4u
#define FX_SPB 16u
#define FX_START 64u

#define TEST(name) static void name(void **state __maybe_unused)
#define RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)
#define T(name) cmocka_unit_test(name)

/* First page of superpageblock @n, and page @i of it, in the small geometry. */
#define FX_PFN(n, i) (FX_START + (n) * FX_SPB + (i))

/**
 * fx_config - the small geometry with @nr_spbs superpageblocks in one NORMAL zone
 *
 * Buddies up to 16 pages, per-CPU lists and watermarks off, a reserve of one pageblock;
 * everything else as by default.
 */
struct spb_config fx_config(unsigned int nr_spbs);

/* A new allocator, nothing in use, nothing told. */
void fx_start(const struct spb_config *config);
/* The same with fx_config(). */
void fx_small(unsigned int nr_spbs);
/* At the end of a test: the oracles' full check of the state that is left. */
void fx_finish(void);

/*
 * The oracles rest, but for what a test asks of them: to be told all, or that an operation is
 * complete, that everything is to be checked, that something happened, that a lock goes.
 */
void fx_oracles(bool on);
void fx_after_op(void);
void fx_full(void);
void fx_happens(const struct spb_event *event);
void fx_hold_ends(const struct hold *hold);

/* Until the next start only the generic oracle looks. */
void fx_without_spbs(void);

/* The only zone of the small geometry. */
struct zone *fx_zone(void);
struct superpageblock *fx_spb(unsigned int index);

/* Put a superpageblock that is wholly free into a state. Its owners are unnamed ones. */
void fx_draw(unsigned int spb, const char *picture);
/* The picture of its state, in one of a few static buffers. */
const char *fx_picture(unsigned int spb);
#define assert_spb(spb, picture) assert_string_equal(fx_picture(spb), picture)

/* --- calls; each forgets what was told before, and gives pages to an unnamed owner --- */

uint32_t fx_alloc(gfp_t gfp, unsigned int order);
uint32_t fx_alloc_on(gfp_t gfp, unsigned int order, unsigned int nid, uint32_t nodemask);
void fx_free(uint32_t pfn);
/* The search alone, with given allocation flags: __rmqueue() on the zone. */
uint32_t fx_search(unsigned int order, int migratetype, unsigned int alloc_flags);
/* Its owner refuses to move or give up anything. */
void fx_pin(uint32_t pfn);
/* What shim_this says: which logical CPU calls. */
void fx_cpu(unsigned int cpu);

/* --- what was told --- */

void fx_forget(void);
unsigned int fx_count(enum spb_event_type type);
/* The @n-th event of a type; the test fails when there are not as many. */
const struct spb_event *fx_event(enum spb_event_type type, unsigned int n);
unsigned int fx_refused(enum spb_refusal reason);
/* Decisions of the relax sequence in order: "tainted-ok drop". */
const char *fx_relaxes(void);
/* The step of the last page that left the buddy lists, "none" without one. */
const char *fx_step(void);

/* @pfn was served, last of all, by a step. */
#define assert_step(pfn, step)                                 \
	do {                                                   \
		assert_int_not_equal(pfn, NO_PFN);             \
		assert_string_equal(fx_step(), step);          \
	} while (0)
#define assert_failed(pfn) assert_int_equal(pfn, NO_PFN)

/* --- what must go wrong --- */

extern sigjmp_buf fx_jump;
extern bool fx_armed;

/* @statement ends in a finding of a rule. The allocator is of no use afterwards. */
#define expect_finding(name, statement)                                        \
	do {                                                                   \
		fx_armed = true;                                               \
		if (!sigsetjmp(fx_jump, 0)) {                                  \
			statement;                                             \
			fx_armed = false;                                      \
			fail_msg("no finding, expected %s", name);             \
		}                                                              \
		fx_armed = false;                                              \
		assert_string_equal(this_run->finding.rule, name);             \
	} while (0)

/* The call in @statement is refused under @rule, and nothing of the allocator changed. */
#define expect_bad_call(rule, statement)                                       \
	do {                                                                   \
		struct host_call _outer;                                       \
		fx_bad_call_begin();                                           \
		host_call_begin(rule, &_outer);                                \
		statement;                                                     \
		assert_true(host_call_end(&_outer).fired);                     \
		fx_bad_call_end();                                             \
	} while (0)

void fx_bad_call_begin(void);
void fx_bad_call_end(void);

#endif
