// SPDX-License-Identifier: GPL-2.0-only
/* Counts of tested rules: see looked.h. */
#include "fuzz/harness/stats/looked.h"

#include <inttypes.h>
#include <string.h>

#include "fuzz/harness/check/spb/liveness.h"
#include "fuzz/harness/model/model.h"
#include "fuzz/harness/base/finding.h"

uint64_t looks[NR_LOOKS];

static const char *const look_rules[NR_LOOKS] = {
#define X(id, rules) [LOOK_##id] = rules,
	LOOKS(X)
#undef X
};

static const char *const liveness_names[NR_LIVENESS_RULES] = {
#define X(id, name, text, source) [LIVENESS_##id] = name,
	LIVENESS_RULES(X)
#undef X
};

/* Is @name one of the words of @rules? */
static bool is_word_of(const char *name, const char *rules)
{
	size_t length = strlen(name);

	for (const char *at = rules; (at = strstr(at, name)); at += length)
		if ((at == rules || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

bool rule_tested(const char *name, uint64_t *times)
{
	for (unsigned int i = 0; i < NR_MODEL_RULES; i++)
		if (!strcmp(model_rule_names[i], name)) {
			*times = model_checks[i];
			return true;
		}
	for (unsigned int i = 0; i < NR_LIVENESS_RULES; i++)
		if (!strcmp(liveness_names[i], name)) {
			*times = liveness_checks[i];
			return true;
		}
	for (unsigned int i = 0; i < NR_LOOKS; i++)
		if (is_word_of(name, look_rules[i])) {
			*times = looks[i];
			return true;
		}
	return false;
}

void looked_print(FILE *out)
{
	for (unsigned int i = 0; i < nr_rules; i++) {
		uint64_t times;

		if (rule_tested(rules[i].name, &times))
			fprintf(out, "%12" PRIu64 " %s\n", times, rules[i].name);
		else
			fprintf(out, "%12s %s\n", "-", rules[i].name);
	}
}
