/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the allocator tells while it works. Oracles, pictures and tests read these;
 * the core never acts on them. Names and meanings are in the tables beside this file.
 */
#ifndef SPB_EVENT_H
#define SPB_EVENT_H

#include "shim/types.h"

/* Where a page came from, in the order in which the search tries. */
enum spb_step {
#define SPB_STEP(id, name, text) SPB_STEP_##id,
#include "spb/steps.def"
#undef SPB_STEP
	NR_SPB_STEPS,
};

/* Why a zone, a step or the whole request was refused. */
enum spb_refusal {
#define SPB_REFUSAL(id, name, text) SPB_REFUSAL_##id,
#include "spb/refusals.def"
#undef SPB_REFUSAL
	NR_SPB_REFUSALS,
};

/* What the relax sequence at the end of get_page_from_freelist() decided. */
enum spb_relax {
#define SPB_RELAX(id, name, text) SPB_RELAX_##id,
#include "spb/relaxes.def"
#undef SPB_RELAX
	NR_SPB_RELAXES,
};

enum spb_event_type {
#define SPB_EVENT(id, name, arg, arg2, text) SPB_EV_##id,
#include "spb/events.def"
#undef SPB_EVENT
	NR_SPB_EVENTS,
};

/*
 * arg2 of a refusal: for "watermark", alloc_flags and above them the highest zone type of
 * the request; for "nofragment", alloc_flags; for the optional ones, how many tainted
 * superpageblocks are below their reserve.
 */
#define SPB_REFUSE_ZONE_SHIFT 16

#define SPB_NO_PFN 0xffffffffU
#define SPB_NO_SPB 0xffffU

/**
 * struct spb_event - one event
 * @type: enum spb_event_type
 * @step: enum spb_step, where the type says so
 * @zone: zone index (node * MAX_NR_ZONES + type)
 * @order: of the request or page
 * @mt: migratetype of the request or page
 * @spb: superpageblock, as index into the core's array, or SPB_NO_SPB
 * @pfn: page or first page of the pageblock, or SPB_NO_PFN
 * @gfp: flags of the request, for "relax" and "walk" (whose arg2 is alloc_flags); else 0
 */
struct spb_event {
	u8 type;
	u8 step;
	u8 zone;
	u8 order;
	u8 mt;
	u16 spb;
	u32 pfn;
	u32 arg;
	u32 arg2;
	u32 gfp;
};

#endif
