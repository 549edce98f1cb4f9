// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules about single events fire: a healthy allocator is said to have done what it must not
 * do. And what a report, the trace and the table of rules look like.
 */
#include "tests/healthy.h"

#include <stdio.h>
#include <string.h>

#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/report/signature.h"
#include "fuzz/harness/stats/trace.h"

/* --- events that must not happen --- */

static void tell(enum spb_event_type type, enum spb_step step, unsigned int spb, uint32_t pfn,
		 int mt, uint32_t arg)
{
	const struct spb_event event = {
		.type = (u8)type,
		.step = (u8)step,
		.zone = ZONE_NORMAL,
		.mt = (u8)mt,
		.spb = (u16)spb,
		.pfn = pfn,
		.arg = arg,
	};

	fx_happens(&event);
}

#define TELL_ALLOC(step, spb, page, mt) \
	tell(SPB_EV_ALLOC, SPB_STEP_##step, spb, FX_PFN(spb, page), MIGRATE_##mt, 0)
#define TELL_RELABEL(spb, page, mt, old)                                              \
	tell(SPB_EV_RELABEL, SPB_STEP_PCP, spb, FX_PFN(spb, page), MIGRATE_##mt, MIGRATE_##old)

TEST(steps_keep_to_their_category)
{
	healthy();
	expect_finding("claim-clean", TELL_ALLOC(CLAIM_WHOLE, CLEAN, 4, UNMOVABLE));
	healthy();
	expect_finding("claim-clean", TELL_ALLOC(CLAIM_PART, EMPTY, 4, RECLAIMABLE));
	healthy();
	expect_finding("borrow-clean", TELL_ALLOC(BORROW_OTHER, CLEAN, 0, UNMOVABLE));
	healthy();
	expect_finding("borrow-clean", TELL_ALLOC(BORROW_MOVABLE, CLEAN, 0, UNMOVABLE));
	healthy();
	expect_finding("step-category", TELL_ALLOC(OWN, TAINTED, 8, MOVABLE));
	healthy();
	expect_finding("step-category", TELL_ALLOC(OWN, CLEAN, 0, UNMOVABLE));
	healthy();
	expect_finding("step-category", TELL_ALLOC(EMPTY, TAINTED, 0, UNMOVABLE));
	healthy();
	expect_finding("step-category", TELL_ALLOC(OTHER, CLEAN, 0, MOVABLE));
}

/* Until isolation returns, what others do may have begun before. */
TEST(isolation_is_a_promise_until_it_ends)
{
	healthy();
	block(CLEAN, 1)->flags |= PB_migrate_isolate;
	tell(SPB_EV_ISOLATE, SPB_STEP_PCP, CLEAN, FX_PFN(CLEAN, 4), MIGRATE_MOVABLE, 0);
	tell(SPB_EV_PCP_PUT, SPB_STEP_PCP, CLEAN, FX_PFN(CLEAN, 4), MIGRATE_MOVABLE, 0);
	tell(SPB_EV_ISOLATE, SPB_STEP_PCP, CLEAN, FX_PFN(CLEAN, 8), MIGRATE_MOVABLE, 0);
	expect_finding("isolation-kept", tell(SPB_EV_PCP_PUT, SPB_STEP_PCP, CLEAN,
					      FX_PFN(CLEAN, 4), MIGRATE_MOVABLE, 0));
	expect_finding("isolation-kept", tell(SPB_EV_PCP_GET, SPB_STEP_PCP, CLEAN,
					      FX_PFN(CLEAN, 4), MIGRATE_MOVABLE, 0));
	/* Another CPU sees that it ends before that is told. */
	block(CLEAN, 1)->flags &= (u16)~PB_migrate_isolate;
	tell(SPB_EV_PCP_PUT, SPB_STEP_PCP, CLEAN, FX_PFN(CLEAN, 4), MIGRATE_MOVABLE, 0);
	tell(SPB_EV_UNISOLATE, SPB_STEP_PCP, CLEAN, FX_PFN(CLEAN, 4), MIGRATE_MOVABLE, 0);
	tell(SPB_EV_PCP_GET, SPB_STEP_PCP, CLEAN, FX_PFN(CLEAN, 4), MIGRATE_MOVABLE, 0);
}

/* The event comes after the counters changed: what counts is the state before. */
TEST(tainting_by_the_allocation_itself_is_no_excuse)
{
	healthy();
	block(CLEAN, 1)->flags |= PB_has_unmovable;
	fx_spb(CLEAN)->nr_unmovable++;
	fx_spb(CLEAN)->category = SB_TAINTED;
	expect_finding("claim-clean", TELL_ALLOC(CLAIM_WHOLE, CLEAN, 4, UNMOVABLE));
}

TEST(right_steps_are_no_finding)
{
	healthy();
	TELL_ALLOC(CLAIM_WHOLE, TAINTED, 12, UNMOVABLE);
	TELL_ALLOC(BORROW_OTHER, TAINTED, 4, UNMOVABLE);
	TELL_ALLOC(BORROW_MOVABLE, TAINTED, 8, UNMOVABLE);
	TELL_ALLOC(OWN, CLEAN, 0, MOVABLE);
	TELL_ALLOC(EMPTY, EMPTY, 0, UNMOVABLE);
	TELL_ALLOC(OWN, EMPTY, 0, UNMOVABLE);
}

TEST(movable_requests_leave_the_reserve)
{
	healthy();
	TELL_ALLOC(OTHER, TAINTED, 8, MOVABLE);
	expect_finding("reserve", TELL_ALLOC(OTHER, TAINTED, 12, MOVABLE));
}

TEST(borrowing_changes_no_label)
{
	healthy();
	expect_finding("borrow-label", TELL_ALLOC(BORROW_OTHER, TAINTED, 0, UNMOVABLE));
	healthy();
	expect_finding("borrow-label", TELL_ALLOC(BORROW_MOVABLE, TAINTED, 4, UNMOVABLE));
	healthy();
	TELL_ALLOC(BORROW_MOVABLE, TAINTED, 8, UNMOVABLE);
	TELL_RELABEL(TAINTED, 8, UNMOVABLE, MOVABLE);
	expect_finding("borrow-label", fx_after_op());
	/* The next request may claim what the last one borrowed from. */
	healthy();
	TELL_ALLOC(BORROW_MOVABLE, TAINTED, 8, UNMOVABLE);
	TELL_RELABEL(TAINTED, 8, UNMOVABLE, MOVABLE);
	TELL_ALLOC(CLAIM_PART, TAINTED, 8, UNMOVABLE);
	fx_after_op();
}

TEST(cross_relabel_wants_a_free_pageblock)
{
	healthy();
	TELL_RELABEL(TAINTED, 12, RECLAIMABLE, UNMOVABLE);
	TELL_RELABEL(TAINTED, 0, MOVABLE, UNMOVABLE);
	expect_finding("cross-relabel", TELL_RELABEL(TAINTED, 4, UNMOVABLE, RECLAIMABLE));
}

TEST(nothing_is_taken_from_what_is_held_as_a_whole)
{
	healthy();
	fx_spb(EMPTY)->contig_allocated = true;
	TELL_ALLOC(CONTIG, EMPTY, 0, MOVABLE);
	expect_finding("contig-steered", TELL_ALLOC(EMPTY, EMPTY, 0, MOVABLE));
}

TEST(defrag_leaves_clean_ones_alone)
{
	healthy();
	tell(SPB_EV_EVACUATE, SPB_STEP_PCP, TAINTED, FX_PFN(TAINTED, 8), MIGRATE_MOVABLE, 0);
	tell(SPB_EV_EVACUATE, SPB_STEP_PCP, CLEAN, FX_PFN(CLEAN, 0), MIGRATE_MOVABLE, 1);
	expect_finding("defrag-clean", tell(SPB_EV_EVACUATE, SPB_STEP_PCP, CLEAN, FX_PFN(CLEAN, 0),
					    MIGRATE_MOVABLE, 0));
}

/* --- the report --- */

static char *report_of_a_finding(char *to, size_t room)
{
	FILE *out = tmpfile();
	struct finding_info *info = &this_run->finding;
	size_t n;

	assert_non_null(out);
	spb_observer.picture(out, this_run, info);
	rewind(out);
	n = fread(to, 1, room - 1, out);
	to[n] = '\0';
	fclose(out);
	return to;
}

TEST(report_names_draws_and_signs)
{
	char text[4096], signature[128];

	healthy();
	this_run->op = OP_free;
	this_run->step = 7;
	tainted()->nr_free++;
	shim_touch(tainted());
	expect_finding("spb-nr-free", fx_after_op());
	assert_int_equal(this_run->finding.step, 7);
	assert_int_equal(this_run->finding.nr_spbs, 1);
	assert_int_equal(this_run->finding.spb[0], TAINTED);
	assert_non_null(strstr(this_run->finding.message, "superpageblock 0"));
	finding_signature(&this_run->finding, signature, sizeof(signature));
	assert_string_equal(signature, "spb-nr-free/-.high");
	report_of_a_finding(text, sizeof(text));
	assert_non_null(strstr(text, "|urmF|"));
	assert_non_null(strstr(text, "1 clean"));
	assert_null(strstr(text, "|FFFF|"));
	this_run->options.verbose = true;
	report_of_a_finding(text, sizeof(text));
	assert_non_null(strstr(text, "|FFFF|"));
}

/* The bucket of one superpageblock is looked at before the counter of the next, from which
 * such things follow. */
TEST(signature_names_the_rule_nearest_to_the_cause)
{
	char signature[128];

	healthy();
	tainted()->fullness ^= 1;
	shim_touch(tainted());
	expect_finding("spb-fullness", fx_after_op());
	finding_signature(&this_run->finding, signature, sizeof(signature));
	assert_string_equal(signature, "spb-fullness/-");
	healthy();
	tainted()->fullness ^= 1;
	shim_touch(tainted());
	fx_spb(CLEAN)->nr_free--;
	shim_touch(fx_spb(CLEAN));
	fx_oracles(true);
	expect_finding("spb-fullness", observe_after_op(this_run));
	fx_oracles(false);
	assert_string_equal(this_run->finding.cause, "spb-nr-free");
	finding_signature(&this_run->finding, signature, sizeof(signature));
	assert_string_equal(signature, "spb-nr-free/-.low");
}

/* Who works out the list of a superpageblock is to blame only where he was asked. */
TEST(signature_tells_a_wrong_list_from_none)
{
	struct zone *zone = fx_zone();

	for (unsigned int filed = 0; filed < 2; filed++) {
		unsigned long irqs;
		char signature[128];

		healthy();
		fx_oracles(true);
		this_run->options.close = true;
		spin_lock_irqsave(&zone->lock, irqs);
		if (filed)
			spb_update_list(tainted());
		tainted()->fullness ^= 1;
		list_move(&tainted()->list,
			  &zone->spb_lists[tainted()->category][tainted()->fullness]);
		shim_touch(tainted());
		expect_finding("spb-fullness", spin_unlock_irqrestore(&zone->lock, irqs));
		finding_signature(&this_run->finding, signature, sizeof(signature));
		if (filed)
			assert_string_equal(signature, "spb-fullness/spb_update_list");
		else
			assert_non_null(strstr(signature, "_none.stale"));
	}
}

TEST(trace_sees_state_and_order)
{
	uint64_t before, after;

	healthy();
	before = trace_of_state(this_run);
	assert_true(before == trace_of_state(this_run));
	list_move_tail(&fx_spb(EMPTY)->list, &fx_zone()->spb_empty);
	after = trace_of_state(this_run);
	assert_true(before != after);
}

/* --- the rules --- */

/* docs/rules.md has a row `| `name` | meaning | source |` for each rule, and no other. */
TEST(documentation_lists_the_rules)
{
	FILE *docs = fopen("docs/rules.md", "r");
	unsigned int listed = 0, tables = 0;
	char line[512], name[64], row[512];

	if (!docs)
		skip();
	while (fgets(line, sizeof(line), docs)) {
		const struct rule *rule;

		tables += !strncmp(line, "| rule | meaning |", 18);
		if (sscanf(line, "| `%63[^`]` |", name) != 1)
			continue;
		rule = rule_by_name(name);
		if (!rule)
			fail_msg("docs/rules.md lists %s, which is no rule", name);
		snprintf(row, sizeof(row), "| `%s` | %s | %s |", name, rule->meaning, rule->source);
		if (strncmp(line, row, strlen(row)))
			fail_msg("docs/rules.md says something else about %s", name);
		listed++;
	}
	fclose(docs);
	assert_true(tables >= 10);
	assert_int_equal(listed, NR_RULES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(steps_keep_to_their_category),
		T(isolation_is_a_promise_until_it_ends),
		T(tainting_by_the_allocation_itself_is_no_excuse),
		T(right_steps_are_no_finding),
		T(movable_requests_leave_the_reserve),
		T(borrowing_changes_no_label),
		T(cross_relabel_wants_a_free_pageblock),
		T(nothing_is_taken_from_what_is_held_as_a_whole),
		T(defrag_leaves_clean_ones_alone),
		T(report_names_draws_and_signs),
		T(signature_names_the_rule_nearest_to_the_cause),
		T(signature_tells_a_wrong_list_from_none),
		T(trace_sees_state_and_order),
		T(documentation_lists_the_rules),
	};

	return RUN(tests);
}
