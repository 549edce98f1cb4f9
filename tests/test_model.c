// SPDX-License-Identifier: GPL-2.0-only
/* The model alone: pages, the search, what is told, the comparisons; see model_fixture.h. */
#include "tests/model_fixture.h"

/* --- what is told must be what happened --- */

enum { RELABEL = 1, CONTENT = 2, MOVE = 4, TAINT = 8, ALL = 15 };

/* The first unmovable page, with some of what should be told about it. */
static void first_page(unsigned int told)
{
	begin(2);
	if (told & RELABEL)
		tell(SPB_EV_RELABEL, 0, PFN(0, 0), 2, UNMOV, MOV, 0);
	if (told & CONTENT)
		tell(SPB_EV_HAS_SET, 0, PFN(0, 0), 2, UNMOV, 0, 0);
	if (told & MOVE)
		tell(SPB_EV_LIST_MOVE, 0, PFN(0, 0), 0, 0, EMPTY * 5, TAINTED * 5 + 3);
	if (told & TAINT)
		tell(SPB_EV_TAINT, 0, PFN(0, 0), 0, 0, EMPTY, 0);
	ALLOC(EMPTY, PFN(0, 0), 0, UNMOV, ALLOC_NOFRAGMENT);
}

TEST(each_change_is_told)
{
	first_page(ALL);
	model_settle();
	first_page(ALL & ~RELABEL);
	finds("model-label", model_settle());
	first_page(ALL & ~CONTENT);
	finds("model-content", model_settle());
	first_page(ALL & ~MOVE);
	finds("model-list", model_settle());
	first_page(ALL & ~TAINT);
	finds("model-taint", model_settle());
}

TEST(each_change_is_told_once)
{
	first_page(ALL);
	finds("model-label", tell(SPB_EV_RELABEL, 0, PFN(0, 0), 2, UNMOV, MOV, 0));
	finds("model-content", tell(SPB_EV_HAS_SET, 0, PFN(0, 0), 2, UNMOV, 0, 0));
	finds("model-list", tell(SPB_EV_LIST_MOVE, 0, PFN(0, 0), 0, 0, EMPTY * 5, TAINTED * 5 + 3));
	finds("model-taint", tell(SPB_EV_TAINT, 0, PFN(0, 0), 0, 0, EMPTY, 0));
}

TEST(the_last_page_untaints)
{
	first_page(ALL);
	FREE(PFN(0, 0), 0);
	tell(SPB_EV_HAS_CLEAR, 0, PFN(0, 0), 2, UNMOV, 0, 0);
	tell(SPB_EV_LIST_MOVE, 0, PFN(0, 0), 0, 0, TAINTED * 5 + 3, EMPTY * 5);
	tell(SPB_EV_UNTAINT, 0, PFN(0, 0), 0, 0, EMPTY, 0);
	finds("model-label", model_settle());
	tell(SPB_EV_RELABEL, 0, PFN(0, 0), 2, MOV, UNMOV, 0);
	model_settle();
}

TEST(a_content_bit_stays_while_pages_do)
{
	first_page(ALL);
	tell(SPB_EV_HAS_CLEAR, 0, PFN(0, 0), 2, UNMOV, 0, 0);
	finds("model-content", model_settle());
	first_page(ALL);
	tell(SPB_EV_EVACUATE, 0, PFN(0, 0), 2, MOV, 0, 0);
	tell(SPB_EV_HAS_CLEAR, 0, PFN(0, 0), 2, UNMOV, 0, 0);
	finds("model-content", model_settle());
}

/* --- pages --- */

TEST(pages_are_taken_free_and_freed_used)
{
	begin(2);
	ALLOC(EMPTY, PFN(0, 0), 1, MOV, 0);
	finds("model-pages", ALLOC(OWN, PFN(0, 1), 0, MOV, 0));
	finds("model-pages", FREE(PFN(0, 2), 0));
	finds("model-pages", ALLOC(OWN, PFN(0, 3), 1, MOV, 0));
	FREE(PFN(0, 0), 1);
	finds("model-event", tell(SPB_EV_ALLOC, SPB_STEP_OWN, START - 1, 0, MOV, 0, 0));
	finds("model-event", ALLOC(OWN, PFN(0, 0), 3, MOV, 0));
}

/* --- the search --- */

