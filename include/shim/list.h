/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Doubly linked lists with the kernel's names, with the checks of
 * CONFIG_DEBUG_LIST always on and poison in removed entries. Each walk counts its
 * steps against the operation's budget, so that a walk that never ends is found.
 */
#ifndef SHIM_LIST_H
#define SHIM_LIST_H

#include "shim/compiler.h"
#include "shim/shim.h"

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_POISON1 ((struct list_head *)0x100)
#define LIST_POISON2 ((struct list_head *)0x122)

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	shim_touch(list);
	list->next = list;
	list->prev = list;
}

static inline void __list_add(struct list_head *new, struct list_head *prev, struct list_head *next)
{
	if (unlikely(!prev || !next))
		shim_list_corrupt("list_add: NULL neighbour", new);
	if (unlikely(next->prev != prev))
		shim_list_corrupt("list_add: next->prev is not prev", new);
	if (unlikely(prev->next != next))
		shim_list_corrupt("list_add: prev->next is not next", new);
	if (unlikely(new == prev || new == next))
		shim_list_corrupt("list_add: double add", new);
	shim_touch(new);
	shim_touch(prev);
	shim_touch(next);
	next->prev = new;
	new->next = next;
	new->prev = prev;
	prev->next = new;
}

static inline void list_add(struct list_head *new, struct list_head *head)
{
	__list_add(new, head, head->next);
}

static inline void list_add_tail(struct list_head *new, struct list_head *head)
{
	__list_add(new, head->prev, head);
}

static inline void __list_del_entry(struct list_head *entry)
{
	struct list_head *prev = entry->prev, *next = entry->next;

	if (unlikely(!prev || !next))
		shim_list_corrupt("list_del: NULL neighbour", entry);
	if (unlikely(next == LIST_POISON1 || prev == LIST_POISON2))
		shim_list_corrupt("list_del: entry was removed before", entry);
	if (unlikely(prev->next != entry))
		shim_list_corrupt("list_del: prev->next is not entry", entry);
	if (unlikely(next->prev != entry))
		shim_list_corrupt("list_del: next->prev is not entry", entry);
	shim_touch(prev);
	shim_touch(next);
	next->prev = prev;
	prev->next = next;
}

static inline void list_del(struct list_head *entry)
{
	__list_del_entry(entry);
	shim_touch(entry);
	entry->next = LIST_POISON1;
	entry->prev = LIST_POISON2;
}

static inline void list_del_init(struct list_head *entry)
{
	__list_del_entry(entry);
	INIT_LIST_HEAD(entry);
}

static inline void list_move(struct list_head *entry, struct list_head *head)
{
	__list_del_entry(entry);
	list_add(entry, head);
}

static inline void list_move_tail(struct list_head *entry, struct list_head *head)
{
	__list_del_entry(entry);
	list_add_tail(entry, head);
}

static inline bool list_empty(const struct list_head *head)
{
	return READ_ONCE(head->next) == head;
}

static inline bool list_is_head(const struct list_head *list, const struct list_head *head)
{
	return list == head;
}

static inline bool list_is_singular(const struct list_head *head)
{
	return !list_empty(head) && head->next == head->prev;
}

static inline struct list_head *shim_list_step(struct list_head *next)
{
	shim_step();
	return next;
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first_entry(head, type, member) list_entry((head)->next, type, member)
#define list_last_entry(head, type, member) list_entry((head)->prev, type, member)
#define list_first_entry_or_null(head, type, member) \
	(list_empty(head) ? NULL : list_first_entry(head, type, member))
#define list_next_entry(pos, member) list_entry((pos)->member.next, __typeof__(*(pos)), member)
#define list_entry_is_head(pos, head, member) (&(pos)->member == (head))

#define list_for_each(pos, head) \
	for (pos = (head)->next; pos != (head); pos = shim_list_step(pos->next))

#define list_for_each_entry(pos, head, member)                                            \
	for (pos = list_first_entry(head, __typeof__(*pos), member);                      \
	     !list_entry_is_head(pos, head, member);                                      \
	     pos = list_entry(shim_list_step(pos->member.next), __typeof__(*pos), member))

#define list_for_each_entry_safe(pos, n, head, member)                                    \
	for (pos = list_first_entry(head, __typeof__(*pos), member),                      \
	    n = list_next_entry(pos, member);                                             \
	     !list_entry_is_head(pos, head, member);                                      \
	     pos = n, n = list_entry(shim_list_step(n->member.next), __typeof__(*n), member))

#endif
