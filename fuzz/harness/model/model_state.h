/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the model share: its state, and small questions about it. */
#ifndef HARNESS_MODEL_STATE_H
#define HARNESS_MODEL_STATE_H

#include "fuzz/harness/model/model.h"
#include "fuzz/harness/rule/rule.h"
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

/*
 * @order, @list: of a free buddy, at its head; NO_ORDER elsewhere. @list of a page on a
 * per-CPU list: the CPU. @type: of the content
 */
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
	bool isolated, reserved, partial, touched;
	uint16_t spb;
	uint16_t usable, free, pcp, used[NR_CONTENTS];
	uint32_t evacuated; /* in this operation its content bits may be cleared */
};

struct mspb {
	uint32_t start, end; /* what the zone has of it */
	uint8_t zone;
	bool held, touched, told_tainted;
	uint16_t total, reserved, nr_free, has[NR_CONTENTS], partial;
	uint32_t free_pages;
	uint16_t buddies[NR_MTYPES][MODEL_ORDERS];
	uint8_t category, fullness;
	uint8_t told_list; /* see list_number() */
	uint32_t moved; /* when it got to the head of its list */
};

struct mzone {
	uint32_t start, end;
	uint16_t first_spb, nr_spbs;
	uint32_t managed, wmark[3], lowmem[MAX_NR_ZONES];
	uint32_t pages[NR_MTYPES]; /* by list */
	uint32_t pcp;
	uint32_t compact_at, reclaim_at; /* where they go on, or NO_PFN: unknown */
	uint8_t lists[PROGRAM_CPUS][RECL + 1][MODEL_ORDERS]; /* entries of the per-CPU lists */
};

#define CONTIG_TRIES 4

/*
 * A contiguous request under way. When it chooses, which is known by its first event about
 * a pageblock: the empty superpageblock that it must take, or those to try, in that order.
 */
struct mcontig {
	bool asked, chosen, releases;
	uint8_t zone;
	uint8_t nr, tried; /* of those to try */
	uint16_t empty;    /* or SPB_NO_SPB */
	uint16_t tries[CONTIG_TRIES];
};

#define EVACUATION_CANDIDATES 64

/* An evacuation for a request: where it has got to. */
struct mevacuation {
	bool walking;
	bool unseen; /* it emptied pageblocks when nobody knew what for */
	uint8_t pass, nr, at;
	uint32_t last; /* of this candidate, or NO_PFN */
	uint16_t candidates[EVACUATION_CANDIDATES];
};

/* Pages that move: @last was tried last, @pages moved, all were below @orders; of the target of
 * the last one: the last clean superpageblock with room, and whether it was split no more than
 * it had to. Before the first one @missed could have moved, of @missed_order or NO_ORDER. */
struct mcompaction {
	uint32_t last, pages, missed;
	uint8_t orders, missed_order;
	bool room_came; /* from lists of a CPU, meanwhile */
	bool strayed;   /* it came to another pageblock than that of @last */
	bool fits;
	uint16_t clean;
};

/* What somebody makes room for. */
struct mwanted {
	bool known;
	uint8_t order, mt;
};

/*
 * A walk over the tainted lists of a zone.
 * @order: below which a buddy counts, or NO_ORDER: any free page does
 * @was: what would have been right so far, false and true
 */
struct mwalk {
	bool active;
	uint8_t zone, order, mt;
	bool was[2];
};

/* S6.1 to S6.12: the walk that failed last. */
enum stage {
	NO_WALK, FAST, SLOW, RECLAIMED, DRAINED, COMPACTED,
	PROGRESS, EVACUATED, UNGATED, GIVEN_BACK, KILLED, LAST,
};

/*
 * One logical CPU at one interrupt level. A program asks (@asked); a caller of several
 * requests makes one at a time (@gfp to @zones); a request walks the zones several times.
 */
struct mcontext {
	bool active;
	bool vague; /* what it may have is not known: it has what events say */
	bool tuned; /* since a tunable changed meanwhile: nor which gates it found open */
	bool migrated; /* a page, since it began to make room */
	struct model_request asked;
	uint8_t kswapd[MAX_NUMNODES]; /* the order that a run of kswapd works for */
	uint32_t compacted; /* zones, a bit each, for that order */
	/* zones, a bit each: in that run pages came free, owners let go of pages */
	uint32_t changed, given_up;
	bool worker; /* deferred work is under way */
	uint32_t wants; /* pages that a call of reclaim is for */
	uint8_t part;  /* of a caller */
	uint32_t left; /* pages that a caller has not got yet */

