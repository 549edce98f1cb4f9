/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the glue know of each other. */
#ifndef KB_GLUE_H
#define KB_GLUE_H

#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/vmstat.h>

#include "fuzz/kernel/bridge.h"

/* Outside of what a boot puts back. */
#define KB_KEPT __section("kb_kept")
/* State of the kernel that it asked us for. */
#define KB_GIVEN __section("kb_given")
extern char __start_kb_given[], __stop_kb_given[];
/* Where shadow memory must not be asked: copies of sections, of the memory map. */
#define KB_PLAIN __attribute__((no_sanitize("address", "undefined", "coverage")))

#define KB_FIRST_PFN 1024UL
#define KB_MAX_PAGES 65536UL
/* The memory map, per-CPU areas and the maps of pageblocks lie from KB_MEMORY_MAP to there. */
#define KB_STATE_END 0x230000000000UL
#define KB_MEMORY 0x300000000000UL   /* of KB_FIRST_PFN; nobody touches it */
#define KB_CONTENTS 0x380000000000UL /* of pfn 0 */

extern struct kb_host kb_host;
extern struct kb_config kb_booted;
extern bool kb_booting;
extern unsigned int kb_compactions;

static inline void kb_step(const char *where)
{
	if (kb_host.step)
		kb_host.step(where);
}

static inline void kb_yield(void)
{
	if (kb_host.yield)
		kb_host.yield();
}

/* How deep each CPU is in data_race(): access.c */
extern unsigned int kb_data_races[];
/* While it is set no access is announced, so that no other CPU runs: access.c */
extern bool kb_alone;

void kb_might_sleep(const char *where);
void __noreturn kb_bug(const char *what, const char *file, int line);

/* Per-CPU areas: memory.c */
void kb_wipe(void *at, size_t size);
void kb_areas_reset(void);
bool kb_in_areas(const void *at);
size_t kb_memory_state(unsigned int n, void **start);
void kb_memory_attach(void);
void kb_poison(unsigned long pfn, unsigned long pages, bool poisoned);

/* Tasks and time: task.c */
void kb_tasks_reset(unsigned int nr_cpus);
unsigned long kb_depth(void);

/* Owned pages that can be moved: lru.c */
void kb_own(struct page *page, unsigned int order, gfp_t gfp);
void kb_disown(struct page *page);
gfp_t kb_gfp_in(uint32_t gfp);
uint32_t kb_gfp_out(gfp_t gfp);

/* Inside of objects of the tree: inside/ */
void kb_inside_drain(unsigned int cpu);
void kb_inside_free_batch(struct page **pages, unsigned int nr);
void kb_inside_pcp(unsigned long high, unsigned long batch);
bool kb_inside_tunable(enum kb_tunable tunable, uint32_t value);
unsigned long kb_inside_compact(struct zone *zone, int order);
void kb_inside_kcompactd(struct pglist_data *node, unsigned int order);
void kb_inside_cma_init(void);
void kb_inside_fold(void);

/* Populated zones, as the border numbers them, which a boot has counted: query.c */
void kb_count_zones(void);
struct zone *kb_zone_at(uint32_t zone);
uint32_t kb_zone_number(const struct zone *zone);

#endif
