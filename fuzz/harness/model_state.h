/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the model share: its state, and small questions about it. */
#ifndef HARNESS_MODEL_STATE_H
#define HARNESS_MODEL_STATE_H

#include "fuzz/harness/model.h"
#include "fuzz/harness/report.h"
#include "spb/gfp.h"

#define MODEL_MAX_PAGES 16384
#define MODEL_MAX_SPBS 512
#define MODEL_ZONES (MAX_NUMNODES * MAX_NR_ZONES)
#define MODEL_ORDERS 11
#define NO_ORDER 0xff

/* Migratetypes by the numbers that events carry; lists have the same. */
enum mtype { UNMOV, MOV, RECL, HIGHATOMIC, CMA, ISOLATED, NR_MTYPES };
enum content { HAS_UNMOV, HAS_RECL, HAS_MOV, NR_CONTENTS };
enum category { CLEAN, TAINTED, EMPTY, HELD_WHOLE };

enum mstate { M_NONE, M_FREE, M_PCP, M_USED, M_HELD };

/* @order, @list: of a free buddy, at its head; NO_ORDER elsewhere. @type: of the content */
struct mpage {
	uint8_t state;
	uint8_t order;
	uint8_t list;
	uint8_t type;
};

/* @told_*: what events said; the rest follows from the pages. Counts are pages. */
struct mblock {
	uint8_t label, told_label;
	uint8_t has, told_has;
	bool isolated, reserved, partial, all_free, evacuated, touched;
	uint16_t spb;
	uint16_t usable, free, pcp, used[NR_CONTENTS];
};

struct mspb {
	uint32_t start, end; /* what the zone has of it */
	uint8_t zone;
	bool held, touched, told_tainted;
	uint16_t total, reserved, nr_free, has[NR_CONTENTS], partial;
	uint32_t free_pages;
	uint16_t buddies[NR_MTYPES][MODEL_ORDERS];
	uint8_t category, fullness;
	uint8_t told_category, told_fullness;
	uint32_t moved; /* when it got to the head of its list */
};

struct mzone {
	uint32_t start, end;
	uint16_t first_spb, nr_spbs;
	uint32_t managed, wmark[3], lowmem[MAX_NR_ZONES];
	uint32_t pages[NR_MTYPES]; /* by list */
	uint32_t pcp;
	/* the last page taken, while more of one refill may follow */
	bool batch;
	uint8_t batch_step, batch_cpu;
	uint32_t batch_flags;
};

struct model {
	struct spb_config config;
	struct spb_tunables tunables;
	uint32_t base; /* first page of the arrays */
	uint32_t nr_pages, nr_blocks, nr_spbs;
	uint32_t clock;
	bool on, wmark_once;
	bool from_reserve, refused; /* the last page taken; the relax sequence of this call */
	uint32_t reserve_pfn, reserve_end;
	void (*view)(unsigned int spb, struct model_spb_view *view);
	struct mpage page[MODEL_MAX_PAGES];
	struct mblock block[MODEL_MAX_PAGES];
	struct mspb spb[MODEL_MAX_SPBS];
	struct mzone zone[MODEL_ZONES];
	uint16_t touched_blocks[MODEL_MAX_PAGES], touched_spbs[MODEL_MAX_SPBS];
	uint32_t nr_touched_blocks, nr_touched_spbs;
	/* an evacuation has begun there, and may clear content bits */
	uint16_t evacuated_blocks[MODEL_MAX_PAGES];
	uint32_t nr_evacuated_blocks;
};

extern struct model model;

struct request {
	uint8_t zone, order, mt;
	uint32_t flags;
};

/* One that the search may serve: from which step, superpageblock, list and buddy size. */
struct pick {
	uint8_t step;
	uint16_t spb;
	uint8_t list, order;
};

/* Report unless @ok, and count that the rule was put to the test. */
extern const char *const model_rule_names[NR_MODEL_RULES];
#define model_check(id, ok, ...)                                         \
	do {                                                             \
		model_checks[MODEL_##id]++;                              \
		if (__builtin_expect(!(ok), 0))                          \
			finding(model_rule_names[MODEL_##id], __VA_ARGS__); \
	} while (0)

static inline struct mpage *mpage(uint32_t pfn)
{
	return &model.page[pfn - model.base];
}

static inline bool mpage_valid(uint32_t pfn)
{
	return pfn - model.base < model.nr_pages;
}

static inline struct mblock *mblock(uint32_t pfn)
{
	return &model.block[(pfn - model.base) >> model.config.block_order];
}

static inline uint32_t block_pages(void)
{
	return 1u << model.config.block_order;
}

static inline uint32_t block_start(uint32_t pfn)
{
	return pfn & ~(block_pages() - 1);
}

static inline struct mspb *mspb(uint32_t pfn)
{
	return &model.spb[mblock(pfn)->spb];
}

static inline uint8_t list_of(uint32_t pfn)
{
	const struct mblock *b = mblock(pfn);

	return b->isolated ? ISOLATED : b->label;
}

static inline bool nonmovable(unsigned int mt)
{
	return mt == UNMOV || mt == RECL;
}

static inline enum content content_of(unsigned int mt)
{
	return mt == RECL ? HAS_RECL : mt == MOV || mt == CMA ? HAS_MOV : HAS_UNMOV;
}

static inline bool steered(unsigned int zone)
{
	return model.zone[zone].nr_spbs >= 2;
}

/* --- model.c: pages, buddies, and what follows from them --- */

/* Head of the free buddy that @pfn is in, or NO_PFN. */
uint32_t buddy_head(uint32_t pfn);
uint16_t tainted_reserve(const struct mspb *s);
void derive_category(const struct mspb *s, uint8_t *category, uint8_t *fullness);
void model_touch(uint32_t pfn);
/* Free pages leave for @state, or come back; the rest follows. */
void model_take(uint32_t pfn, unsigned int order, unsigned int mt, enum mstate state);
void model_put(uint32_t pfn, unsigned int order);
void model_set_pages(uint32_t pfn, unsigned int order, enum mstate state, unsigned int type);
void model_relabel(uint32_t pfn, uint32_t pages, unsigned int mt);
void model_isolate(uint32_t first, bool on);
void model_set_content(uint32_t pfn, enum content content, bool on);
/* Content came or went: an untainted superpageblock keeps no non-movable label. */
void model_follow(struct mspb *s);

void build_zones(const struct spb_config *config); /* model_init.c */

/* --- model_search.c --- */

/* Does @pick say from where the request must be served now? false: from nowhere. */
bool model_search(const struct request *r, struct pick *pick);
/* Was it right that this step took 2^order pages at @pfn, which are still free here? */
void check_pick(const struct request *r, unsigned int step, uint32_t pfn);
bool tainted_evidence(unsigned int zone, bool *block);
bool can_serve_smaller(unsigned int zone, unsigned int order, unsigned int mt);

/* --- model_zone.c --- */

bool watermark_ok(unsigned int zone, unsigned int order, uint32_t flags, unsigned int highest);
void check_refusal(const struct spb_event *e, bool alone);
void check_evacuated(const struct spb_event *e);
void check_relax(const struct spb_event *e, bool alone);

#endif
