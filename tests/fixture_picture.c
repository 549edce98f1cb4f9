// SPDX-License-Identifier: GPL-2.0-only
/* Superpageblocks as pictures, drawn and read: see fixture.h for the characters. */
#include "tests/fixture.h"

#include <string.h>

#define MAX_PAGES 1024
#define NR_BUFFERS 4
#define LABELS "UMRHCI" /* by enum migratetype */

/* --- from a picture to a state --- */

struct drawing {
	struct superpageblock *sb;
	struct zone *zone;
	uint32_t start, nr_pages, nr_blocks;
	char cell[MAX_PAGES];
	int label[MAX_PAGES];  /* by pageblock, -1 = implied */
	uint8_t extra[MAX_PAGES]; /* by pageblock: types whose bits are set beside */
};

static int type_of_letter(char letter)
{
	const char *at = strchr(LABELS, letter);

	assert_true(letter && at);
	return (int)(at - LABELS);
}

static const char *read_label(struct drawing *d, uint32_t block, const char *text)
{
	const char *colon = strchr(text, ':'), *space = strchr(text, ' ');

	d->label[block] = -1;
	d->extra[block] = 0;
	if (!colon || (space && space < colon))
		return text;
	d->label[block] = type_of_letter(*text++);
	for (; *text == '+'; text += 2)
		d->extra[block] |= (uint8_t)BIT(type_of_letter(text[1]));
	assert_ptr_equal(text, colon);
	return colon + 1;
}

static void read_picture(struct drawing *d, const char *text)
{
	memset(d->cell, '.', d->nr_pages);
	for (uint32_t block = 0; block < d->nr_blocks; block++) {
		char *cell = &d->cell[block << pageblock_order];

		d->label[block] = -1;
		d->extra[block] = 0;
		if (!*text)
			continue;
		text = read_label(d, block, text);
		for (uint32_t i = 0; i < pageblock_nr_pages && *text && *text != ' '; i++)
			assert_non_null(strchr(".xURM-", cell[i] = *text++));
		assert_true(!*text || *text == ' ');
		text += *text == ' ';
	}
	assert_false(*text);
}

static bool is_allocated(char cell)
{
	return cell == 'U' || cell == 'R' || cell == 'M';
}

/* The character of the allocation that a page belongs to; its first page may be before. */
static char letter_at(const struct drawing *d, uint32_t i)
{
	while (i && d->cell[i] == '-')
		i--;
	return d->cell[i];
}

/* What a word without a label means: the type of its first allocated page. */
static int implied_label(const struct drawing *d, uint32_t block)
{
	uint32_t first = block << pageblock_order;

	for (uint32_t i = first; i < first + pageblock_nr_pages; i++)
		if (is_allocated(letter_at(d, i)))
			return type_of_letter(letter_at(d, i));
	return MIGRATE_MOVABLE;
}

static void take_all_free(struct drawing *d)
{
	for (unsigned int order = 0; order <= max_page_order; order++)
		for (int mt = 0; mt < MIGRATE_TYPES; mt++) {
			struct list_head *list = &d->sb->free_area[order].free_list[mt];

			while (!list_empty(list))
				del_page_from_free_list(
					list_first_entry(list, struct page, buddy_list), d->zone,
					order, mt);
		}
}

