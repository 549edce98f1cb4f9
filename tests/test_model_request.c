// SPDX-License-Identifier: GPL-2.0-only
/* The model alone: what requests may have, in which order, and what else they start. */
#include "tests/model_fixture.h"

/* The first walk of an optional request, which found nothing. */
static void fail_first(unsigned int order, uint32_t gfp)
{
	ask(ASK_PAGES, gfp, order, 0);
	WALK(order, gfp, FIRST | (order ? OPTIONAL : 0));
	NOTHING(order, gfp, FIRST | (order ? OPTIONAL : 0));
}

/* |U... M... M... M...| and nothing else, so that the pool has order 1 and 0 only. */
static void begin_small_pool(void)
{
	begin_tainted(2);
	for (unsigned int block = 1; block < 4; block++)
		ALLOC(CLAIM_WHOLE, PFN(0, 4 * block), 2, UNMOV, 0);
}

#define RELAX(decision, order, gfp, flags) \
	about(SPB_EV_RELAX, order, gfp, flags, SPB_RELAX_##decision)

TEST(the_relax_sequence_decides_as_posted)
{
	begin_small_pool();
	fail_first(2, 0);
	finds("relax-model", RELAX(DROP, 2, 0, FIRST | OPTIONAL));
	RELAX(TAINTED_OK, 2, 0, FIRST | OPTIONAL);
	WALK(2, 0, FIRST | OPTIONAL | ALLOC_NOFRAG_TAINTED_OK);
	NOTHING(2, 0, FIRST | OPTIONAL | ALLOC_NOFRAG_TAINTED_OK);
	finds("relax-model", RELAX(TAINTED_OK, 2, 0, FIRST | OPTIONAL | ALLOC_NOFRAG_TAINTED_OK));
	RELAX(DROP, 2, 0, FIRST | OPTIONAL | ALLOC_NOFRAG_TAINTED_OK);
	finds("request-flags", WALK(2, 0, FIRST | OPTIONAL | ALLOC_NOFRAG_TAINTED_OK));
	fail_first(2, __GFP_NORETRY);
	finds("relax-model", RELAX(TAINTED_OK, 2, __GFP_NORETRY, FIRST | OPTIONAL));
	RELAX(NORETRY, 2, __GFP_NORETRY, FIRST | OPTIONAL);
	fail_first(2, __GFP_NOWARN);
	finds("relax-model", RELAX(TAINTED_OK, 2, __GFP_NOWARN, FIRST | OPTIONAL));
	RELAX(SMALLER, 2, __GFP_NOWARN, FIRST | OPTIONAL);
	WALK(2, __GFP_NOWARN, SECOND | OPTIONAL);
	ask(ASK_PAGES, GFP_KERNEL, 2, 0);
	WALK(2, GFP_KERNEL, FIRST | ALLOC_NOFRAG_TAINTED_OK | ALLOC_KSWAPD);
	finds("relax-model",
	      RELAX(TAINTED_OK, 2, GFP_KERNEL, FIRST | ALLOC_NOFRAG_TAINTED_OK | ALLOC_KSWAPD));
}

/* --- the request --- */

TEST(flags_follow_from_the_request)
{
	begin_tainted(2);
	ask(ASK_PAGES, 0, 0, 0);
	finds("request-flags", WALK(0, 0, FIRST & ~ALLOC_NOFRAGMENT));
	ask(ASK_PAGES, __GFP_MEMALLOC, 2, 0);
	finds("request-flags", WALK(2, __GFP_MEMALLOC, FIRST | OPTIONAL));
	ask(ASK_BULK, 0, 0, 1);
	WALK(0, 0, FIRST);
	finds("request-flags",
	      tell(SPB_EV_ALLOC, SPB_STEP_OWN, PFN(0, 1), 0, UNMOV, ALLOC_WMARK_LOW, 0));
	tell(SPB_EV_ALLOC, SPB_STEP_OWN, PFN(0, 1), 0, UNMOV, FIRST, 0);
	model_request_end();
	finds("request-flags", tell(SPB_EV_ALLOC, SPB_STEP_OWN, PFN(0, 2), 0, UNMOV, FIRST, 0));
	finds("request-flags", WALK(0, 0, FIRST));
}

TEST(gates_are_given_up_in_order)
{
	const uint32_t gfp = GFP_KERNEL, slow = ALLOC_NOFRAGMENT | ALLOC_NOFRAG_TAINTED_OK |
						ALLOC_KSWAPD;

	begin_small_pool();
	ask(ASK_PAGES, gfp, 2, 0);
	WALK(2, gfp, slow | ALLOC_WMARK_LOW);
	NOTHING(2, gfp, slow | ALLOC_WMARK_LOW);
	WALK(2, gfp, slow);
	NOTHING(2, gfp, slow);
	/* No progress: compaction is next, which did not happen. */
	finds("request-stage", WALK(2, gfp, slow));
	about(SPB_EV_COMPACT, 2, gfp, 0, 0);
	WALK(2, gfp, slow);
	NOTHING(2, gfp, slow);
	finds("request-stage", WALK(2, gfp, slow & ~ALLOC_NOFRAGMENT));
	finds("request-stage", model_request_end());
}

TEST(what_is_left_to_try_is_tried)
{
	begin_small_pool();
	fail_first(2, 0);
	finds("request-stage", model_request_end());
	fail_first(2, __GFP_NORETRY);
	RELAX(NORETRY, 2, __GFP_NORETRY, FIRST | OPTIONAL);
	WALK(2, __GFP_NORETRY, SECOND | OPTIONAL);
	NOTHING(2, __GFP_NORETRY, SECOND | OPTIONAL);
	RELAX(NORETRY, 2, __GFP_NORETRY, SECOND | OPTIONAL);
	model_request_end();
}

TEST(a_walk_fails_for_a_reason)
{
	begin_tainted(2);
	ask(ASK_PAGES, 0, 0, 0);
	WALK(0, 0, FIRST);
	finds("null-early", NOTHING(0, 0, FIRST));
	ALLOC(OWN, PFN(0, 1), 0, UNMOV, 0);
	ask(ASK_PAGES, 0, 1, 0);
	WALK(1, 0, FIRST | OPTIONAL);
	finds("null-early", NOTHING(1, 0, FIRST | OPTIONAL));
	ask(ASK_PAGES, 0, 2, 0);
	WALK(2, 0, FIRST | OPTIONAL);
	NOTHING(2, 0, FIRST | OPTIONAL);
}

TEST(callers_ask_in_order)
{
	const uint32_t block = (GFP_KERNEL & ~__GFP_DIRECT_RECLAIM) | __GFP_NOWARN;

	begin(2);
	ask(ASK_KVMALLOC, GFP_KERNEL, 0, 4);
	finds("caller-request", WALK(2, GFP_KERNEL, FIRST | ALLOC_KSWAPD | OPTIONAL));
	ask(ASK_KVMALLOC, GFP_KERNEL, 0, 4);
	WALK(2, block, FIRST | ALLOC_KSWAPD | OPTIONAL);
	tell(SPB_EV_ALLOC, SPB_STEP_EMPTY, PFN(0, 0), 2, UNMOV, FIRST | ALLOC_KSWAPD | OPTIONAL,
	     0);
	model_request_end();
	ask(ASK_VMALLOC, GFP_KERNEL | __GFP_MOVABLE, 0, 5);
	WALK(2, block | __GFP_MOVABLE, FIRST | ALLOC_KSWAPD | OPTIONAL | ALLOC_CMA);
	tell(SPB_EV_ALLOC, SPB_STEP_EMPTY, PFN(1, 0), 2, MOV,
	     FIRST | ALLOC_KSWAPD | OPTIONAL | ALLOC_CMA, 0);
	finds("caller-request", model_request_end());
}

/* After a change of a tunable a caller is believed what it asks for. */
TEST(a_tunable_blurs_the_request_under_way)
{
	const uint32_t flags = FIRST | ALLOC_KSWAPD | OPTIONAL;

	begin(2);
	ask(ASK_KVMALLOC, GFP_KERNEL, 0, 4);
	model_tuning(true);
	model_tuning(false);
	WALK(1, GFP_NOWAIT, flags);
	tell(SPB_EV_ALLOC, SPB_STEP_EMPTY, PFN(0, 0), 1, UNMOV, flags, 0);
	model_request_end();
	/* The next one is judged again. */
	ask(ASK_KVMALLOC, GFP_KERNEL, 0, 4);
	finds("caller-request", WALK(1, GFP_NOWAIT, flags));
}

static void fill_spb(unsigned int spb)
{
	for (unsigned int page = 0; page < 16; page += 4)
		alloc(page ? SPB_STEP_OWN : SPB_STEP_EMPTY, PFN(spb, page), 2, MOV, 0);
}

TEST(evacuation_moves_to_clean_superpageblocks)
{
	begin_tainted(3);
	ALLOC(EMPTY, PFN(1, 0), 0, MOV, 0);
	tell(SPB_EV_EVACUATE, 0, PFN(0, 0), 2, MOV, 0, 0);
	finds("migrate-target",
	      tell(SPB_EV_ALLOC, SPB_STEP_EVACUATION, PFN(0, 4), 0, MOV, 0, 0));
	finds("migrate-target",
	      tell(SPB_EV_ALLOC, SPB_STEP_EVACUATION, PFN(2, 0), 0, MOV, 0, 0));
	tell(SPB_EV_ALLOC, SPB_STEP_EVACUATION, PFN(1, 1), 0, MOV, 0, 0);
	tell(SPB_EV_EVACUATE_DONE, 0, SPB_NO_PFN, 2, UNMOV, 0, 1);
	finds("migrate-target",
	      tell(SPB_EV_ALLOC, SPB_STEP_EVACUATION, PFN(2, 0), 0, MOV, 0, 0));
	tell(SPB_EV_ALLOC, SPB_STEP_EVACUATION, PFN(0, 4), 0, MOV, 0, 0);
	finds("evacuate-result", tell(SPB_EV_EVACUATE_DONE, 0, SPB_NO_PFN, 1, UNMOV, 0, 0));
	begin(2);
	finds("evacuate-result", tell(SPB_EV_EVACUATE_DONE, 0, SPB_NO_PFN, 2, UNMOV, 0, 1));
}

TEST(migration_takes_pages_in_order)
{
	begin(3);
	fill_spb(0);
	ALLOC(EMPTY, PFN(1, 0), 0, MOV, 0);
	finds("migrate-source", tell(SPB_EV_MIGRATE_FAIL, 0, PFN(1, 4), 0, MOV, PFN(2, 0), 0));
	model_room_ends(0);
	tell(SPB_EV_MIGRATE, 0, PFN(0, 0), 2, MOV, PFN(1, 4), 0);
	finds("migrate-target", tell(SPB_EV_MIGRATE, 0, PFN(0, 12), 2, MOV, PFN(0, 4), 0));
	finds("migrate-source", tell(SPB_EV_MIGRATE, 0, PFN(0, 8), 2, MOV, PFN(1, 8), 0));
	finds("migrate-source", tell(SPB_EV_COMPACT, 0, SPB_NO_PFN, 2, MOV, 4, 0));
	model_room_ends(0);
	tell(SPB_EV_COMPACT, 0, SPB_NO_PFN, 2, MOV, 0, 0);
}

/* One tainted superpageblock with movable content, of which no pageblock is free. */
static void begin_evacuation(void)
{
	begin(2);
	fill_spb(0);
	fill_spb(1);
	FREE(PFN(0, 0), 2);
	alloc(SPB_STEP_CLAIM, PFN(0, 0), 2, UNMOV, 0);
	FREE(PFN(0, 5), 0);
	model_room_begins(CALL_evacuate, 2, UNMOV);
}

TEST(evacuation_empties_pageblocks_in_order)
{
	begin_evacuation();
	finds("evacuate-result", tell(SPB_EV_EVACUATE, 0, PFN(0, 8), 2, MOV, 2, 0));
	begin_evacuation();
	finds("evacuate-result", tell(SPB_EV_EVACUATE, 0, PFN(0, 4), 2, MOV, 1, 0));
	begin_evacuation();
	finds("evacuate-result", tell(SPB_EV_EVACUATE_DONE, 0, SPB_NO_PFN, 2, UNMOV, 0, 0));
	begin_evacuation();
	tell(SPB_EV_EVACUATE, 0, PFN(0, 4), 2, MOV, 2, 0);
	FREE(PFN(0, 4), 0);
	FREE(PFN(0, 6), 1);
	finds("evacuate-result", tell(SPB_EV_EVACUATE, 0, PFN(0, 8), 2, MOV, 2, 0));
	tell(SPB_EV_EVACUATE_DONE, 0, SPB_NO_PFN, 2, UNMOV, 0, 1);
}

/* That one was seen without its beginning says nothing about the next program's. */
TEST(an_evacuation_ends_with_its_program)
{
	begin_evacuation();
	model_room_ends(0);
	tell(SPB_EV_EVACUATE, 0, PFN(0, 8), 2, MOV, 2, 0);
	begin_evacuation();
	finds("evacuate-result", tell(SPB_EV_EVACUATE_DONE, 0, SPB_NO_PFN, 2, UNMOV, 0, 0));
}

/* The scan after an evacuation leaves the content bits that pages justify. */
TEST(evacuation_leaves_exact_bits)
{
	begin_with_lists(3, 1);
	ALLOC(EMPTY, PFN(0, 0), 0, UNMOV, ALLOC_NOFRAGMENT);
	ALLOC(CLAIM_WHOLE, PFN(0, 4), 2, UNMOV, 0);
	tell(SPB_EV_EVACUATE, 0, PFN(0, 0), 2, MOV, 0, 0);
	tell(SPB_EV_DEFRAG_RUN, 0, PFN(0, 0), 0, MOV, 0, 0);
	tell(SPB_EV_EVACUATE, 0, PFN(0, 4), 2, MOV, 0, 0);
	tell(SPB_EV_DEFRAG_RUN, 0, PFN(0, 4), 0, MOV, 0, 0);
	tell(SPB_EV_PCP_PUT, 0, PFN(0, 6), 1, UNMOV, 0, 0);
	tell(SPB_EV_EVACUATE, 0, PFN(0, 4), 2, MOV, 0, 0);
	finds("model-content", tell(SPB_EV_DEFRAG_RUN, 0, PFN(0, 4), 0, MOV, 0, 0));
}

/* What is used: a pageblock of the first, a page of the second, one of the third, unmovable. */
static void begin_contiguous(void)
{
	begin(4);
	fill_spb(0);
	fill_spb(1);
	ALLOC(EMPTY, PFN(2, 0), 0, UNMOV, 0);
}

static void leave_little(void)
{
	for (unsigned int page = 4; page < 16; page += 4) {
		FREE(PFN(0, page), 2);
		FREE(PFN(1, page), 2);
	}
	FREE(PFN(1, 2), 1);
	FREE(PFN(1, 1), 0);
}

static void isolate_spb(unsigned int spb, bool on)
{
	for (unsigned int page = 0; page < 16; page += 4)
		tell(on ? SPB_EV_ISOLATE : SPB_EV_UNISOLATE, 0, PFN(spb, page), 2, MOV, 0, 0);
}

TEST(contiguous_requests_leave_no_isolation)
{
	begin_contiguous();
	fill_spb(3);
	leave_little();
	model_contig_begin(0);
	isolate_spb(1, true);
	finds("contig-isolation", model_contig_end(NO_PFN));
}

TEST(contiguous_requests_take_what_is_empty)
{
	begin_contiguous();
	leave_little();
	model_contig_begin(0);
	finds("contig-choice", tell(SPB_EV_ISOLATE, 0, PFN(1, 0), 2, MOV, 0, 0));
	model_contig_begin(0);
	finds("contig-choice", model_contig_end(NO_PFN));
	model_contig_begin(0);
	finds("contig-choice", tell(SPB_EV_ALLOC, SPB_STEP_CONTIG, PFN(1, 4), 2, MOV, 0, 0));
	model_contig_begin(0);
	for (unsigned int page = 0; page < 16; page += 4)
		tell(SPB_EV_ALLOC, SPB_STEP_CONTIG, PFN(3, page), 2, MOV, 0, 0);
	finds("contig-choice", model_contig_end(PFN(3, 0)));
	model_contig_begin(0);
	tell(SPB_EV_CONTIG, 0, PFN(3, 0), 0, 0, 1, 0);
	model_contig_end(PFN(3, 0));
}

TEST(contiguous_requests_empty_what_has_least)
{
	begin_contiguous();
	fill_spb(3);
	leave_little();
	model_contig_begin(0);
	finds("contig-choice", tell(SPB_EV_ISOLATE, 0, PFN(0, 0), 2, MOV, 0, 0));
	model_contig_begin(0);
	finds("contig-choice", tell(SPB_EV_ISOLATE, 0, PFN(1, 4), 2, MOV, 0, 0));
	model_contig_begin(0);
	finds("contig-choice", model_contig_end(NO_PFN));
	model_contig_begin(0);
	isolate_spb(1, true);
	finds("contig-choice", tell(SPB_EV_EVACUATE, 0, PFN(1, 4), 2, MOV, 3, 0));
	finds("contig-choice", tell(SPB_EV_UNISOLATE, 0, PFN(1, 0), 2, MOV, 0, 0));
	tell(SPB_EV_EVACUATE, 0, PFN(1, 0), 2, MOV, 3, 0);
	isolate_spb(1, false);
	finds("contig-choice", tell(SPB_EV_ISOLATE, 0, PFN(3, 0), 2, MOV, 0, 0));
}

TEST(zones_serve_in_the_order_of_the_zonelist)
{
	struct spb_config config = config_of(2);
	const uint32_t flags = ALLOC_WMARK_LOW | ALLOC_NOFRAGMENT;
	struct spb_event event = {
		.type = SPB_EV_ALLOC,
		.step = SPB_STEP_EMPTY,
		.zone = ZONE_DMA32,
		.mt = UNMOV,
		.pfn = 16,
		.arg = flags,
	};

	config.zones[0][ZONE_DMA32] = (struct spb_zone_config){ 16, 32 };
	assert_true(model_begin(&config, NULL));
	ask(ASK_PAGES, 0, 0, 0);
	WALK(0, 0, flags);
	finds("zone-order", model_event(&event));
	event.zone = NORMAL;
	event.spb = 2;
	event.pfn = PFN(0, 0);
	ask(ASK_PAGES, 0, 0, 0);
	WALK(0, 0, flags);
	model_event(&event);
	model_request_end();
}

TEST(the_reserve_gives_out_content_of_the_request)
{
	begin_tainted(2);
	any_request(__GFP_HIGH, 1);
	/* One per cent of it is less than half a pageblock. */
	finds("step-gate", tell(SPB_EV_HIGHATOMIC, 0, PFN(0, 0), 1, HIGHATOMIC, 1, 0));
	begin_tainted(13);
	any_request(__GFP_HIGH, 1);
	finds("step-gate", tell(SPB_EV_HIGHATOMIC, 0, PFN(1, 0), 1, HIGHATOMIC, 1, 0));
	finds("step-gate", tell(SPB_EV_HIGHATOMIC, 0, PFN(0, 0), 2, HIGHATOMIC, 1, 0));
	tell(SPB_EV_HIGHATOMIC, 0, PFN(0, 0), 1, HIGHATOMIC, 1, 0);
	finds("step-gate", tell(SPB_EV_HIGHATOMIC, 0, PFN(0, 4), 1, HIGHATOMIC, 1, 0));
	any_request(__GFP_RECLAIMABLE, 1);
	tell(SPB_EV_ALLOC, SPB_STEP_HIGHATOMIC, PFN(0, 2), 1, HIGHATOMIC,
	     ALLOC_NON_BLOCK | ALLOC_HIGHATOMIC, 0);
	tell(SPB_EV_HAS_SET, 0, PFN(0, 0), 2, UNMOV, 0, 0);
	tell(SPB_EV_RELABEL, 0, PFN(0, 0), 2, HIGHATOMIC, MOV, 0);
	finds("model-content", model_settle());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_relax_sequence_decides_as_posted),
		T(flags_follow_from_the_request),
		T(gates_are_given_up_in_order),
		T(what_is_left_to_try_is_tried),
		T(a_walk_fails_for_a_reason),
		T(callers_ask_in_order),
		T(a_tunable_blurs_the_request_under_way),
		T(evacuation_moves_to_clean_superpageblocks),
		T(migration_takes_pages_in_order),
		T(evacuation_empties_pageblocks_in_order),
		T(an_evacuation_ends_with_its_program),
		T(evacuation_leaves_exact_bits),
		T(contiguous_requests_leave_no_isolation),
		T(contiguous_requests_take_what_is_empty),
		T(contiguous_requests_empty_what_has_least),
		T(zones_serve_in_the_order_of_the_zonelist),
		T(the_reserve_gives_out_content_of_the_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
