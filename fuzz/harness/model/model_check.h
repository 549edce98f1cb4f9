/* SPDX-License-Identifier: GPL-2.0-only */
/* How the model judges: what a rule wants is so, or that is a finding. */
#ifndef HARNESS_MODEL_CHECK_H
#define HARNESS_MODEL_CHECK_H

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/reach.h"
#include "fuzz/harness/model/model_state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/text/said.h"

/* Report unless @ok, and count that the rule was put to the test. @tell: said before, about
 * what is to blame. When the rule is switched off, go on. */
#define model_check_telling(id, ok, tell, ...)                       \
	do {                                                         \
		looked(id);                                          \
		if (__builtin_expect(!(ok), 0)) {                    \
			if (!rule_is_on(RULE_##id)) {                \
				model_pass_over(RULE_##id);          \
				break;                               \
			}                                            \
			tell;                                        \
			finding(rules[RULE_##id].name, __VA_ARGS__); \
		}                                                    \
	} while (0)

#define model_check(id, ok, ...) model_check_telling(id, ok, (void)0, __VA_ARGS__)

/* The same where the model cannot go on: a rule that is switched off ends the program. */
#define model_must(id, ok, ...)                                      \
	do {                                                         \
		looked(id);                                          \
		if (__builtin_expect(!(ok), 0))                      \
			finding(rules[RULE_##id].name, __VA_ARGS__); \
	} while (0)

/* A rule that is switched off is broken: what followed from it says nothing any more. */
void model_pass_over(enum rule_id rule);
/* Is any rule on that says what a search must do? */
bool model_judges_search(void);

/* @ok, or it only was so before another CPU came: that is counted. */
static inline bool model_legal(enum reach_dropped dropped, bool ok)
{
	if (ok || model.alone)
		return ok;
	reach_dropped(dropped);
	return true;
}

#endif
