// SPDX-License-Identifier: GPL-2.0-only
/*
 * The summary of a zone: keeping it where lists, counters, category and fullness change, and
 * choosing from it.
 *
 *   a list of superpageblock 6 gets its first page:   rows of 6
 *   the change is complete, 6 is filed:   its bit in the map of its bucket and of the row ─▶ a bit
 *   a level up where a word was 0 ─▶ rows[bucket]
 *
 * Specified in S17.1 to S17.6 of docs/specification.md.
 */
#include "core/internal.h"
#include "core/summary.h"

#define WORD_BITS 64u
#define NO_BIT (~0u)

struct spb_summary *spb_summary_unhooked(const struct zone *zone)
{
	return zone->summary;
}

bool spb_is_summarised_unhooked(const struct superpageblock *sb)
{
	return sb->zone->summary;
}

/* --- layout --- */

/* Words of each level of a map, from the bits upward. Return: how many levels. */
static unsigned int count_words(u32 nr, u32 *words)
{
	unsigned int levels = 0;

	do {
		nr = DIV_ROUND_UP(nr, WORD_BITS);
		words[levels++] = nr;
	} while (nr > 1);
	return levels;
}

shim_size spb_summary_size(u32 nr_superpageblocks)
{
	u32 words = nr_superpageblocks;
	shim_size all = 0, size;

	/* It is asked before it is known whether they are too many. */
	do {
		words = DIV_ROUND_UP(words, WORD_BITS);
		all += words;
	} while (words > 1);
	size = sizeof(struct spb_summary) + sizeof(u64) * all * NR_SPB_BUCKETS * NR_SPB_ROWS;
	return ALIGN_UP(size, SHIM_LINE);
}

/* No count is that large, so the first look finds it changed. */
static void set_never_filed(struct superpageblock *sb)
{
	sb->bucket = SPB_NO_BUCKET;
	sb->filed[FILED_UNMOVABLE] = (u16)~0U;
}

void spb_summary_init(struct zone *zone, void *memory)
{
	struct spb_summary *s = memory;
	u32 words[SPB_SUMMARY_LEVELS] = { 0 };

	s->nr_levels = count_words(zone->nr_superpageblocks, words);
	for (unsigned int i = 0; i < s->nr_levels; i++) {
		s->level[i] = s->map_words;
		s->level_words[i] = words[s->nr_levels - 1 - i];
		s->map_words += s->level_words[i];
	}
	s->reserve_min = spb_tunable(reserve_min);
	s->reserve_divisor = spb_tunable(reserve_divisor);
	for (u32 i = 0; i < zone->nr_superpageblocks; i++)
		set_never_filed(&zone->superpageblocks[i]);
	zone->summary = s;
}

/* --- bits --- */

/* The words of all rows, one beside the other, at a place in the maps of a bucket. */
static u64 *words_at(struct spb_summary *s, unsigned int bucket, u32 at)
{
	return &s->map[(bucket * s->map_words + at) * NR_SPB_ROWS];
}

/* In the words of these rows. Return: those whose word was 0, or is now. */
static u64 flip_bit(u64 *words, u64 rows, u64 bit)
{
	u64 ends = 0;

	for (; rows; rows &= rows - 1) {
		u64 *word = &words[__builtin_ctzll(rows)], old = *word;

		shim_touch(word);
		*word = old ^ bit;
		if (unlikely(!old || old == bit))
			ends |= rows & -rows;
	}
	return ends;
}

/* The first bit from @from on, or NO_BIT: up until a word has one, and down again. */
static u32 next_bit(struct spb_summary *s, unsigned int bucket, unsigned int row, u32 from)
{
	const u64 *map = words_at(s, bucket, 0) + row;
	unsigned int level = s->nr_levels - 1;
	u64 bits = 0;

	for (;;) {
		if (from / WORD_BITS < s->level_words[level])
			bits = map[(s->level[level] + from / WORD_BITS) * NR_SPB_ROWS] >>
			       from % WORD_BITS;
		if (bits)
			break;
		if (!level)
			return NO_BIT;
		level--;
		from = from / WORD_BITS + 1;
	}
	from += (u32)__builtin_ctzll(bits);
	while (++level < s->nr_levels) {
		bits = map[(s->level[level] + from) * NR_SPB_ROWS];
		from = from * WORD_BITS + (u32)__builtin_ctzll(bits);
	}
	return from;
}