	uint32_t gfp;
	uint8_t order, mt, highest;
	uint32_t bulk; /* pages wanted in one walk, 0: one allocation */
	uint8_t nr_zones, nr_local, zones[MODEL_ZONES]; /* by preference */
	enum stage stage;
	uint32_t slow_flags;
	uint32_t reclaimed; /* of this round */
	uint8_t rounds;
	uint16_t been; /* stages, a bit each */

	/* the walk: its flags, and what happened in it and after it */
	uint32_t flags, served, last; /* page */
	uint16_t refused; /* zones below their watermark, a bit each */
	uint8_t entered;  /* the zone that serves, or NO_ZONE */
	uint8_t took, refill; /* the last step, and that of a refill under way */
	uint32_t refilled;    /* entries that it has brought */
	uint8_t relaxed;  /* enum spb_relax, or NR_SPB_RELAXES */
	bool saw_compaction, saw_evacuation, saw_kill;
	bool gave_back; /* the atomic reserve, a pageblock */
	bool came_back; /* a page from the list of a CPU, to the reserve */
	bool drained;   /* a page from the list of a CPU, since the last walk */
	uint32_t killed; /* pages */

	uint32_t leaving; /* the pageblock that is evacuated, or NO_PFN */
	int isolated;     /* pageblocks of this contiguous request */
	struct mcontig contig;
	struct mevacuation evacuation;
	struct mcompaction compaction;
	struct mwanted wanted;
	struct mwalk walk;
};

#define NO_ZONE 0xff

struct model {
	struct spb_config config;
	struct spb_tunables tunables;
	uint32_t base; /* first page of the arrays */
	uint32_t nr_pages, nr_blocks, nr_spbs;
	uint32_t clock;
	bool on, alone;
	bool foretells;   /* requests are judged by what they may do next, not by events alone */
	bool labels_told; /* labels are followed as events tell them, not by what steps do */
	uint8_t walks;  /* over tainted lists, under way */
	uint8_t tuning; /* changes of tunables under way */
	uint8_t now; /* which context */
	uint8_t stored; /* see model_stored() */
	struct mcontext context[2 * PROGRAM_CPUS];
	struct mwanted queued[MAX_NUMNODES]; /* for the workers of the nodes */
	void (*view)(unsigned int spb, struct model_spb_view *view);
	struct mpage page[MODEL_MAX_PAGES];
	struct mblock block[MODEL_MAX_PAGES];
	struct mspb spb[MODEL_MAX_SPBS];
	struct mzone zone[MODEL_ZONES];
	uint16_t touched_blocks[MODEL_MAX_PAGES], touched_spbs[MODEL_MAX_SPBS];
	uint32_t nr_touched_blocks, nr_touched_spbs;
	uint32_t operation; /* counts moments without any under way, from 1 */
};

extern struct model model;

static inline struct mcontext *context(void)
{
	return &model.context[model.now];
}

static inline bool has(const struct mcontext *c, uint32_t gfp)
{
	return c->gfp & gfp;
}

struct request {
	uint8_t zone, order, mt;
	uint32_t flags;
};

/* Columns of search.def; lists beside those of a type. */
enum who { MOVABLE = 1u << MOV, NONMOVABLE = 1u << UNMOV | 1u << RECL, ALL = MOVABLE | NONMOVABLE };
enum where { PREFERRED, IN_TAINTED, IN_EMPTY, ANYWHERE, BY_CLASS };
enum row_list { OWN = NR_MTYPES, OTHER, FALLBACKS };
enum size { WHOLE_FIRST, WHOLE, FRAGMENT, LARGEST_FRAGMENT, ANY_SIZE, TO_FLOOR };
enum label { KEEPS, CHANGES };
enum gate {
	NO_GATE = 0,
	POLICY = 1u << 0,
	RELABEL = 1u << 1,
	DROPPED = 1u << 2,
	FLOOR = 1u << 3,
	FIRST_TAINT = 1u << 4,
	RESERVE = 1u << 5,
	NOT_OPTIONAL = 1u << 6,
	CMA_ALLOWED = 1u << 7,
};

struct search_row {
	uint8_t step, who, where, list, size, label, gates;
};

/* What the search finds: the row of its table and, unless there is none, the step, the
 * superpageblock, the list and the size of the buddy. */
struct pick {
	uint8_t row, step;
	uint16_t spb;
	uint8_t list, order;
};

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

static inline unsigned int block_order(void)
{
	return model.config.block_order;
}

static inline uint32_t block_pages(void)
{
	return 1u << model.config.block_order;
}