TEST(tainting_is_for_those_whom_the_pool_cannot_serve)
{
	begin_tainted(3);
	finds("needless-taint", ALLOC(EMPTY, PFN(1, 0), 0, UNMOV, 0));
	/* The whole of superpageblock 0, page by pageblock. */
	ALLOC(OWN, PFN(0, 1), 0, UNMOV, 0);
	ALLOC(OWN, PFN(0, 2), 1, UNMOV, 0);
	ALLOC(CLAIM_WHOLE, PFN(0, 4), 2, UNMOV, 0);
	ALLOC(CLAIM_WHOLE, PFN(0, 8), 2, UNMOV, 0);
	ALLOC(CLAIM_WHOLE, PFN(0, 12), 2, UNMOV, 0);
	finds("step-gate", ALLOC(EMPTY, PFN(1, 0), 0, UNMOV, ALLOC_NOFRAGMENT));
	ALLOC(EMPTY, PFN(1, 0), 0, UNMOV, 0);
}

TEST(steps_come_in_order)
{
	begin_tainted(3);
	finds("search-order", ALLOC(CLAIM_WHOLE, PFN(0, 4), 0, UNMOV, 0));
	finds("search-order", ALLOC(BORROW_MOVABLE, PFN(0, 4), 0, UNMOV, ALLOC_NOFRAGMENT));
	ALLOC(EMPTY, PFN(1, 0), 0, MOV, 0);
	finds("search-order", ALLOC(EMPTY, PFN(2, 0), 0, MOV, 0));
	finds("search-order", ALLOC(OTHER, PFN(0, 4), 0, MOV, 0));
}

TEST(relabelling_needs_an_open_gate)
{
	begin_tainted(3);
	finds("step-gate", ALLOC(CLAIM_WHOLE, PFN(0, 4), 2, UNMOV, ALLOC_NOFRAGMENT));
	ALLOC(CLAIM_WHOLE, PFN(0, 4), 2, UNMOV, ALLOC_NOFRAGMENT | ALLOC_NOFRAG_TAINTED_OK);
	finds("step-gate", ALLOC(CLAIM, PFN(1, 0), 2, UNMOV, ALLOC_NOFRAGMENT));
}

/* |U... M... .... ....| and a reclaimable request for an order that only fragments have. */
static void begin_fragments(unsigned int nr_spbs)
{
	begin_tainted(nr_spbs);
	ALLOC(OWN, PFN(0, 1), 0, UNMOV, 0);
	ALLOC(OWN, PFN(0, 2), 1, UNMOV, 0);
	ALLOC(EMPTY, PFN(1, 0), 2, MOV, 0);
	for (unsigned int block = 1; block < 4; block++)
		ALLOC(OWN, PFN(1, 4 * block), 2, MOV, 0);
	for (unsigned int spb = 2; spb < nr_spbs; spb++) {
		ALLOC(EMPTY, PFN(spb, 0), 2, MOV, 0);
		for (unsigned int block = 1; block < 4; block++)
			ALLOC(OWN, PFN(spb, 4 * block), 2, MOV, 0);
	}
	ALLOC(OTHER, PFN(0, 4), 0, MOV, 0);
	ALLOC(OTHER, PFN(0, 8), 2, MOV, 0);
	/* The reserve is one pageblock: the last goes to an unmovable request. */
	finds("step-gate", ALLOC(OTHER, PFN(0, 12), 2, MOV, 0));
	ALLOC(CLAIM_WHOLE, PFN(0, 12), 2, UNMOV, 0);
}

TEST(few_superpageblocks_have_a_floor)
{
	begin_fragments(2);
	finds("step-gate",
	      ALLOC(CLAIM_PART, PFN(0, 6), 1, UNMOV, ALLOC_NOFRAGMENT | ALLOC_NOFRAG_TAINTED_OK));
	ALLOC(BORROW_MOVABLE, PFN(0, 6), 1, UNMOV, ALLOC_NOFRAGMENT | ALLOC_NOFRAG_TAINTED_OK);
	begin_fragments(9);
	ALLOC(CLAIM_PART, PFN(0, 6), 1, UNMOV, ALLOC_NOFRAGMENT | ALLOC_NOFRAG_TAINTED_OK);
}

/* Whatever the threshold: a zone that follows no policy is never one of many. */
TEST(one_superpageblock_has_a_floor)
{
	struct spb_config config = config_of(1);

	begin(1);
	config.tunables.aggressive_threshold = 0;
	assert_true(model_begin(&config, NULL));
	ALLOC(CLAIM, PFN(0, 0), 0, UNMOV, ALLOC_NOFRAGMENT);
	for (unsigned int block = 1; block < 4; block++)
		ALLOC(OWN, PFN(0, 4 * block), 2, MOV, ALLOC_NOFRAGMENT);
	finds("step-gate", ALLOC(CLAIM, PFN(0, 2), 1, MOV, ALLOC_NOFRAGMENT));
	ALLOC(CLAIM, PFN(0, 2), 1, MOV, 0);
}