/* The first bit of a map that has one. */
static u32 first_bit(struct spb_summary *s, unsigned int bucket, unsigned int row)
{
	const u64 *map = words_at(s, bucket, 0) + row;
	u32 at = 0;

	for (unsigned int level = 0; level < s->nr_levels; level++)
		at = at * WORD_BITS +
		     (u32)__builtin_ctzll(map[(s->level[level] + at) * NR_SPB_ROWS]);
	return at;
}

/* --- keeping it --- */

static u32 number_of(const struct superpageblock *sb)
{
	return (u32)(sb - sb->zone->superpageblocks);
}

static bool is_tainted_bucket(unsigned int bucket)
{
	return bucket >= SPB_BUCKET_TAINTED && bucket < SPB_BUCKET_EMPTY;
}

/* Of all tainted buckets. */
static u64 tainted_rows(const struct spb_summary *s)
{
	u64 rows = 0;

	for (unsigned int bucket = SPB_BUCKET_TAINTED; bucket < SPB_BUCKET_EMPTY; bucket++)
		rows |= s->rows[bucket];
	return rows;
}

/*
 * The bits of @sb in these rows of a bucket: set they are cleared, and clear they are set. So is
 * a bit a level up, wherever a word became 0 or is 0 no more.
 */
static void flip_rows(struct spb_summary *s, const struct superpageblock *sb, unsigned int bucket,
		      u64 rows)
{
	u32 i = number_of(sb);

	if (bucket == SPB_NO_BUCKET)
		return;
	for (unsigned int level = s->nr_levels; rows && level-- > 0; i /= WORD_BITS)
		rows = flip_bit(words_at(s, bucket, s->level[level] + i / WORD_BITS), rows,
				SPB_ROW_BIT(i % WORD_BITS));
	if (!rows)
		return;
	shim_touch(&s->rows[bucket]);
	s->rows[bucket] ^= rows;
	if (!is_tainted_bucket(bucket))
		return;
	shim_touch(&s->tainted);
	s->tainted = tainted_rows(s);
}

/* What is filed of @sb becomes this. */
static void move_rows(struct spb_summary *s, struct superpageblock *sb, unsigned int bucket,
		      u64 rows)
{
	u64 old = sb->filed_rows;

	shim_touch(sb);
	sb->filed_rows = rows;
	if (bucket == sb->bucket) {
		flip_rows(s, sb, bucket, old ^ rows);
		return;
	}
	flip_rows(s, sb, sb->bucket, old);
	flip_rows(s, sb, bucket, rows);
	sb->bucket = (u8)bucket;
}

static u32 reserve_of(const struct spb_summary *s, const struct superpageblock *sb)
{
	return max((u32)s->reserve_min, (u32)sb->total_pageblocks / s->reserve_divisor);
}

static u64 content_of(const struct superpageblock *sb)
{
	return SPB_ROW_BIT(SPB_ROW_MEMBER) |
	       (u64)!!sb->nr_free_pages << SPB_ROW_FREE_PAGES |
	       (u64)!!sb->nr_unmovable << SPB_ROW_UNMOVABLE |
	       (u64)!!sb->nr_movable << SPB_ROW_MOVABLE |
	       (u64)!!sb->nr_reclaimable << SPB_ROW_RECLAIMABLE;
}

static unsigned int bucket_of(const struct spb_summary *s, const struct superpageblock *sb)
{
	switch (sb->category) {
	case SB_CLEAN:
		return sb->fullness;
	case SB_TAINTED:
		return SPB_BUCKET_TAINTED + 2u * sb->fullness + (sb->nr_free > reserve_of(s, sb));
	case SB_EMPTY:
		return SPB_BUCKET_EMPTY;
	default:
		return SPB_NO_BUCKET;
	}
}

