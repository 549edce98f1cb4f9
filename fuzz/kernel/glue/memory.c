// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is not the program's: per-CPU areas, the memory map, maps of pageblocks, contents. */
#include <linux/percpu.h>
#include <linux/slab.h>

#include "fuzz/kernel/glue/glue.h"

/* Of the C library; the tree's headers have other types for the same. */
void *mmap(void *at, unsigned long size, int protection, int flags, int file, long offset);
#define MAP_ZEROED_AT (0x02 | 0x10 | 0x20 | 0x4000) /* private, fixed, anonymous, no reserve */

void __asan_poison_memory_region(const volatile void *at, size_t size) __weak;
void __asan_unpoison_memory_region(const volatile void *at, size_t size) __weak;

#define AREA_ROOM 8192 /* per-CPU memory that is allocated at run time, per CPU */
#define AREAS 0x210000000000UL
#define BOOT_MEMORY 0x220000000000UL
#define BOOT_ROOM (256 << 10)
#define SLAB_ROOM 8192

extern char __start_kb_percpu[], __stop_kb_percpu[];

unsigned long __per_cpu_offset[NR_CPUS];
unsigned long kb_first_pfn, kb_end_pfn;
unsigned long uml_physmem = KB_MEMORY - (KB_FIRST_PFN << PAGE_SHIFT);
void *high_memory;

static unsigned long area_size, area_used, slab_used, boot_used;
static char slab_memory[SLAB_ROOM] __aligned(64) KB_GIVEN;

static unsigned long static_size(void)
{
	return ALIGN(__stop_kb_percpu - __start_kb_percpu, 64);
}

KB_PLAIN void kb_copy(void *to, const void *from, size_t size)
{
	asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

KB_PLAIN void kb_wipe(void *at, size_t size)
{
	asm volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(0) : "memory");
}

void kb_memory_attach(void)
{
	unsigned long map = (KB_FIRST_PFN + KB_MAX_PAGES) * sizeof(struct page);
	unsigned long contents = (KB_FIRST_PFN + KB_MAX_PAGES) * KB_CONTENT_BYTES;

	mmap((void *)KB_MEMORY_MAP, map, 3, MAP_ZEROED_AT, -1, 0);
	mmap((void *)KB_CONTENTS, contents, 3, MAP_ZEROED_AT, -1, 0);
	mmap((void *)BOOT_MEMORY, BOOT_ROOM, 3, MAP_ZEROED_AT, -1, 0);
	mmap((void *)AREAS, NR_CPUS * (static_size() + AREA_ROOM), 3, MAP_ZEROED_AT, -1, 0);
}

/*
 * Where memory begins or ends in the middle of a block of the largest order, the kernel looks at
 * the pages of that block that are missing: they are nobody's buddies, whatever was booted before.
 */
static size_t map_state(void **start)
{
	unsigned long first = ALIGN_DOWN(kb_first_pfn, 1UL << kb_max_order);
	unsigned long end = ALIGN(kb_end_pfn, 1UL << kb_max_order);

	*start = vmemmap + first;
	return (end - first) * sizeof(struct page);
}

/* Between kb_first_pfn and kb_end_pfn, and of each CPU. */
void kb_areas_reset(void)
{
	unsigned int cpu;
	size_t map_bytes;
	void *map;

	area_size = static_size() + AREA_ROOM;
	area_used = static_size();
	map_bytes = map_state(&map);
	kb_wipe(map, map_bytes);
	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		char *area = (char *)AREAS + cpu * area_size;

		kb_copy(area, __start_kb_percpu, static_size());
		kb_wipe(area + static_size(), AREA_ROOM);
		__per_cpu_offset[cpu] = area - __start_kb_percpu;
	}
}

bool kb_in_areas(const void *at)
{
	return (unsigned long)at - AREAS < NR_CPUS * area_size;
}

