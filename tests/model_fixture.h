/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model alone, without an allocator: it is told what one would have done, right and
 * wrong, and must name exactly the rule. Superpageblocks of 4 pageblocks of 4 pages, buddies
 * up to a pageblock, a reserve of one pageblock; pages are numbered within a superpageblock.
 */
#ifndef TESTS_MODEL_FIXTURE_H
#define TESTS_MODEL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/harness/model/model.h"
#include "fuzz/harness/base/run.h"
#include "spb/gfp.h"

#define TEST(name) static void name(void **state __attribute__((unused)))
#define T(name) cmocka_unit_test(name)
#define START 64u
#define PFN(spb, page) (START + (spb)*16u + (page))
#define NORMAL ZONE_NORMAL

enum { UNMOV, MOV, RECL, HIGHATOMIC, CMA };
enum { CLEAN, TAINTED, EMPTY };

static sigjmp_buf after_finding;

static inline void come_back(struct run *run)
{
	(void)run;
	siglongjmp(after_finding, 1);
}

#define finds(name, what) \
	do { \
		if (!sigsetjmp(after_finding, 0)) { \
			what; \
			fail_msg("%s was not found", name); \
		} \
		assert_string_equal(this_run->finding.rule, name); \
	} while (0)

static inline struct spb_config config_of(unsigned int nr_spbs)
{
	return (struct spb_config){
		.block_order = 2,
		.max_order = 2,
		.pageblocks_per_spb = 4,
		.nr_nodes = 1,
		.nr_cpus = 1,
		.zones[0][NORMAL] = { START, nr_spbs * 16 },
		.tunables = { .reserve_min = 1,
			      .reserve_divisor = 32,
			      .aggressive_threshold = 8,
			      .lower_order_refusal = 1 },
	};
}

/* @batch: of the lists of a CPU, 0 = there are none */
static inline void begin_with_lists(unsigned int nr_spbs, uint16_t batch)
{
	struct spb_config config = config_of(nr_spbs);

	config.pcp_batch = batch;
	this_run->options.quiet = true;
	this_run->on_finding = come_back;
	assert_true(model_begin(&config, NULL));
}

static inline void begin(unsigned int nr_spbs)
{
	begin_with_lists(nr_spbs, 0);
}

static inline void tell(enum spb_event_type type, unsigned int step, uint32_t pfn,
			unsigned int order, unsigned int mt, uint32_t arg, uint32_t arg2)
{
	const struct spb_event event = {
		.type = (u8)type,
		.step = (u8)step,
		.zone = NORMAL,
		.order = (u8)order,
		.mt = (u8)mt,
		.spb = (u16)(pfn == SPB_NO_PFN ? SPB_NO_SPB : (pfn - START) / 16),
		.pfn = pfn,
		.arg = arg,
		.arg2 = arg2,
	};

	model_event(&event);
}

/* One whose flags are as they come. */
static inline void any_request(uint32_t gfp, unsigned int order)
{
	model_request(&(struct model_request){ .ask = ASK_ANY, .gfp = gfp, .order = order });
}

static inline uint32_t mobility(unsigned int mt)
{
	return mt == MOV ? __GFP_MOVABLE : mt == RECL ? __GFP_RECLAIMABLE : 0;
}

static inline void alloc(unsigned int step, uint32_t pfn, unsigned int order, unsigned int mt,
		  uint32_t flags)
{
	any_request(mobility(mt), order);
	tell(SPB_EV_ALLOC, step, pfn, order, mt, flags, 0);
	model_request_end();
}

#define ALLOC(step, pfn, order, mt, flags) alloc(SPB_STEP_##step, pfn, order, mt, flags)
#define FREE(pfn, order) tell(SPB_EV_FREE, 0, pfn, order, 0, 0, 0)
#define REFUSE(reason, order, mt, arg2) refuse(SPB_REFUSAL_##reason, order, mt, arg2)

static inline void refuse(enum spb_refusal reason, unsigned int order, unsigned int mt,
			  uint32_t arg2)
{
	any_request(mobility(mt), order);
	tell(SPB_EV_REFUSE, 0, SPB_NO_PFN, order, mt, reason, arg2);
	model_request_end();
}

/* An event about the request itself. */
static inline void about(enum spb_event_type type, unsigned int order, uint32_t gfp, uint32_t flags,
		  uint32_t arg)
{
	const struct spb_event event = {
		.type = (u8)type,
		.zone = NORMAL,
		.order = (u8)order,
		.mt = gfp & __GFP_MOVABLE ? MOV : UNMOV,
		.spb = SPB_NO_SPB,
		.pfn = SPB_NO_PFN,
		.arg = arg,
		.arg2 = flags,
		.gfp = gfp,
	};

	model_event(&event);
}

static inline void ask(enum model_ask what, uint32_t gfp, unsigned int order, uint32_t nr)
{
	model_request(&(struct model_request){ .ask = what, .gfp = gfp, .order = order, .nr = nr });
}

#define WALK(order, gfp, flags) about(SPB_EV_WALK, order, gfp, flags, 0)
#define NOTHING(order, gfp, flags) about(SPB_EV_WALK, order, gfp, flags, 1)

/* What a request without any gfp flag has, at its first and at its second stage. */
#define FIRST (ALLOC_WMARK_LOW | ALLOC_NOFRAGMENT)
#define SECOND (ALLOC_WMARK_MIN | ALLOC_NOFRAGMENT | ALLOC_NON_BLOCK)
#define OPTIONAL ALLOC_HIGHORDER_OPTIONAL

/* Superpageblock 0: |U... .... .... ....|, with the label U of its first pageblock. */
static inline void begin_tainted(unsigned int nr_spbs)
{
	begin(nr_spbs);
	ALLOC(EMPTY, PFN(0, 0), 0, UNMOV, ALLOC_NOFRAGMENT);
}

#endif
