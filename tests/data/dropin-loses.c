// SPDX-License-Identifier: GPL-2.0-only
/*
 * A drop-in that is wrong: single pages are not counted among the free pages of the zone. What is
 * in use and what is free is then not all of the memory, which the laboratory sees.
 */
static void account_freepages(struct zone *zone, u32 nr_pages, int mt)
{
	if (!is_migrate_isolate(mt) && nr_pages != 1 && nr_pages != -1U)
		add_once(&zone->nr_free_pages, nr_pages);
}
