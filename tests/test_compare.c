// SPDX-License-Identifier: GPL-2.0-only
/* What explains that two runs of a program part under two policies, and what does not. */
#include <string.h>

#include "fuzz/harness/program/policy.h"
#include "fuzz/harness/program/program.h"
#include "tests/fixture.h"

static const struct policy *policy(const char *name)
{
	for (unsigned int i = 0; i < nr_policies; i++)
		if (!strcmp(policies[i].name, name))
			return &policies[i];
	fail_msg("no policy %s", name);
	return NULL;
}

static struct policy_step relax(enum spb_relax decision)
{
	return (struct policy_step){
		.op = OP_alloc,
		.event = { .type = SPB_EV_RELAX, .order = 3, .arg = decision, .gfp = 0x2000 },
	};
}

TEST(a_refusal_that_is_one_no_more)
{
	const struct policy *off = policy("refusal-off");
	struct policy_step was = relax(SPB_RELAX_SMALLER), is = relax(SPB_RELAX_TAINTED_OK);

	assert_true(policy_explains(off, &was, &is, false));
	assert_true(policy_explains(off, &is, &was, false));
	/* Not of this policy; neither is the refusal; another request; only one run goes on. */
	assert_false(policy_explains(policy("kvmalloc-noretry"), &was, &is, true));
	assert_false(policy_explains(policy("reserve-none"), &was, &is, false));
	was = relax(SPB_RELAX_DROP);
	assert_false(policy_explains(off, &was, &is, true));
	was = relax(SPB_RELAX_SMALLER);
	was.event.order = 2;
	assert_false(policy_explains(off, &was, &is, true));
	assert_false(policy_explains(off, NULL, &is, true));
	assert_false(policy_explains(off, &was, NULL, true));
	is.event.type = SPB_EV_ALLOC;
	assert_false(policy_explains(off, &was, &is, true));
}

TEST(a_reserve_matters_where_something_is_tainted)
{
	struct policy_step was = relax(SPB_RELAX_DROP), is = relax(SPB_RELAX_SMALLER);

	assert_true(policy_explains(policy("reserve-large"), &was, &is, true));
	assert_true(policy_explains(policy("reserve-large"), &was, NULL, true));
	assert_false(policy_explains(policy("reserve-large"), &was, &is, false));
}

TEST(kvmalloc_matters_in_kvmalloc)
{
	struct policy_step was = relax(SPB_RELAX_SMALLER), is = relax(SPB_RELAX_NORETRY);
	const struct policy *noretry = policy("kvmalloc-noretry");

	assert_false(policy_explains(noretry, &was, &is, true));
	was.op = is.op = OP_kvmalloc;
	assert_true(policy_explains(noretry, &was, &is, false));
}

TEST(a_program_may_set_what_is_pinned)
{
	struct policy_step was = relax(SPB_RELAX_SMALLER), is = relax(SPB_RELAX_TAINTED_OK);

	was.event.type = SPB_EV_TUNABLE;
	was.event.arg = SPB_TUNABLE_lower_order_refusal;
	assert_true(policy_explains(policy("refusal-off"), &was, &is, false));
	assert_false(policy_explains(policy("all-zones"), &was, &is, false));
}

TEST(events_differ_in_any_field)
{
	struct spb_event a = { .type = SPB_EV_ALLOC, .pfn = 7 }, b = a;

	assert_true(policy_same_event(&a, &b));
	b.pfn = 8;
	assert_false(policy_same_event(&a, &b));
	b = a;
	b.gfp = 1;
	assert_false(policy_same_event(&a, &b));
}

TEST(pins_are_applied)
{
	struct spb_tunables tunables = { .reserve_min = 4, .reserve_divisor = 32 };

	policy_apply(NULL, &tunables);
	assert_int_equal(tunables.reserve_min, 4);
	policy_apply(policy("reserve-large"), &tunables);
	assert_int_equal(tunables.reserve_min, 8);
	assert_int_equal(tunables.reserve_divisor, 2);
	assert_true(policy_pins(policy("reserve-large"), SPB_TUNABLE_reserve_divisor));
	assert_false(policy_pins(policy("reserve-large"), SPB_TUNABLE_defrag));
	assert_false(policy_pins(NULL, SPB_TUNABLE_reserve_min));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_refusal_that_is_one_no_more),
		T(a_reserve_matters_where_something_is_tainted),
		T(kvmalloc_matters_in_kvmalloc),
		T(a_program_may_set_what_is_pinned),
		T(events_differ_in_any_field),
		T(pins_are_applied),
	};

	return RUN(tests);
}