/* Orders end here. */
static inline unsigned int all_orders(void)
{
	return model.config.max_order + 1u;
}

/* The order of a buddy that has 2^order pages and whole pageblocks only. */
static inline unsigned int whole_order(unsigned int order)
{
	return order > block_order() ? order : block_order();
}

static inline uint32_t block_start(uint32_t pfn)
{
	return pfn & ~(block_pages() - 1);
}

/* Is its pageblock? */
static inline bool all_free(uint32_t pfn)
{
	return mblock(pfn)->free == block_pages();
}

static inline struct mspb *mspb(uint32_t pfn)
{
	return &model.spb[mblock(pfn)->spb];
}

static inline uint16_t spb_number(const struct mspb *s)
{
	return (uint16_t)(s - model.spb);
}

/* Its list, as events have it. */
static inline uint8_t list_number(const struct mspb *s)
{
	return (uint8_t)(s->category * 5 + s->fullness);
}

/* The superpageblocks of a zone, from the first. */
#define for_each_spb(s, z)                                                           \
	for (const struct mspb *s = &model.spb[model.zone[z].first_spb],             \
			       *end_of_zone = s + model.zone[z].nr_spbs;             \
	     s < end_of_zone; s++)

static inline uint8_t list_of(uint32_t pfn)
{
	const struct mblock *b = mblock(pfn);

	return b->isolated ? ISOLATED : b->label;
}

static inline bool nonmovable(unsigned int mt)
{
	return mt == UNMOV || mt == RECL;
}

static inline enum content kind_of(unsigned int mt)
{
	return mt == RECL ? HAS_RECL : mt == MOV || mt == CMA ? HAS_MOV : HAS_UNMOV;
}

/* In use, with content of that kind? */
static inline bool is_content(uint32_t pfn, enum content content)
{
	return mpage(pfn)->state == PAGE_ALLOCATED && kind_of(mpage(pfn)->type) == content;
}

/* On a list of the CPU under way? */
static inline bool on_own_list(uint32_t pfn)
{
	return mpage(pfn)->state == PAGE_PCP && mpage(pfn)->list == model.now / 2;
}

static inline bool steered(unsigned int zone)
{
	return model.zone[zone].nr_spbs >= 2;
}

/* NOFRAGMENT is no more among its flags. */
static inline bool dropped(const struct request *r)
{
	return !(r->flags & ALLOC_NOFRAGMENT);
}

/* May it relabel a pageblock of which it takes a part? */
bool may_relabel_fragment(const struct request *r);

/* --- model.c: pages, buddies, and what follows from them --- */

/* Head of the free buddy that @pfn is in, or NO_PFN. */
uint32_t buddy_head(uint32_t pfn);
uint16_t tainted_reserve(const struct mspb *s);
void model_touch(uint32_t pfn);
/* Free pages leave for @state, or come back; the rest follows. */
void model_take(uint32_t pfn, unsigned int order, unsigned int mt, enum page_state state);
void model_put(uint32_t pfn, unsigned int order);
void model_set_pages(uint32_t pfn, unsigned int order, enum page_state state, unsigned int type);
void model_relabel(uint32_t pfn, uint32_t pages, unsigned int mt);
void model_isolate(uint32_t first, bool on);
void model_set_content(uint32_t pfn, enum content content, bool on);
/* Content came or went: an untainted superpageblock keeps no non-movable label. */
void model_follow(struct mspb *s);

/* --- model_search.c --- */

/* From where the request must be served now. Return: false when no step may. */
bool model_search(const struct request *r, struct pick *pick);
/* Does this step label the pageblock anew for a request of this type? */
bool step_relabels(unsigned int step, unsigned int mt);
/* Was it right that this step took 2^order pages at @pfn, which are still free here? */
void check_pick(const struct request *r, unsigned int step, uint32_t pfn);
/* A list of a CPU gives out the first page of a refill: was that as long as it has to be? */
void check_refill(const struct mcontext *c, const struct spb_event *e);
/* Smallest order with a buddy on @list, from @from up to @end; NONE: there is none. */
#define NONE (-1)
int smallest(const struct mspb *s, unsigned int list, unsigned int from, unsigned int end);
enum category preferred(const struct request *r);
/* Does the step look at this superpageblock, and may it take from it? */
bool row_takes_from(const struct search_row *row, const struct mspb *s, const struct request *r);
/* In a close look: a step can be judged as long as the pages were what the model has. */
void check_books_taken(const struct spb_event *e);
/* Movable content leaves the reserve of wholly free pageblocks to others. */
bool keeps_reserve(const struct mspb *s, const struct request *r);
/* Why a step may not have taken @pfn, of a step that is @open to the request or not. */
void tell_gate(const struct request *r, uint32_t pfn, bool open);
/* Nearer to where the walk of a category begins. */
bool walked_before(const struct mspb *a, const struct mspb *b);
/* One more of @nr that are @sorted; the first @most are kept. Return: how many there are. */
uint8_t put_in_order(uint16_t *sorted, uint8_t nr, unsigned int most, const struct mspb *s,
		     bool (*before)(const struct mspb *a, const struct mspb *b));
