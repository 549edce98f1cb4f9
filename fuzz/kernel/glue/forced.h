/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before the first line of every object of the tree, and of the glue: what the
 * configuration of ARCH=um cannot say. All objects must see the same of it, or the layouts of
 * their structs differ.
 */
#ifndef KB_FORCED_H
#define KB_FORCED_H

/* Four CPUs, of two nodes: um's Kconfig has neither. */
#undef CONFIG_NR_CPUS
#undef CONFIG_FORCE_NR_CPUS
#undef CONFIG_BROKEN_ON_SMP
#define CONFIG_NR_CPUS 4
#define CONFIG_SMP 1
#undef CONFIG_PREEMPT_COUNT
#define CONFIG_PREEMPT_COUNT 1
#define CONFIG_NUMA 1
#define CONFIG_NODES_SHIFT 1
#define CONFIG_USE_PERCPU_NUMA_NODE_ID 1
#define CONFIG_ZONE_DMA32 1
#define CONFIG_CPUSETS 1

/*
 * The memory map is an array of its own, so that holes cost nothing and no page of the program
 * holds a part of it. Whether there is an entry for a pfn is for us to say.
 */
#undef CONFIG_FLATMEM
#define CONFIG_SPARSEMEM_VMEMMAP 1
#define CONFIG_HAVE_ALIGNED_STRUCT_PAGE 1 /* 64 bytes, as where memory is accounted */

/* The host poisons what is free for AddressSanitizer. */
#define HAVE_ARCH_FREE_PAGE 1
#define HAVE_ARCH_ALLOC_PAGE 1

#ifndef __ASSEMBLY__

/* Before atomics and bit operations are defined, which tell it what they are. */
#ifdef KB_HOOKED
#include "fuzz/kernel/glue/hooked.h"
#endif

#include <generated/bounds.h>
#undef MAX_NR_ZONES
#define MAX_NR_ZONES 3 /* DMA32, NORMAL, MOVABLE */
#undef NR_CPUS_BITS
#define NR_CPUS_BITS 2

/* Findings of the host, with their text. */
#include <linux/bug.h>
#undef BUG
#undef BUG_ON
#define BUG() kb_bug("BUG", __FILE__, __LINE__)
#define BUG_ON(condition) \
	do { \
		if (unlikely(condition)) \
			kb_bug(#condition, __FILE__, __LINE__); \
	} while (0)
void kb_bug(const char *what, const char *file, int line) __attribute__((noreturn));

#include <linux/kernel.h>
#undef might_sleep
#define might_sleep() kb_might_sleep(__func__)
void kb_might_sleep(const char *where);

struct page;
struct cpumask;

extern unsigned int kb_cpu;
extern unsigned int kb_max_order;
extern unsigned int kb_pageblock_order;
extern unsigned long kb_first_pfn, kb_end_pfn;

#define raw_smp_processor_id() kb_cpu
#define KB_MEMORY_MAP 0x200000000000UL
#define vmemmap ((struct page *)KB_MEMORY_MAP)

const struct cpumask *cpumask_of_node(int node);

static inline int kb_pfn_valid(unsigned long pfn)
{
	return pfn >= kb_first_pfn && pfn < kb_end_pfn;
}

/* um finds the thread by its stack; here it is that of the CPU. */
#include <asm/thread_info.h>
extern struct thread_info kb_threads[CONFIG_NR_CPUS];
#define current_thread_info() (&kb_threads[kb_cpu])
#undef pfn_valid
#define pfn_valid kb_pfn_valid

/* The content of a page is a few bytes in a table. */
void kb_clear(void *page);
#undef clear_page
#define clear_page(page) kb_clear(page)

/*
 * Orders are of the program's geometry: arrays are as long as the tree has them, and loops end
 * where the program says.
 */
#include <linux/mm.h>
#ifdef KB_INTERNAL_H
#include KB_INTERNAL_H
#endif
#ifdef MAX_PAGE_ORDER
enum { KB_MOST_ORDERS = NR_PAGE_ORDERS };
#undef MAX_PAGE_ORDER
#define MAX_PAGE_ORDER kb_max_order
#else /* MAX_ORDER is the first that no buddy has */
enum { KB_MOST_ORDERS = MAX_ORDER };
#undef MAX_ORDER
#define MAX_ORDER (kb_max_order + 1)
#endif
#undef pageblock_order
#define pageblock_order kb_pageblock_order

void arch_free_page(struct page *page, int order);
void arch_alloc_page(struct page *page, int order);

/* Whether a node has an end for ZONE_MOVABLE is the configuration's to say. */
#include <linux/memory_hotplug.h>
extern bool kb_movable_node;
#define movable_node_is_enabled() kb_movable_node

/* The map of pageblocks lies outside of the memory of the program. */
#include <linux/memblock.h>
void *kb_boot_memory(unsigned long size);
#undef memblock_alloc_node
#define memblock_alloc_node(size, align, node) kb_boot_memory(size)

#endif
#endif
