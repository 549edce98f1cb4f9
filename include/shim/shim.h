/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that the core asks of its host. The linked core object has these
 * undefined symbols and no other (scripts/spb/parts/gates.py checks it).
 */
#ifndef SHIM_SHIM_H
#define SHIM_SHIM_H

#include "shim/types.h"
#include "spb/rules.h"

struct spb_core;
struct spb_event;
struct page;
typedef struct spinlock spinlock_t;

/*
 * A line is the unit in which changes of the arena are noted (see shim_touch()).
 * Structures that are restored by line are aligned to it.
 */
#define SHIM_LINE_SHIFT 7
#define SHIM_LINE BIT(SHIM_LINE_SHIFT)

/* What is known of a line that shim_touch() noted; the host takes the bits away. */
#define SHIM_DIRTY_RUN BIT(0) /* since the arena was last reset */
#define SHIM_DIRTY_OP BIT(1)  /* since the host last looked */
#define SHIM_DIRTY (SHIM_DIRTY_RUN | SHIM_DIRTY_OP)

/**
 * struct shim_cpu - a logical CPU: which allocator a name without a context
 *                   argument means, and on which CPU the code runs
 * @core: the allocator
 * @arena: address of the allocator's arena
 * @arena_size: bytes
 * @dirty: one byte per line of the arena
 * @cpu: what smp_processor_id() says
 * @budget: list steps and retries left to this operation; at 0 the core calls
 *          shim_budget_exhausted()
 * @choices: each choice of a superpageblock from a summary is told as an event
 *
 * One per logical CPU and per interrupt level; the host points shim_this at the
 * one that runs. The host may embed it in a larger structure.
 */
struct shim_cpu {
	struct spb_core *core;
	shim_uptr arena;
	shim_size arena_size;
	u8 *dirty;
	u32 cpu;
	u32 budget;
	bool choices;
};

extern _Thread_local struct shim_cpu *shim_this;

/* Locks: see shim/spinlock.h for the kernel's names. @func is the caller, for reports. */
void shim_lock(spinlock_t *lock, const char *func);
bool shim_trylock(spinlock_t *lock, const char *func);
void shim_unlock(spinlock_t *lock);
void shim_assert_held(const spinlock_t *lock, const char *func, int line);

/**
 * shim_irq_save - disable interrupts on this CPU
 *
 * Return: what shim_irq_restore() wants to put the old state back.
 */
unsigned long shim_irq_save(void);
void shim_irq_restore(unsigned long flags);

/* A place where the kernel may sleep: no lock held, interrupts on, or it is a finding. */
void shim_might_sleep(const char *func, int line);

/**
 * shim_bad_call - the caller broke the contract of the allocator
 * @rule: the rule that names what is wrong
 *
 * Called before any state has changed. The core returns failure to the caller
 * afterwards, so that a host that predicted the report can go on.
 */
void shim_bad_call(enum spb_rule rule);

/* BUG(): the allocator's own state is wrong. Does not return. */
__attribute__((noreturn)) void shim_bug(const char *what, const char *func, int line);

/**
 * shim_list_corrupt - a list primitive found neighbours that do not agree
 * @what: the check that failed
 * @node: the entry that was being added or removed
 */
__attribute__((noreturn)) void shim_list_corrupt(const char *what, const void *node);

/* The operation's budget of list steps and retries is used up. */
__attribute__((noreturn)) void shim_budget_exhausted(const char *func, int line);

/* Something happened: see spb/event.h. May be called with locks held. */
void shim_event(const struct spb_event *event);

/**
 * shim_migrate - move the owner of an allocation to other pages
 * @src: head page of the allocation, of page_order(@src)
 * @dst: head page of as many free pages, taken by the core
 *
 * Context: no lock held, may sleep. Called only for pages with an owner.
 * Return: 0 when the owner now uses @dst (content copied, its reference to the
 *         pages moved, set_page_owner() called for @dst); -EBUSY when it keeps @src
 *         (pinned, or freed meanwhile).
 */
int shim_migrate(struct page *src, struct page *dst);

/**
 * shim_give_up - ask the owner of a reclaimable or movable allocation to let go
 * @page: head page
 *
 * Context: no lock held, may sleep.
 * Return: true when the owner has forgotten the pages; the core frees them.
 */
bool shim_give_up(struct page *page);

/**
 * shim_out_of_memory - choose a victim and give up all that it owns
 *
 * The host frees through the core's ordinary calls.
 * Context: no lock held, may sleep.
 * Return: number of pages freed, 0 when nobody is left.
 */
unsigned long shim_out_of_memory(void);

/**
 * shim_note_line - a line of the arena is about to change for the first time since its
 *                  bits were last taken away
 *
 * The host sets SHIM_DIRTY, and may keep a list: what has changed is then known without
 * a look at what has not.
 */
void shim_note_line(shim_size line);

#ifdef SHIM_ACCESS_HOOKS

/*
 * Core code that is compiled with access hooks reaches struct shim_cpu by calls: the
 * hooks would report the host's own memory. Within a call of the allocator its arena and
 * its CPU do not change.
 */
__attribute__((const)) struct spb_core *shim_core(void);
__attribute__((const)) u32 shim_cpu_id(void);
__attribute__((const)) bool shim_wants_choices(void);
void shim_step_hooked(const char *func, int line);
void shim_touch_hooked(const void *p);

#define shim_step() shim_step_hooked(__func__, __LINE__)
#define shim_touch(p) shim_touch_hooked(p)

#else

#define shim_core() (shim_this->core)
#define shim_cpu_id() (shim_this->cpu)
#define shim_wants_choices() unlikely(shim_this->choices)

#ifdef SHIM_NATIVE

/* For who counts what the allocator takes, and nobody else: no budget, and no line is noted. */
#define shim_step() do { } while (0)
#define shim_touch(p) ((void)(p))

#else

/* Count one step against the operation's budget. */
#define shim_step()                                                            \
	do {                                                                   \
		if (unlikely(!--shim_this->budget))                            \
			shim_budget_exhausted(__func__, __LINE__);             \
	} while (0)

/**
 * shim_touch - note that an object of the arena is about to change
 * @p: address; outside the arena nothing is noted
 *
 * The list primitives and the accessors of page and pageblock call it, so code
 * that uses those needs no call of its own. Structures that the host restores as
 * a whole (struct zone, the head of struct superpageblock, per-CPU lists) need none.
 */
static inline void shim_touch(const void *p)
{
	shim_size offset = (shim_uptr)p - shim_this->arena;

	if (likely(offset < shim_this->arena_size) &&
	    shim_this->dirty[offset >> SHIM_LINE_SHIFT] != SHIM_DIRTY)
		shim_note_line(offset >> SHIM_LINE_SHIFT);
}

#endif
#endif

#endif