static void draw_block(struct drawing *d, uint32_t block)
{
	uint32_t pfn = d->start + (block << pageblock_order);
	int label = d->label[block];

	if (label < 0)
		label = is_migrate_cma(get_pageblock_label(pfn)) ? MIGRATE_CMA
								 : implied_label(d, block);
	if (pfn_to_pageblock(pfn)->flags & PB_all_free)
		superpageblock_pb_now_used(d->sb, pfn);
	set_pageblock_migratetype(pfn, label);
	if (label == MIGRATE_HIGHATOMIC)
		__spb_set_has_type(d->sb, pfn, MIGRATE_UNMOVABLE);
	for (int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
		if (d->extra[block] & BIT(mt))
			__spb_set_has_type(d->sb, pfn, mt);
}

static unsigned int order_at(const struct drawing *d, uint32_t i)
{
	uint32_t pages = 1;

	while (i + pages < d->nr_pages && d->cell[i + pages] == '-')
		pages++;
	assert_int_equal(pages & (pages - 1), 0);
	assert_int_equal((d->start + i) & (pages - 1), 0);
	return (unsigned int)__builtin_ctz(pages);
}

static void draw_page(struct drawing *d, uint32_t i)
{
	int mt = type_of_letter(d->cell[i]);
	unsigned int order = order_at(d, i);
	uint32_t pfn = d->start + i;

	set_page_allocated(pfn_to_page(pfn), order, mt);
	for (uint32_t done = 0; done < BIT(order); done += pageblock_nr_pages)
		__spb_set_has_type(d->sb, pfn + done, mt);
}

void fx_draw(unsigned int spb, const char *picture)
{
	static struct drawing d;
	unsigned long flags;

	d.sb = fx_spb(spb);
	d.zone = d.sb->zone;
	d.start = max(d.sb->start_pfn, pageblock_start_pfn(d.zone->zone_start_pfn));
	d.nr_blocks = d.sb->total_pageblocks;
	d.nr_pages = d.nr_blocks << pageblock_order;
	assert_true(d.nr_pages <= MAX_PAGES);
	assert_int_equal(d.sb->category, SB_EMPTY);
	read_picture(&d, picture);

	spin_lock_irqsave(&d.zone->lock, flags);
	take_all_free(&d);
	for (uint32_t block = 0; block < d.nr_blocks; block++)
		draw_block(&d, block);
	for (uint32_t i = 0; i < d.nr_pages; i++) {
		if (is_allocated(d.cell[i]))
			draw_page(&d, i);
		else if (!(pfn_to_page(d.start + i)->flags & PG_reserved) && d.cell[i] == '.')
			__free_one_page(pfn_to_page(d.start + i), d.start + i, d.zone, 0);
	}
	spb_update_list(d.sb);
	spin_unlock_irqrestore(&d.zone->lock, flags);

	for (uint32_t i = 0; i < d.nr_pages; i++)
		if (is_allocated(d.cell[i]))
			owner_take(0, d.start + i, order_at(&d, i));
	fx_forget();
}

/* --- from a state to a picture --- */

static char *cells_of_run(uint32_t pfn, uint32_t *pages, char *cell)
{
	struct page_run run;
	char first, rest = '-';

	allocator.queries->run_at(pfn, &run);
	switch (run.state) {
	case PAGE_BUDDY:
		first = rest = '.';
		break;
	case PAGE_PCP:
		first = (char)(LABELS[run.type] - 'A' + 'a');
		break;
	case PAGE_ALLOCATED:
		first = LABELS[run.type];
		break;
	case PAGE_HELD:
		first = rest = '#';
		break;
	default:
		first = rest = 'x';
	}
	*pages = run.pages;
	memset(cell, rest, run.pages);
	*cell = first;
	return cell + run.pages;
}

static void read_cells(struct drawing *d)
{
	char *to = d->cell;
	uint32_t pages;

	for (uint32_t pfn = d->start; pfn < d->start + d->nr_pages; pfn += pages)
		to = cells_of_run(pfn, &pages, to);
	assert_ptr_equal(to, d->cell + d->nr_pages);
}

/* The types of pages in a pageblock, as bits; @listed: on per-CPU lists too. */
static uint8_t types_in(const struct drawing *d, uint32_t block, bool listed)
{
	uint8_t types = 0;

	for (uint32_t i = block << pageblock_order; i < (block + 1) << pageblock_order; i++)
		for (int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
			if (letter_at(d, i) == LABELS[mt] ||
			    (listed && letter_at(d, i) == (LABELS[mt] | 0x20)))
				types |= (uint8_t)BIT(mt);
	return types;
}

static char *write_bits(char *to, char sign, uint8_t types)
{
	for (int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
		if (types & BIT(mt)) {
			*to++ = sign;
			*to++ = LABELS[mt];
		}
	return to;
}

static char *write_block(const struct drawing *d, uint32_t block, char *to)
{
	uint32_t pfn = d->start + (block << pageblock_order);
	const struct pageblock_data *pb = pfn_to_pageblock(pfn);
	uint8_t there = types_in(d, block, true), must = types_in(d, block, false), noted = 0;
	int label = get_pfnblock_migratetype(pfn), implied = implied_label(d, block);

	for (int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
		if (pb->flags & migratetype_to_has_bit(mt))
			noted |= (uint8_t)BIT(mt);
	if (label != implied || (noted & ~there) || (must & ~noted)) {
		*to++ = LABELS[label];
		to = write_bits(to, '+', noted & ~there);
		to = write_bits(to, '!', must & ~noted);
		*to++ = ':';
	}
	memcpy(to, &d->cell[block << pageblock_order], pageblock_nr_pages);
	return to + pageblock_nr_pages;
}

const char *fx_picture(unsigned int spb)
{
	static char buffers[NR_BUFFERS][MAX_PAGES * 4];
	static unsigned int next;
	static struct drawing d;
	char *buffer = buffers[next++ % NR_BUFFERS], *to = buffer;

	d.sb = fx_spb(spb);
	d.zone = d.sb->zone;
	d.start = max(d.sb->start_pfn, pageblock_start_pfn(d.zone->zone_start_pfn));
	d.nr_blocks = d.sb->total_pageblocks;
	d.nr_pages = d.nr_blocks << pageblock_order;
	read_cells(&d);
	for (uint32_t block = 0; block < d.nr_blocks; block++) {
		to = write_block(&d, block, to);
		*to++ = ' ';
	}
	to[-1] = '\0';
	return buffer;
}
