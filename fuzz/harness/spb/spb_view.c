// SPDX-License-Identifier: GPL-2.0-only
/* Where a superpageblock lies: see spb_view.h. */
#include "fuzz/harness/spb/spb_view.h"

struct spb_span spb_span_of(const struct superpageblock *sb)
{
	const struct zone *zone = sb->zone;
	u32 end = sb->start_pfn + SUPERPAGEBLOCK_NR_PAGES;
	struct spb_span span;
	u32 first;

	span.start = max(sb->start_pfn, zone->zone_start_pfn);
	span.end = min(end, zone_end_pfn(zone));
	first = (span.start - this_core()->min_pfn) >> pageblock_order;
	span.blocks = &this_core()->pageblock_map[first];
	span.nr_blocks = ((span.end - 1 - this_core()->min_pfn) >> pageblock_order) - first + 1;
	return span;
}
