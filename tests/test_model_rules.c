// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model with some of its rules switched off: what a changed policy does on purpose is no
 * finding, and nothing follows from it in the rules that are left. See model_fixture.h.
 */
#include "fuzz/harness/rule/rule.h"
#include "tests/model_fixture.h"

static void only(const char *list)
{
	assert_true(rules_select(list, stderr));
}

/* Nothing is found: what @finds() would come back to is over. */
#define is_quiet(what) \
	do { \
		if (sigsetjmp(after_finding, 0)) \
			fail_msg("%s was found", this_run->finding.rule); \
		what; \
	} while (0)

static int all_of_them(void **state)
{
	(void)state;
	only("");
	return 0;
}

/* |U... .... .... ....| with all that should be told, and then a page from a step too late. */
static void serve_out_of_order(void)
{
	begin_tainted(3);
	ALLOC(CLAIM_WHOLE, PFN(0, 4), 0, UNMOV, 0);
}

TEST(a_search_in_another_order_is_followed)
{
	finds("search-order", serve_out_of_order());
	only("safety,books,policy");
	is_quiet(serve_out_of_order());
	/* Pages are known as well as ever. */
	finds("model-pages", ALLOC(OWN, PFN(0, 4), 0, UNMOV, 0));
	only("books");
	is_quiet(serve_out_of_order());
	FREE(PFN(0, 4), 0);
}

TEST(a_taint_is_judged_without_the_search)
{
	only("policy");
	begin_tainted(3);
	finds("needless-taint", ALLOC(EMPTY, PFN(1, 0), 0, UNMOV, 0));
	only("books,-needless-taint");
	begin_tainted(3);
	is_quiet(ALLOC(EMPTY, PFN(1, 0), 0, UNMOV, 0));
}

/* To a list of CPU 0 goes what the label says, which is not what the step would have made of it. */
TEST(lists_of_a_cpu_follow_the_label_that_was_told)
{
	only("books");
	begin_with_lists(3, 1);
	ALLOC(EMPTY, PFN(0, 0), 0, UNMOV, ALLOC_NOFRAGMENT);
	is_quiet(tell(SPB_EV_PCP_PUT, 0, PFN(0, 0), 0, MOV, 0, 0));
	only("books,model-label");
	begin_with_lists(3, 1);
	ALLOC(EMPTY, PFN(0, 0), 0, UNMOV, ALLOC_NOFRAGMENT);
	finds("pcp-content", tell(SPB_EV_PCP_PUT, 0, PFN(0, 0), 0, MOV, 0, 0));
}

/* The claim of a pageblock that keeps its label; the merge of a free one looks at labels. */
static void claim_without_a_label(void)
{
	begin_tainted(3);
	tell(SPB_EV_RELABEL, 0, PFN(0, 0), 2, UNMOV, MOV, 0);
	ALLOC(CLAIM_WHOLE, PFN(0, 4), 2, UNMOV, 0);
	tell(SPB_EV_HAS_SET, 0, PFN(0, 0), 2, UNMOV, 0, 0);
	tell(SPB_EV_HAS_SET, 0, PFN(0, 4), 2, UNMOV, 0, 0);
	tell(SPB_EV_LIST_MOVE, 0, PFN(0, 0), 0, 0, EMPTY * 5, TAINTED * 5 + 2);
	tell(SPB_EV_TAINT, 0, PFN(0, 0), 0, 0, EMPTY, 0);
	model_settle();
}

TEST(labels_are_those_that_were_told)
{
	finds("model-label", claim_without_a_label());
	only("safety,books,policy");
	is_quiet(claim_without_a_label());
	/* It is movable still, so a movable page may be borrowed from there, in whatever order. */
	FREE(PFN(0, 4), 2);
	tell(SPB_EV_HAS_CLEAR, 0, PFN(0, 4), 2, UNMOV, 0, 0);
	tell(SPB_EV_LIST_MOVE, 0, PFN(0, 0), 0, 0, TAINTED * 5 + 2, TAINTED * 5 + 3);
	model_settle();
	finds("model-content", tell(SPB_EV_HAS_CLEAR, 0, PFN(0, 4), 2, UNMOV, 0, 0));
}

/* Two walks with the flags of the first: somebody changed what a request gives up, and when. */
static void give_up_nothing(void)
{
	begin_tainted(3);
	ask(ASK_PAGES, 0, 0, 0);
	WALK(0, 0, FIRST);
	NOTHING(0, 0, FIRST);
	WALK(0, 0, FIRST);
	tell(SPB_EV_ALLOC, SPB_STEP_OWN, PFN(0, 1), 0, UNMOV, FIRST, 0);
	model_request_end();
}

TEST(a_request_has_what_its_events_say)
{
	finds("null-early", give_up_nothing());
	only("-null-early");
	finds("request-stage", give_up_nothing());
	/* Out of step it foretells nothing more, not even flags. */
	only("-null-early,-request-stage");
	is_quiet(give_up_nothing());
	only("safety,books,policy");
	is_quiet(give_up_nothing());
}

/* From where nothing must be taken: the watermark is judged by the flags that events carry. */
TEST(the_watermark_is_judged_by_the_flags_of_events)
{
	struct spb_config config = config_of(2);

	config.wmark_divisor = 1;
	only("policy");
	this_run->options.quiet = true;
	this_run->on_finding = come_back;
	assert_true(model_begin(&config, NULL));
	ask(ASK_PAGES, 0, 0, 0);
	WALK(0, 0, FIRST);
	finds("watermark", tell(SPB_EV_ALLOC, SPB_STEP_EMPTY, PFN(0, 0), 0, UNMOV, FIRST, 0));
}

/* Whether a walk is for the whole of a batch is known only as long as walks are foretold. */
static void serve_a_part_of_a_batch(void)
{
	struct spb_config config = config_of(3);

	config.wmark_divisor = 8;
	this_run->options.quiet = true;
	this_run->on_finding = come_back;
	assert_true(model_begin(&config, NULL));
	ask(ASK_BULK, 0, 0, 45);
	WALK(0, 0, FIRST);
	tell(SPB_EV_ALLOC, SPB_STEP_EMPTY, PFN(0, 0), 0, UNMOV, FIRST, 0);
	model_request_end();
}

TEST(a_batch_may_come_in_parts)
{
	finds("watermark", serve_a_part_of_a_batch());
	only("safety,books,policy");
	is_quiet(serve_a_part_of_a_batch());
}

#define R(name) cmocka_unit_test_teardown(name, all_of_them)

int main(void)
{
	const struct CMUnitTest tests[] = {
		R(a_search_in_another_order_is_followed),
		R(a_taint_is_judged_without_the_search),
		R(lists_of_a_cpu_follow_the_label_that_was_told),
		R(labels_are_those_that_were_told),
		R(a_request_has_what_its_events_say),
		R(a_batch_may_come_in_parts),
		R(the_watermark_is_judged_by_the_flags_of_events),
	};

	return cmocka_run_group_tests_name("model_rules", tests, NULL, NULL);
}