static void count_below_reserve(struct spb_summary *s, struct superpageblock *sb)
{
	bool below = spb_is_tainted(sb) && sb->nr_free < reserve_of(s, sb);

	if (below == sb->below_reserve)
		return;
	shim_touch(&s->nr_below_reserve);
	s->nr_below_reserve += below ? 1U : -1U;
	sb->below_reserve = below;
}

void spb_summary_file(struct superpageblock *sb)
{
	struct spb_summary *s = sb->zone->summary;

	lockdep_assert_held(&sb->zone->lock);
	move_rows(s, sb, bucket_of(s, sb), sb->rows | content_of(sb));
	count_below_reserve(s, sb);
	sb->filed[FILED_FREE] = sb->nr_free;
	sb->filed[FILED_UNMOVABLE] = sb->nr_unmovable;
	sb->filed[FILED_RECLAIMABLE] = sb->nr_reclaimable;
	sb->filed[FILED_MOVABLE] = sb->nr_movable;
}

void spb_summary_file_lists(struct superpageblock *sb)
{
	lockdep_assert_held(&sb->zone->lock);
	move_rows(sb->zone->summary, sb, sb->bucket,
		  (sb->filed_rows & ~SPB_LIST_ROWS) | sb->rows);
}

/* Seldom, and out of the way of each question. */
static noinline void change_reserve(struct zone *zone, u16 least, u16 divisor)
{
	struct spb_summary *s = zone->summary;

	shim_touch(&s->reserve_min);
	s->reserve_min = least;
	s->reserve_divisor = divisor;
	for (u32 i = 0; i < zone->nr_superpageblocks; i++)
		spb_summary_file(&zone->superpageblocks[i]);
}

/* Tunables change without the lock: whoever needs the reserve looks first. */
static __always_inline void follow_reserve(struct zone *zone)
{
	struct spb_summary *s = zone->summary;
	u16 least = spb_tunable(reserve_min), divisor = spb_tunable(reserve_divisor);

	if (s->reserve_min == least && s->reserve_divisor == divisor)
		return;
	change_reserve(zone, least, divisor);
}

/* --- asking it --- */

/* Buckets of a question, from the fullest on. */
struct range {
	unsigned int first, end, step;
};

static __always_inline struct range buckets_of(const struct spb_question *q)
{
	static const struct range tainted[] = {
		[SPB_ANY_ROOM] = { SPB_BUCKET_TAINTED, SPB_BUCKET_EMPTY, 1 },
		[SPB_WITH_ROOM] = { SPB_BUCKET_TAINTED + 1, SPB_BUCKET_EMPTY, 2 },
		[SPB_WITHOUT_ROOM] = { SPB_BUCKET_TAINTED, SPB_BUCKET_EMPTY, 2 },
	};

	if (q->category == SB_EMPTY)
		return (struct range){ SPB_BUCKET_EMPTY, NR_SPB_BUCKETS, 1 };
	if (q->category == SB_CLEAN)
		return (struct range){ 0, SPB_BUCKET_TAINTED, 1 };
	return tainted[q->room];
}

/* A decision: whoever compares it with a walk sees the state that it was made in. */
static __always_inline struct superpageblock *chosen(const struct spb_question *q, u32 i)
{
	struct superpageblock *sb = i == NO_BIT ? NULL : &q->zone->superpageblocks[i];

	if (shim_wants_choices())
		spb_event_choice(q->zone, sb, q->category, q->room, q->rows);
	return sb;
}

static __always_inline void begin_question(const struct spb_question *q)
{
	lockdep_assert_held(&q->zone->lock);
	/* Those without room for a pageblock come first, so the reserve orders all tainted ones. */
	if (q->room != SPB_ANY_ROOM || q->category == SB_TAINTED)
		follow_reserve(q->zone);
}

/* Inlined into each that asks: most of a question is known there, and is not looked at again. */
static __always_inline struct superpageblock *pick(const struct spb_question *q)
{
	struct spb_summary *s = q->zone->summary;
	struct range range;

	begin_question(q);
	if (q->category == SB_TAINTED && !(s->tainted & q->rows))
		return chosen(q, NO_BIT);
	range = buckets_of(q);
	for (unsigned int bucket = range.first; bucket < range.end; bucket += range.step) {
		u64 rows = s->rows[bucket] & q->rows;

		if (rows)
			return chosen(q, first_bit(s, bucket,
						   (unsigned int)__builtin_ctzll(rows)));
	}
	return chosen(q, NO_BIT);
}