/* Do pages of this order go to lists of a CPU first? */
bool fits_pcp(unsigned int order);
bool tainted_evidence(unsigned int zone, bool *block);
bool can_serve_smaller(unsigned int zone, unsigned int order, unsigned int mt);
/* Has the zone a buddy of at least @order on one of these lists, a bit each? */
bool zone_has(unsigned int zone, unsigned int lists, unsigned int order);

/* The n-th zone that has memory. */
uint8_t zone_with_memory(unsigned int n);
/* A section under the lock of a zone ends. */
void walks_go_on(void);

/* --- model_fallback.c --- */

/* The first buddy, in page order, that the step must find; one that @over does not dominate. */
uint32_t fallback_find(const struct request *r, const struct search_row *row, uint32_t over);
/* Was it right that this step, open or not, took 2^order pages at @head? */
void check_fallback(const struct request *r, const struct search_row *row, uint32_t head,
		    bool open);

/* --- model_move.c --- */

/* Was it right to move to these pages? To move this page? */
void check_target(const struct spb_event *e);
void check_source(const struct spb_event *e);

/* A zone was compacted. */
void check_compaction_needed(const struct mcontext *c, const struct spb_event *e);
/* A pageblock is about to be emptied; an evacuation for a request is queued, or ends; compaction
 * ends, and whatever else moves pages. */
void enter_block(const struct spb_event *e);
void queue_evacuation(const struct spb_event *e);
void end_evacuation(const struct spb_event *e);
void end_compaction(const struct spb_event *e);
void end_moves(const struct spb_event *e);
/* The evacuation under way goes on, or ends. */
void leave_block(struct mcontext *c);
/* Nothing was moved yet. */
void begin_moves(struct mcontext *c);
void note_room(const struct spb_event *e);

/* --- model_contig.c --- */

/* What a contiguous request takes, isolates or releases, and empties next: is it its turn? */
void check_contig_take(const struct spb_event *e);
void check_contig_isolation(const struct spb_event *e, bool on);
void check_contig_block(const struct spb_event *e);

/* --- model_event.c --- */

/* A request of high priority and order that was served at @pfn adds to the reserve. */
void check_reserved(const struct mcontext *c, uint32_t pfn);

/* --- model_zone.c --- */

void check_refusal(const struct spb_event *e);
void check_relax(const struct spb_event *e);
/* A zone serves the request under way: may it come to that? */
void check_entry(const struct spb_event *e);
/* A walk ended without a page; a batch ended with less than was wanted. */
void check_failed_walk(const struct mcontext *c);
void check_batch(const struct mcontext *c);

/* kswapd has run on these nodes, a bit each. */
void check_kswapd(uint32_t nodes);
/* A run of kswapd has read what it works for. */
void begin_kswapd(const struct spb_event *e);

/* Blame one of the flags that differ. */
void model_tell_flags(uint32_t differ);

/* --- model_request.c, model_stage.c --- */

/* As S6 calls it. */
const char *stage_name(enum stage stage);
/* Reclaim, or the shrinker, has ended. */
void on_reclaim(const struct spb_event *e);
/* Where a scan goes on that has come to @pfn. */
uint32_t page_or_start(const struct mzone *z, uint32_t pfn);
/* Who made room has given back what the lists of its CPU have of the zone. */
void check_nothing_kept(unsigned int zone, const char *who);
/* After a walk that found nothing: is there another, and with what? */
bool next_walk(struct mcontext *c);
/* Which walk is it that begins, and what may it have? */
void begin_walk(const struct spb_event *e);
/* What a request has others do is for its own order and type. */
void check_passed_on(const struct spb_event *e);
/* Zones that the walk looks at, from the first. */
unsigned int walk_length(const struct mcontext *c);
bool sleeps(const struct mcontext *c);
bool kill_allowed(const struct mcontext *c);
/* The failed walk is followed by a decision of the relax sequence. */
bool must_relax(const struct mcontext *c);

#endif
