// SPDX-License-Identifier: GPL-2.0-only
/*
 * Superpageblocks as text: one line each, one character per pageblock; before them, pages.
 *
 *   spb  3 zone 1 tainted 75%  free 2 U 3 R 0 M 4 pages  41 |UUuMMmmxFF......|
 *
 * Follows no list but that of a page, as far as it has pages: what is drawn may be broken.
 */
#include <string.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/spb/spb_said.h"
#include "fuzz/harness/text/said.h"
#include "spb/alloc.h"

#define BLOCKS_PER_ROW 64
#define LIST_SHOWN 8
/* A program has touched few; a report must fit a screen. */
#define MAX_ROWS_OF_ONE 4

static bool has_free_page(u32 start)
{
	for (u32 pfn = start; pfn < start + pageblock_nr_pages; pfn++)
		if (pfn_to_page(pfn)->flags & PG_buddy)
			return true;
	return false;
}

static char content_char(const struct pageblock_data *pb, u32 start)
{
	char full;

	switch (pb->flags & PB_HAS_MASK) {
	case 0:
		return pb->flags & PB_partial ? '.' : '?';
	case PB_has_unmovable:
		full = 'U';
		break;
	case PB_has_reclaimable:
		full = 'R';
		break;
	case PB_has_movable:
		full = 'M';
		break;
	default:
		full = 'X';
		break;
	}
	return has_free_page(start) ? (char)(full - 'A' + 'a') : full;
}

static char block_char(const struct pageblock_data *pb, u32 start)
{
	if (pb->flags & PB_reserved)
		return '#';
	if (pb->flags & PB_migrate_isolate)
		return 'I';
	if ((pb->flags & PB_LABEL_MASK) == MIGRATE_HIGHATOMIC)
		return 'H';
	if ((pb->flags & PB_LABEL_MASK) == MIGRATE_CMA)
		return 'C';
	return pb->flags & PB_all_free ? 'F' : content_char(pb, start);
}

static void draw(FILE *out, const struct superpageblock *sb)
{
	struct spb_span span = spb_span_of(sb);
	u32 first = (u32)(span.blocks - this_core()->pageblock_map);
	u32 rows = 0;

	fprintf(out, "  spb %2u zone %u %-13s free %u U %u R %u M %u reserved %u pages %u",
		(u32)(sb - this_core()->spbs), sb->zone->index,
		said_list(sb->category, sb->fullness),
		sb->nr_free, sb->nr_unmovable, sb->nr_reclaimable, sb->nr_movable, sb->nr_reserved,
		sb->nr_free_pages);
	for (u32 i = 0; i < span.nr_blocks; i++) {
		if (i % BLOCKS_PER_ROW == 0) {
			if (++rows > MAX_ROWS_OF_ONE)
				break;
			fprintf(out, "%s|", span.nr_blocks > BLOCKS_PER_ROW ? "\n    " : " ");
		}
		fputc(block_char(&span.blocks[i],
				 this_core()->min_pfn + ((first + i) << pageblock_order)),
		      out);
		if (i % BLOCKS_PER_ROW == BLOCKS_PER_ROW - 1 || i + 1 == span.nr_blocks)
			fputc('|', out);
	}
	fprintf(out, "%s\n", rows > MAX_ROWS_OF_ONE ? " ..." : "");
}

static bool is_involved(const struct finding_info *finding, u32 spb)
{
	for (unsigned int i = 0; i < finding->nr_spbs; i++)
		if (finding->spb[i] == spb)
			return true;
	return false;
}

/* Of the zone, as many as there is room for. */
static void involve_zone(struct finding_info *info, unsigned int zone)
{
	for (u32 i = 0; i < this_core()->nr_spbs && info->nr_spbs < FINDING_MAX_SPBS; i++)
		if (this_core()->spbs[i].zone->index == zone)
			info->spb[info->nr_spbs++] = (uint16_t)i;
}

/*
 * A finding that names no superpageblock is about those that the last events name, or about the
 * zone of the last one. In a dry run there are none: those that are left are of an earlier program.
 */
static struct finding_info involved(const struct run *run, const struct finding_info *finding)
{
	struct finding_info info = *finding;
	u32 events = run->live ? run->recent.events : 0;
	u32 last = min(events, (u32)RECENT_EVENTS);