TEST(borrowing_takes_from_its_list)
{
	begin_fragments(2);
	finds("search-order", ALLOC(STEAL, PFN(0, 6), 1, RECL, 0));
	finds("pick-order", ALLOC(BORROW_MOVABLE, PFN(0, 6), 0, RECL, ALLOC_NOFRAGMENT));
	ALLOC(BORROW_MOVABLE, PFN(0, 5), 0, RECL, ALLOC_NOFRAGMENT);
	begin_tainted(2);
	finds("pick-list", ALLOC(OWN, PFN(0, 4), 0, UNMOV, ALLOC_NOFRAGMENT));
	finds("pick-list", ALLOC(BORROW_OTHER, PFN(0, 4), 0, RECL, ALLOC_NOFRAGMENT));
	ALLOC(BORROW_OTHER, PFN(0, 1), 0, RECL, ALLOC_NOFRAGMENT);
}

TEST(own_lists_give_whole_pageblocks_first)
{
	begin(2);
	ALLOC(EMPTY, PFN(0, 0), 0, MOV, 0);
	finds("pick-order", ALLOC(OWN, PFN(0, 1), 0, MOV, 0));
	ALLOC(OWN, PFN(0, 4), 0, MOV, 0);
}

TEST(lists_are_walked_fullest_first)
{
	begin(3);
	ALLOC(EMPTY, PFN(0, 0), 2, MOV, 0);
	ALLOC(OWN, PFN(0, 4), 2, MOV, 0);
	finds("search-order", ALLOC(EMPTY, PFN(1, 0), 2, MOV, 0));
	ALLOC(OWN, PFN(0, 8), 2, MOV, 0);
	ALLOC(OWN, PFN(0, 12), 2, MOV, 0);
	ALLOC(EMPTY, PFN(1, 0), 2, MOV, 0);
	FREE(PFN(0, 8), 2);
	FREE(PFN(0, 12), 2);
	finds("fullest-first", ALLOC(OWN, PFN(1, 4), 2, MOV, 0));
	ALLOC(OWN, PFN(0, 8), 2, MOV, 0);
}

TEST(optional_requests_leave_what_is_not_theirs)
{
	begin_tainted(2);
	ALLOC(OWN, PFN(0, 1), 0, UNMOV, 0);
	finds("step-gate",
	      ALLOC(CLAIM, PFN(1, 0), 2, UNMOV, ALLOC_HIGHORDER_OPTIONAL | ALLOC_NOFRAGMENT));
	REFUSE(OPTIONAL_BLOCK, 2, UNMOV, 0);
	finds("refusal-true", REFUSE(OPTIONAL_PAGE, 2, UNMOV, 0));
	begin(2);
	finds("refusal-true", REFUSE(OPTIONAL_BLOCK, 2, UNMOV, 0));
	finds("refusal-true", REFUSE(NOFRAGMENT, 2, UNMOV, ALLOC_WMARK_LOW));
	REFUSE(NOFRAGMENT, 2, UNMOV, ALLOC_NOFRAGMENT);
}

/* --- zones --- */

TEST(watermarks_are_kept)
{
	struct spb_config config = config_of(2);

	begin(2);
	config.wmark_divisor = 8; /* 4, 6 and 8 of 32 pages */
	assert_true(model_begin(&config, NULL));
	for (unsigned int block = 0; block < 6; block++)
		alloc(block % 4 ? SPB_STEP_OWN : SPB_STEP_EMPTY, PFN(0, 4 * block), 2, MOV, 0);
	finds("watermark", REFUSE(WATERMARK, 0, MOV, ALLOC_WMARK_LOW));
	REFUSE(WATERMARK, 0, MOV, ALLOC_WMARK_HIGH);
	finds("watermark", ALLOC(OWN, PFN(1, 8), 2, MOV, ALLOC_WMARK_LOW));
	ALLOC(OWN, PFN(1, 8), 1, MOV, ALLOC_WMARK_LOW);
}

