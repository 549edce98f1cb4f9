/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who holds which pages, and what they have written there.
 *
 * An extent is one allocation that the program holds. Extents belong to owners: one per
 * handle slot, some for unnamed memory (the owner of a page that nobody names is chosen
 * by its place). Each page has 16 bytes of content, stamped at allocation, moved by
 * migration, checked at free and poisoned for AddressSanitizer while free.
 */
#ifndef HARNESS_OWNER_H
#define HARNESS_OWNER_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/harness/program/program.h"

/* Owner numbers: 0 nobody, 1 + slot, then the unnamed ones. */
#define OWNER_UNNAMED_FIRST (PROGRAM_SLOTS + 1)
#define NR_UNNAMED_OWNERS 32
#define NR_OWNERS (OWNER_UNNAMED_FIRST + NR_UNNAMED_OWNERS)

/* The largest memory map of the geometry table. */
#define OWNER_MAX_PAGES 16384

struct extent {
	uint32_t pfn;
	uint8_t order;
};

/* Start of a program: nobody owns anything. */
void owner_begin(uint32_t min_pfn, uint32_t max_pfn, unsigned int block_order);
/* End of a program: all content is free again. */
void owner_end(void);

/**
 * owner_take - an allocation was handed out
 * @owner: its owner; 0 chooses an unnamed one
 *
 * Checks that no page of it was in use and that it is aligned; stamps the pages; tells the
 * allocator the owner.
 */
void owner_take(uint32_t owner, uint32_t pfn, unsigned int order);

/**
 * owner_drop - forget an extent just before it is freed; checks its content
 *
 * Return: false when no extent begins at @pfn.
 */
bool owner_drop(uint32_t pfn, struct extent *extent);

/* The newest extent of an owner; false when there is none. */
bool owner_newest(uint32_t owner, struct extent *extent);
/* The next older extent of the same owner as the one at @pfn; false at the end. */
bool owner_older(uint32_t pfn, struct extent *extent);

/* Would the owner of the extent at @pfn let it be moved? false where no extent begins. */
bool owner_would_move(uint32_t pfn);

/* Pages of @owner refuse to be moved or given up. */
void owner_pin(uint32_t owner, bool pinned);

/* A superpageblock held as a whole by an owner; it counts as pages of the owner. */
void owner_hold(uint32_t owner, uint32_t pfn, uint32_t pages);
/* Its first pfn, or NO_PFN; the owner holds it no more. */
uint32_t owner_release(uint32_t owner);
/* Does the owner hold a superpageblock? Does somebody hold the one that starts at @pfn? */
bool owner_holds(uint32_t owner);
bool owner_holds_at(uint32_t pfn);
/* The first page of what it holds, or NO_PFN. */
uint32_t owner_held_pfn(uint32_t owner);

/* Does the program hold an allocation that begins at @pfn? */
bool owner_expects(uint32_t pfn, unsigned int *order, uint32_t *owner);
/* Is @pfn inside an allocation that the program holds? */
bool owner_in_use(uint32_t pfn);
/* Pages that the program holds, contiguously held ones too. */
uint32_t owner_count_pages(void);
/* Those of one owner. */
uint32_t owner_pages_of(uint32_t owner);

/* What the allocator asks of owners, by page number. */
int owner_migrate(uint32_t src, uint32_t dst);
bool owner_give_up(uint32_t pfn);

/* Pages that were given up because one CPU asked, all and the last allocation of them; where the
 * first and the last one began. */
struct given {
	uint32_t pages, last;
	uint32_t first_pfn, last_pfn;
};

/* Since this was asked for the last time. */
struct given owner_given(unsigned int cpu);

/* Who is killed when memory runs out: the one with most pages, the lowest number among equals;
 * pinned ones come last. 0 when nobody has any. */
uint32_t owner_to_kill(void);

#endif