/* The @n-th range of state that is here. Return: its size, 0 beyond the last. */
size_t kb_memory_state(unsigned int n, void **start)
{
	switch (n) {
	case 0:
		*start = (void *)AREAS;
		return NR_CPUS * area_size;
	case 1:
		return map_state(start);
	case 2:
		*start = (void *)BOOT_MEMORY;
		return boot_used;
	}
	return 0;
}

/* The memory map has no sections that would have to know which parts of them are there. */
void sparse_init_subsection_map(unsigned long pfn, unsigned long pages)
{
}

void *kb_boot_memory(unsigned long size)
{
	void *at = (void *)(BOOT_MEMORY + boot_used);

	boot_used += ALIGN(size, 64);
	if (boot_used > BOOT_ROOM)
		kb_bug("the maps of pageblocks need more room", __FILE__, __LINE__);
	kb_wipe(at, size);
	return at;
}

static void __percpu *area_alloc(size_t size, size_t align)
{
	area_used = ALIGN(area_used, align);
	area_used += size;
	if (area_used > area_size)
		kb_bug("per-CPU areas need more room", __FILE__, __LINE__);
	return (void __percpu *)(__start_kb_percpu + area_used - size);
}

#if KB_HAS_NOPROF
void __percpu *pcpu_alloc_noprof(size_t size, size_t align, bool reserved, gfp_t gfp)
{
	return area_alloc(size, align);
}
#else
void __percpu *__alloc_percpu(size_t size, size_t align)
{
	return area_alloc(size, align);
}
#endif

void free_percpu(void __percpu *at)
{
}

/* For the bitmap of a CMA area: nothing else of the objects asks for small memory. */
#if !KB_HAS_NOPROF
#define __kmalloc_noprof __kmalloc
#endif
void *__kmalloc_noprof(size_t size, gfp_t gfp)
{
	void *at = slab_memory + slab_used;

	slab_used += ALIGN(size, 64);
	if (slab_used > SLAB_ROOM)
		kb_bug("small allocations need more room", __FILE__, __LINE__);
	return at;
}

void kfree(const void *at)
{
}

bool slab_is_available(void)
{
	return false;
}

static char *content(unsigned long pfn)
{
	return (char *)KB_CONTENTS + pfn * KB_CONTENT_BYTES;
}

void *kb_content(uint32_t pfn)
{
	return kb_pfn_valid(pfn) ? content(pfn) : NULL;
}

/* Instead of a page's 4096 bytes. */
void kb_clear(void *page)
{
	kb_wipe(content(__pa(page) >> PAGE_SHIFT), KB_CONTENT_BYTES);
}

void kb_poison(unsigned long pfn, unsigned long pages, bool poisoned)
{
	if (poisoned && __asan_poison_memory_region)
		__asan_poison_memory_region(content(pfn), pages * KB_CONTENT_BYTES);
	else if (!poisoned && __asan_unpoison_memory_region)
		__asan_unpoison_memory_region(content(pfn), pages * KB_CONTENT_BYTES);
}

void arch_free_page(struct page *page, int order)
{
	kb_poison(page_to_pfn(page), 1UL << order, true);
}

void arch_alloc_page(struct page *page, int order)
{
	kb_poison(page_to_pfn(page), 1UL << order, false);
}

/* Return: true, to go on. */
static bool poison_pcp(void *data, uint32_t cpu, uint32_t pfn, uint32_t order, uint32_t type)
{
	kb_poison(pfn, 1UL << order, true);
	return true;
}

static bool poison_buddy(void *data, uint32_t pfn, uint32_t order, uint32_t type)
{
	kb_poison(pfn, 1UL << order, true);
	return true;
}

void kb_content_reset(void)
{
	uint32_t zone;

	if (!__asan_poison_memory_region)
		return;
	kb_poison(kb_first_pfn, kb_end_pfn - kb_first_pfn, false);
	for (zone = 0; kb_zone_at(zone); zone++) {
		kb_walk_free(zone, poison_buddy, NULL);
		kb_walk_pcp(zone, poison_pcp, NULL);
	}
}
