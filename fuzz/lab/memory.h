/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects, the pages that they have, and the calls of the allocator that get and give back pages.
 * Which gigabyte has what is counted here, without a look at the allocator.
 */
#ifndef LAB_MEMORY_H
#define LAB_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spb/config.h"
#include "spb/gfp.h"

#define LAB_BLOCK_ORDER 9u /* 2 MiB */
#define LAB_BLOCKS 512u    /* in a superpageblock */
#define LAB_GIGABYTE (LAB_BLOCKS << LAB_BLOCK_ORDER)
#define LAB_ORDERS 11u
#define LAB_NO_OBJECT (~0u)

/* Who has pages, as reports name them. X(identifier, name) */
#define LAB_KINDS(X)                                                      \
	X(UNMOVABLE, "unmovable")                                         \
	X(RECLAIMABLE, "reclaimable")                                     \
	X(MOVABLE, "movable")                                             \
	X(PINNED, "pinned") /* movable memory that its user holds where it is */ \
	X(CACHE, "cache")   /* not traced: it moves, and is given up when it is asked for */ \
	X(ANON, "anon")     /* not traced: it moves */

enum lab_kind {
#define X(id, name) LAB_##id,
	LAB_KINDS(X)
#undef X
	NR_LAB_KINDS,
};

/* Which may a contiguous request not move? */
static inline bool lab_kind_stays(enum lab_kind kind)
{
	return kind == LAB_UNMOVABLE || kind == LAB_RECLAIMABLE || kind == LAB_PINNED;
}

/**
 * struct lab_object - what somebody got
 * @pfn: its first page
 * @next: a further piece, when it came in pieces; LAB_NO_OBJECT: none
 * @at: where the fill has noted it
 */
struct lab_object {
	uint32_t pfn;
	uint32_t next;
	uint32_t at;
	uint8_t order;
	uint8_t kind; /* enum lab_kind */
	bool live;
};

/**
 * struct lab_failures - what was asked for and not got
 * @requests: all, of traced memory
 * @failed: the first try got nothing, by kind and order
 * @lost: nor did what the caller does then
 * @kept, @broken: refusals for the sake of a smaller retry, by what became of them: kept when the
 *                 caller got all that it wanted in smaller pieces, and nothing was tainted for it
 * @fill_failed: requests of the fill
 */
struct lab_failures {
	uint64_t requests;
	uint64_t failed[3][LAB_ORDERS];
	uint64_t lost[3];
	uint64_t kept, broken;
	uint64_t fill_failed;
};

/**
 * struct lab_memory - a zone, and all objects in it
 * @callers: non-movable requests of order > 0 are made by kvmalloc
 * @nr_traced: objects of the load; those of the fill and pieces have the numbers behind
 * @spare: first of the objects that are in no use, by @next
 * @nr_gigabytes: of the zone
 * @in_gigabyte: pages of each kind, gigabyte by gigabyte
 * @pages: in use
 */
struct lab_memory {
	bool callers;
	struct lab_object *objects;
	uint32_t nr_objects, nr_traced, spare;
	uint32_t nr_gigabytes;
	uint32_t (*in_gigabyte)[NR_LAB_KINDS];
	uint64_t pages;
	struct lab_failures failures;
};

/* A zone of @gigabytes; with one set of free lists for all of it when @flat. */
struct spb_config lab_memory_config(uint32_t gigabytes, bool flat, bool bitmaps,
				    const struct spb_tunables *tunables);

/**
 * lab_memory_init - no object has pages
 * @nr_traced: objects of the load
 *
 * Return: false when memory runs out. lab_memory_release() either way.
 */
bool lab_memory_init(struct lab_memory *memory, uint32_t gigabytes, uint32_t nr_traced);
void lab_memory_release(struct lab_memory *memory);
/* Bytes that lab_memory_init() takes. */
size_t lab_memory_size(uint32_t gigabytes, uint32_t nr_traced);

/* A traced object asks for pages. */
void lab_memory_get(struct lab_memory *memory, uint32_t object, gfp_t gfp, unsigned int order,
		    unsigned int cpu);
/* It gives back what it got, if it got anything. */
void lab_memory_put(struct lab_memory *memory, uint32_t object, unsigned int cpu);

/**
 * lab_memory_add - one allocation of a new object
 *
 * Return: its number, or LAB_NO_OBJECT.
 */
uint32_t lab_memory_add(struct lab_memory *memory, enum lab_kind kind, gfp_t gfp,
			unsigned int order, unsigned int cpu);
/* The allocator has taken the pages of an object, which is of no use any more. */
void lab_memory_forget(struct lab_memory *memory, uint32_t object);
/* An object has other pages now. */
void lab_memory_moved(struct lab_memory *memory, uint32_t object, uint32_t pfn);

/* Pages in a gigabyte that cannot be moved. */
uint32_t lab_memory_staying(const struct lab_memory *memory, uint32_t gigabyte);
/* Gigabytes in which nothing stays: what moving alone could make free. */
uint32_t lab_memory_would(const struct lab_memory *memory);

#endif
