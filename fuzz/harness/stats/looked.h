/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling how often rules were put to the test: see rule.h. */
#ifndef HARNESS_LOOKED_H
#define HARNESS_LOOKED_H

#include <stdio.h>

#include "fuzz/harness/rule/rule.h"

/* "<times> <rule>" for each rule, "-" where nobody counts. */
void looked_print(FILE *out);
/* The other way round, for the rules of one section. */
void looked_print_section(FILE *out, enum rule_section section);

#endif
