// SPDX-License-Identifier: GPL-2.0-only
/*
 * As much of a kernel as a KUnit test of spbfuzz export asks for, and a main() that runs it: pages
 * are handed out one after another, and never again. What is freed must be held, in the size in
 * which it was got; in the end nothing may be left.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "spb/gfp.h"

#define NR_PAGES 65536u
#define NO_HEAD 255u

/* Order: of the allocation that begins here. */
struct page {
	unsigned char order;
};

static struct page map[NR_PAGES];
static unsigned int next_page, nr_left;

struct kunit {
	int failed;
};

struct kunit_case {
	void (*run)(struct kunit *test);
};

struct kunit_suite {
	const char *name;
	struct kunit_case *test_cases;
};

#define __maybe_unused __attribute__((unused))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define KUNIT_CASE(f) { f }
#define KUNIT_EXPECT_EQ(t, a, b) ((t)->failed |= (a) != (b))
#define MODULE_DESCRIPTION(x) struct unused_description
#define MODULE_LICENSE(x) struct unused_license

static void fail(const char *what, const struct page *page)
{
	printf("%s at page %td\n", what, page - map);
	exit(1);
}

static inline unsigned long page_to_pfn(const struct page *page)
{
	return (unsigned long)(page - map);
}

static inline struct page *alloc_pages_node(int nid, unsigned int gfp, unsigned int order)
{
	struct page *page;

	(void)nid;
	(void)gfp;
	next_page = (next_page + (1u << order) - 1) >> order << order;
	if (next_page + (1u << order) > NR_PAGES)
		return NULL;
	page = &map[next_page];
	next_page += 1u << order;
	nr_left += 1u << order;
	page->order = (unsigned char)order;
	for (unsigned int i = 1; i < 1u << order; i++)
		page[i].order = NO_HEAD;
	return page;
}

static inline void __free_pages(struct page *page, unsigned int order)
{
	if (page->order != order)
		fail("freed in another size than it was got", page);
	page->order = NO_HEAD;
	nr_left -= 1u << order;
}

static inline void split_page(struct page *page, unsigned int order)
{
	if (page->order != order)
		fail("split in another size than it was got", page);
	for (unsigned int i = 0; i < 1u << order; i++)
		page[i].order = 0;
}

static inline void drain_all_pages(void *zone)
{
	(void)zone;
}

#define kunit_test_suite(suite)                                          \
	int main(void)                                                   \
	{                                                                \
		struct kunit test = { 0 };                               \
									 \
		(suite).test_cases[0].run(&test);                        \
		printf("%u pages, %u left\n", next_page, nr_left);       \
		return test.failed || nr_left;                           \
	}                                                                \
	struct unused_suite