	if (!run->live)
		info.nr_spbs = 0;

	for (u32 back = 1; !finding->nr_spbs && back <= last; back++) {
		u32 spb = run->recent.last[(events - back) % RECENT_EVENTS].spb;

		if (spb < this_core()->nr_spbs && info.nr_spbs < FINDING_MAX_SPBS &&
		    !is_involved(&info, spb))
			info.spb[info.nr_spbs++] = (uint16_t)spb;
	}
	if (!info.nr_spbs && last)
		involve_zone(&info, run->recent.last[(events - 1) % RECENT_EVENTS].zone);
	return info;
}

static void summarise(FILE *out, const struct finding_info *info)
{
	u32 count[NR_SB_ALL_CATEGORIES] = { 0 }, others = 0;

	for (u32 i = 0; i < this_core()->nr_spbs; i++) {
		if (is_involved(info, i))
			continue;
		others++;
		if (this_core()->spbs[i].category < NR_SB_ALL_CATEGORIES)
			count[this_core()->spbs[i].category]++;
	}
	fprintf(out, "  %u others:", others);
	for (unsigned int cat = 0; cat < NR_SB_ALL_CATEGORIES; cat++)
		fprintf(out, " %u %s", count[cat], said_category(cat));
	fputc('\n', out);
}

/* Up to where it leaves the map, or comes to what has been shown. */
static void draw_list(FILE *out, const struct page *page, u32 pfn)
{
	const struct superpageblock *sb = &this_core()->spbs[block_of(pfn)->spb];
	const struct list_head *head, *at;
	unsigned int order = page_order(page), shown = 0;
	unsigned int type = (unsigned int)block_list_type(block_of(pfn));

	if (order >= NR_PAGE_ORDERS || type >= MIGRATE_TYPES)
		return;
	head = &sb->free_area[order].free_list[type];
	fprintf(out, "    superpageblock %u, free list of order %u, %s:", block_of(pfn)->spb, order,
		said_type(type));
	for (at = head->next; at != head && shown < LIST_SHOWN; at = at->next, shown++) {
		const struct page *entry = list_entry(at, struct page, buddy_list);
		size_t offset = (uintptr_t)entry - (uintptr_t)this_core()->mem_map;

		if (offset % sizeof(*entry) || !pfn_valid(this_core()->min_pfn +
							  (u32)(offset / sizeof(*entry)))) {
			fprintf(out, " no page");
			break;
		}
		fprintf(out, " %u%s", page_to_pfn(entry), entry == page ? " (it)" : "");
	}
	fprintf(out, "%s\n", shown == LIST_SHOWN ? " ..." : "");
}

/* What shows the finding: the page as it is now, and the list that it is on. */
static void draw_page(FILE *out, u32 pfn)
{
	const struct page *page;

	if (!pfn_valid(pfn))
		return;
	page = pfn_to_page(pfn);
	fprintf(out, "  page %u: %s, order %u, references %u, owner %u; its pageblock: %s\n", pfn,
		spb_said_page(page->flags), page_order(page), page->refcount, page->owner,
		spb_said_block(block_of(pfn)->flags));
	if (page->flags & PG_buddy)
		draw_list(out, page, pfn);
}

/* A finding at an event is about the page of that, where it names none. */
static void draw_witness(FILE *out, const struct run *run, const struct finding_info *finding)
{
	const struct recent *recent = &run->recent;

	if (finding->has_page)
		draw_page(out, finding->pfn);
	else if (run->live && recent->in_event)
		draw_page(out, recent->last[(recent->events - 1) % RECENT_EVENTS].pfn);
}

void spb_picture(FILE *out, const struct run *run, const struct finding_info *finding)
{
	struct finding_info info = involved(run, finding);

	if (finding->rule && !strcmp(finding->rule, "endless"))
		spb_draw_circle(out);
	draw_witness(out, run, finding);
	for (u32 i = 0; i < this_core()->nr_spbs; i++)
		if (run->options.verbose || is_involved(&info, i))
			draw(out, &this_core()->spbs[i]);
	if (!run->options.verbose)
		summarise(out, &info);
	fprintf(out, "  F free, U R M one kind of content and no free page, u r m with free pages,"
		     "\n  X x mixed, H highatomic, C cma, I isolated, # reserved, . clipped and "
		     "unused, ? no content noted\n");
}
