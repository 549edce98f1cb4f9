// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads and stores of a kernel with access hooks: preemption points, and what the race detector
 * compares. For both the state of the kernel is one arena, the shadows of locks before it:
 *
 *     locks | .bss | .data | ... | per-CPU areas | memory map | maps of pageblocks
 */
#include <stdio.h>
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/allocator.h"
#include "fuzz/harness/base/symbol.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/race/racedetect.h"
#include "fuzz/harness/sched/sched.h"
#include "fuzz/kernel/adapter.h"

#define MAX_PARTS 16

/* @offset: in the arena */
struct part {
	uintptr_t start;
	size_t size, offset;
};

static PROGRAM_STATE struct part parts[MAX_PARTS];
static PROGRAM_STATE unsigned int nr_parts;
/* Where the last access was the next one is likely to be: of the sections, of the memory map, of
 * the areas of CPUs, of the maps of pageblocks. */
#define NR_REGIONS 4
static PROGRAM_STATE const struct part *recent[NR_REGIONS];

void kernel_access_begin(uint32_t id)
{
	size_t size, locks;
	const void *base = kernel_locks(&locks);
	void *start;

	if (!kb_hooked())
		return;
	size = (locks + 63) & ~(size_t)63;
	for (nr_parts = 0; kb_state(nr_parts, &start, &parts[nr_parts].size); nr_parts++) {
		if (nr_parts == MAX_PARTS - 1)
			finding("harness", "its state is more than %d parts", MAX_PARTS);
		/* Bits of an address within a word, and a place of an atomic, are as they were. */
		size += (uintptr_t)start & 31;
		parts[nr_parts].start = (uintptr_t)start;
		parts[nr_parts].offset = size;
		size = (size + parts[nr_parts].size + 63) & ~(size_t)63;
	}
	for (unsigned int i = 0; i < NR_REGIONS; i++)
		recent[i] = &parts[0];
	access_attach(base, size, id);
}

static noinline const struct part *find_part(uintptr_t at)
{
	for (unsigned int i = 0; i < nr_parts; i++)
		if (at - parts[i].start < parts[i].size)
			return &parts[i];
	return NULL;
}

/* The sections have 0, what lies from 32 TiB on (forced.h, memory.c) 1, 2 and 3. */
static inline unsigned int region_of(uintptr_t at)
{
	return (unsigned int)((at >> 40) + (at >> 45)) % NR_REGIONS;
}

/* Return: false where there is no state. */
static inline bool offset_of(const void *p, size_t *offset)
{
	uintptr_t at = (uintptr_t)p;
	const struct part *part = recent[region_of(at)];

	if (unlikely(at - part->start >= part->size)) {
		part = find_part(at);
		if (!part)
			return false;
		recent[region_of(at)] = part;
	}
	*offset = at - part->start + part->offset;
	return true;
}

static inline void point(uintptr_t at, size_t size, bool write, uint32_t step, const void *pc)
{
	if (likely(access_state.left -= step))
		return;
	access_state.last = at;
	access_state.pc = (uintptr_t)pc;
	access_state.bytes = (unsigned int)size;
	access_state.write = write;
	sched_due();
}

static inline bool sees_irqs_off(void)
{
	return container_of(shim_this, struct host_context, shim)->irqs_off;
}

void kernel_access(const void *p, size_t size, bool write, enum kb_access kind, const void *pc,
		   bool irqs_off)
{
	const void *place;
	size_t offset;

	if (!access_state.size)
		return;
	if (unlikely(irqs_off != sees_irqs_off()))
		kernel_sync_irqs();
	if (!offset_of(p, &offset))
		return;
	place = (const void *)(access_state.base + offset);
	if (kind == KB_ATOMIC)
		host_acquire(place);
	if (access_state.compare)
		race_access(offset, (unsigned int)size,
			    (write ? RACE_WRITE : 0) | (kind == KB_PLAIN_ACCESS ? RACE_PLAIN : 0),
			    (uintptr_t)pc);
	point((uintptr_t)place, size, write,
	      access_state.step + (kind != KB_PLAIN_ACCESS ? access_state.announced_step : 0), pc);
	if (kind != KB_ATOMIC)
		return;
	/* Once more: others may have run at this point, and it comes after theirs. */
	host_acquire(place);
	host_release(place);
}

/* --- what stands at a place --- */

static const void *address_of(size_t offset)
{
	for (unsigned int i = 0; i < nr_parts; i++)
		if (offset - parts[i].offset < parts[i].size)
			return (const void *)(parts[i].start + offset - parts[i].offset);
	return NULL;
}

static const char *field_at(size_t offset)
{
	const void *at = address_of(offset);
	const char *name = at ? kb_field(at) : NULL;

	return name ? name : symbol_of_variable((uintptr_t)at);
}

static uint32_t pfn_at(const void *entry)
{
	uintptr_t first = (uintptr_t)kb_map_entry(0), each = (uintptr_t)kb_map_entry(1) - first;

	return (uint32_t)(((uintptr_t)entry - first) / each);
}

static const char *field_name(size_t offset, char *to, size_t room)
{
	const char *name = field_at(offset);

	if (name && !strncmp(name, "page ", 5))
		snprintf(to, room, "page %u %s", pfn_at(address_of(offset)), name + 5);
	else if (name)
		snprintf(to, room, "%s", name);
	else
		snprintf(to, room, "byte %zu of the kernel", offset);
	return to;
}

static bool meant(size_t offset, uintptr_t writes, uintptr_t other, bool both)
{
	return kernel_race_is_meant(field_at(offset), writes, other, both);
}

/* What is protected, and by what, the kernel's code alone says. */
static const struct spinlock *field_lock(size_t offset)
{
	(void)offset;
	return NULL;
}

static const void *place_of(uint32_t pfn)
{
	size_t offset;

	if (!access_state.detect || !offset_of(kb_map_entry(pfn), &offset))
		return NULL;
	return (const void *)(access_state.base + offset);
}

void kernel_page_acquire(uint32_t pfn)
{
	const void *place = place_of(pfn);

	if (place)
		host_acquire(place);
}

void kernel_page_release(uint32_t pfn)
{
	const void *place = place_of(pfn);

	if (place)
		host_release(place);
}

const struct allocator_memory kernel_memory = {
	.begin = kernel_begin,
	.field_name = field_name,
	.field_lock = field_lock,
	.whole_writes = true,
	.hooked = kb_hooked,
	.meant = meant,
};