struct superpageblock *spb_pick(const struct spb_question *q)
{
	return pick(q);
}

void spb_show_tainted_choice(struct zone *zone, u64 rows)
{
	const struct spb_question q = { .zone = zone, .category = SB_TAINTED, .rows = rows };

	spb_pick(&q);
}

struct superpageblock *spb_with_list(struct zone *zone, enum sb_category category, int mt,
				     unsigned int low, unsigned int end)
{
	const struct spb_question q = {
		.zone = zone,
		.category = category,
		.rows = spb_list_rows(mt, low, end),
	};

	return pick(&q);
}

struct superpageblock *spb_with_room(struct zone *zone, unsigned int order)
{
	const struct spb_question q = {
		.zone = zone,
		.category = SB_TAINTED,
		.room = SPB_WITH_ROOM,
		.rows = spb_list_rows(MIGRATE_MOVABLE, order, NR_PAGE_ORDERS),
	};

	return pick(&q);
}

struct page *spb_summary_buddy(const struct superpageblock *sb, unsigned int order, int mt)
{
	u64 rows = sb->rows & spb_list_rows(mt, order, NR_PAGE_ORDERS);
	u64 whole = rows & spb_list_rows(mt, pageblock_order, NR_PAGE_ORDERS);
	unsigned int row = (unsigned int)__builtin_ctzll(whole ? whole : rows);

	return get_page_from_free_area(&sb->free_area[row - SPB_LIST_ROW(0, mt)], mt);
}

bool spb_any_without_room(struct zone *zone)
{
	const struct spb_question q = {
		.zone = zone,
		.category = SB_TAINTED,
		.room = SPB_WITHOUT_ROOM,
		.rows = SPB_ROW_BIT(SPB_ROW_MEMBER),
	};

	return pick(&q);
}

struct spb_cursor spb_cursor_of(const struct spb_question *q)
{
	begin_question(q);
	return (struct spb_cursor){ q, buckets_of(q).first, 0 };
}

/* The lowest number from @from on that has any of these rows. */
static u32 next_with(struct spb_summary *s, unsigned int bucket, u64 rows, u32 from)
{
	u32 lowest = NO_BIT;

	for (rows &= s->rows[bucket]; rows; rows &= rows - 1) {
		unsigned int row = (unsigned int)__builtin_ctzll(rows);

		lowest = min(lowest, next_bit(s, bucket, row, from));
	}
	return lowest;
}

struct superpageblock *spb_next(struct spb_cursor *cursor)
{
	const struct spb_question *q = cursor->q;
	struct range range = buckets_of(q);
	bool first = cursor->bucket == range.first && !cursor->at;
	u32 i = NO_BIT;

	for (; cursor->bucket < range.end; cursor->bucket += range.step, cursor->at = 0) {
		i = next_with(q->zone->summary, cursor->bucket, q->rows, cursor->at);
		if (i != NO_BIT)
			break;
	}
	if (i != NO_BIT)
		cursor->at = i + 1;
	if (first)
		return chosen(q, i);
	shim_step();
	return i == NO_BIT ? NULL : &q->zone->superpageblocks[i];
}

void spb_summary_evidence(struct zone *zone, struct spb_tainted_walk *walk)
{
	struct spb_summary *s = zone->summary;
	u64 with_block = 0;

	lockdep_assert_held(&zone->lock);
	follow_reserve(zone);
	/* Only the full ones have no free pageblock. */
	for (unsigned int bucket = SPB_BUCKET_TAINTED + 2; bucket < SPB_BUCKET_EMPTY; bucket++)
		with_block |= s->rows[bucket];
	walk->has_free_page = s->tainted & SPB_ROW_BIT(SPB_ROW_FREE_PAGES);
	walk->has_free_block = with_block & SPB_ROW_BIT(SPB_ROW_MEMBER);
	walk->nr_below_reserve = (u16)s->nr_below_reserve;
}