TEST(per_cpu_lists_follow_labels_and_content)
{
	begin_with_lists(2, 1);
	ALLOC(EMPTY, PFN(0, 0), 0, UNMOV, ALLOC_NOFRAGMENT);
	ALLOC(BORROW_OTHER, PFN(0, 1), 0, RECL, ALLOC_NOFRAGMENT);
	finds("pcp-content", FREE(PFN(0, 1), 0));
	finds("pcp-content", tell(SPB_EV_PCP_PUT, 0, PFN(0, 1), 0, RECL, 0, 0));
	tell(SPB_EV_PCP_PUT, 0, PFN(0, 1), 0, UNMOV, 1, 0);
	any_request(__GFP_RECLAIMABLE, 0);
	finds("pcp-content", tell(SPB_EV_PCP_GET, 0, PFN(0, 1), 0, RECL, 1, 0));
	any_request(0, 0);
	finds("pcp-content", tell(SPB_EV_PCP_GET, 0, PFN(0, 1), 0, UNMOV, 0, 0));
	any_request(0, 0);
	tell(SPB_EV_PCP_GET, 0, PFN(0, 1), 0, UNMOV, 1, 0);
	finds("model-pages", tell(SPB_EV_PCP_GET, 0, PFN(0, 1), 0, UNMOV, 1, 0));
}

/* --- comparisons with an allocator --- */

static struct model_spb_view told_view;
static struct page_run told_run;

static void view(unsigned int spb, struct model_spb_view *to)
{
	*to = spb ? (struct model_spb_view){ .nr_free = 4, .free_pages = 16 } : told_view;
}

static uint32_t first_pfn(void)
{
	return PFN(0, 0);
}

static uint32_t last_pfn(void)
{
	return PFN(0, 4);
}

static void run_at(uint32_t pfn, struct page_run *run)
{
	*run = told_run;
	run->pfn = pfn;
}

TEST(books_and_map_are_compared)
{
	const struct allocator_queries queries = {
		.min_pfn = first_pfn,
		.max_pfn = last_pfn,
		.run_at = run_at,
	};
	struct spb_config config = config_of(2);

	begin(2);
	assert_true(model_begin(&config, view));
	told_view = (struct model_spb_view){ .nr_free = 4, .free_pages = 16 };
	told_run = (struct page_run){ .state = PAGE_BUDDY, .pages = 4, .order = 2 };
	model_full(&queries);
	told_run.state = PAGE_ALLOCATED;
	finds("model-map", model_full(&queries));
	told_run = (struct page_run){ .state = PAGE_BUDDY, .pages = 2, .order = 1 };
	finds("model-map", model_full(&queries));
	assert_true(rules_select("-model-map", stderr));
	model_full(&queries);
	assert_true(rules_select("", stderr));
	told_view.free_pages = 15;
	finds("model-books", model_full(&queries));
	told_view.free_pages = 16;
	told_view.nr_movable = 1;
	finds("model-books", model_full(&queries));
}

/* What was so at no moment of a walk is no answer to it. */
TEST(walks_answer_what_was_so)
{
	begin_tainted(2);
	model_walk_begin(0, false, 0, 0);
	model_walk_end(true);
	model_walk_begin(0, false, 0, 0);
	finds("walk-answer", model_walk_end(false));
	/* Nothing is below order 0. */
	model_walk_begin(0, true, 0, UNMOV);
	finds("walk-answer", model_walk_end(true));
	/* It becomes tainted, and free again, in the middle: either answer will do. */
	begin(2);
	model_walk_begin(0, false, 0, 0);
	ALLOC(EMPTY, PFN(0, 0), 0, UNMOV, ALLOC_NOFRAGMENT);
	model_section(false);
	FREE(PFN(0, 0), 0);
	model_walk_end(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_change_is_told),
		T(each_change_is_told_once),
		T(the_last_page_untaints),
		T(a_content_bit_stays_while_pages_do),
		T(pages_are_taken_free_and_freed_used),
		T(tainting_is_for_those_whom_the_pool_cannot_serve),
		T(steps_come_in_order),
		T(relabelling_needs_an_open_gate),
		T(few_superpageblocks_have_a_floor),
		T(one_superpageblock_has_a_floor),
		T(borrowing_takes_from_its_list),
		T(own_lists_give_whole_pageblocks_first),
		T(lists_are_walked_fullest_first),
		T(optional_requests_leave_what_is_not_theirs),
		T(watermarks_are_kept),
		T(per_cpu_lists_follow_labels_and_content),
		T(books_and_map_are_compared),
		T(walks_answer_what_was_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
