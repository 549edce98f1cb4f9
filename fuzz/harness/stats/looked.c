// SPDX-License-Identifier: GPL-2.0-only
/* Counts of tested rules, printed: see looked.h. */
#include "fuzz/harness/stats/looked.h"

#include <inttypes.h>

void looked_print(FILE *out)
{
	for (unsigned int i = 0; i < NR_RULES; i++) {
		uint64_t times;

		if (rule_tested(&rules[i], &times))
			fprintf(out, "%12" PRIu64 " %s\n", times, rules[i].name);
		else
			fprintf(out, "%12s %s\n", "-", rules[i].name);
	}
}

void looked_print_section(FILE *out, enum rule_section section)
{
	for (unsigned int i = 0; i < NR_RULES; i++) {
		uint64_t times;

		if (rule_section(&rules[i]) == section && rule_tested(&rules[i], &times))
			fprintf(out, "  %-16s %12" PRIu64 "\n", rules[i].name, times);
	}
}
