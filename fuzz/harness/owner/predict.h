/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rule a call breaks, decided before it is made from its arguments, the geometry and
 * the program's own records of what it holds. Checks come in the order of spb/contracts.def.
 */
#ifndef HARNESS_PREDICT_H
#define HARNESS_PREDICT_H

#include "fuzz/harness/base/allocator.h"
#include "fuzz/harness/base/observer.h"
#include "spb/rules.h"

struct run;

enum spb_rule predict_alloc(const struct run *run, uint32_t gfp, unsigned int order,
			    unsigned int nid, uint32_t nodemask);
enum spb_rule predict_caller(const struct run *run, enum caller_kind kind, uint32_t nr_pages,
			     unsigned int order, uint32_t gfp);
enum spb_rule predict_free(const struct run *run, uint32_t pfn, unsigned int order);
enum spb_rule predict_split(const struct run *run, uint32_t pfn, unsigned int order,
			    unsigned int new_order);
enum spb_rule predict_isolate(const struct run *run, uint32_t pfn, bool on);
enum spb_rule predict_contig_free(const struct run *run, uint32_t pfn);

/* Which pageblocks are isolated follows from events, in the order in which locks were held. */
extern const struct observer predict_observer;

/* May a request with these limits get pages at @pfn? */
bool predict_zone_allowed(const struct run *run, uint32_t pfn, uint32_t gfp, unsigned int nid,
			  uint32_t nodemask);

#endif
