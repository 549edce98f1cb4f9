// SPDX-License-Identifier: GPL-2.0-only
/* A function for each rule: see broken.h. */
#include "fuzz/harness/target/broken.h"

#include <stdio.h>
#include <stdlib.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/report/signature.h"
#include "fuzz/harness/rule/rule.h"

/* (The text keeps compilers from making one function of equal ones.) */
#define RULE(id, ...)                                                            \
	__attribute__((noreturn, __noinline__, cold)) static void broken_##id(void) \
	{                                                                        \
		__asm__ volatile("# " #id);                                      \
		__builtin_trap();                                                \
	}
#include "fuzz/harness/rule/rules.def"

static void (*const ends[NR_RULES])(void) = {
#define RULE(id, ...) [RULE_##id] = broken_##id,
#include "fuzz/harness/rule/rules.def"
};

void broken(const struct finding_info *info)
{
	const struct rule *rule = rule_by_name(info->cause);
	char signature[160];

	finding_signature(info, signature, sizeof(signature));
	fprintf(stderr, "ASSERTION FAILED: FuzzerHash=%s\n", signature);
	if (rule)
		ends[rule - rules]();
	abort();
}
