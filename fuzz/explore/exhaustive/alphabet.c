// SPDX-License-Identifier: GPL-2.0-only
/* What programs are made of: see alphabet.h. The alphabet starts as zeroes. */
#include "fuzz/explore/exhaustive/alphabet.h"

#include <string.h>

#include "spb/gfp.h"

static const char alphabet_mix[] =
	"U0a U0k U1k U2b U2n R0k R1a R2k M0k M1a M2k free evacU1 evacR2 work "
	"iso0 uniso0 contig time drain";

static const char alphabet_wide[] =
	"U0a U0k U0b U0n U0e U0m U0t U1a U1k U1b U1n U1t U2a U2k U2b U2n U3a "
	"R0a R0k R0b R0n R1a R1k R1b R1n R2a R2k R2b R2n "
	"M0a M0k M0b M0n M0m M1a M1k M1b M1n M2a M2k M2b M2n "
	"free evacU0 evacU1 evacU2 evacR0 evacR1 evacR2 work work1 iso0 uniso0 iso3 uniso3 iso4 "
	"contig time drain compact1 compact2 reclaim";

/* May shim_out_of_memory() be asked? Too many are no harm: states are told apart then. */
static bool may_kill(const struct program_record *record)
{
	return record->op == OP_alloc && (record->gfp & __GFP_DIRECT_RECLAIM) &&
	       (record->gfp & (__GFP_FS | __GFP_NOFAIL));
}

const char *alphabet_read(struct alphabet *alphabet, const char *names)
{
	static char copy[1024];

	if (!strcmp(names, "mix"))
		names = alphabet_mix;
	if (!strcmp(names, "wide"))
		names = alphabet_wide;
	if (strlen(names) >= sizeof(copy))
		return "(as long a list)";
	strcpy(copy, names);
	for (char *name = strtok(copy, ", "); name; name = strtok(NULL, ", ")) {
		if (!strcmp(name, "free"))
			alphabet->frees = true;
		else if (!calls_add(&alphabet->calls, &alphabet->header, name))
			return name;
	}
	for (unsigned int i = 0; i < alphabet->calls.nr; i++)
		alphabet->kills |= may_kill(&alphabet->calls.call[i].record);
	return NULL;
}
