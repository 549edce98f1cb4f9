/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deferred work of the core: on the queue, pending, running.
 *
 *   idle ──queue──▶ pending, on the queue ──begin──▶ running ──end──▶ idle
 *                        ▲                             │
 *                        └──── queued meanwhile ───────┘
 */
#ifndef HARNESS_WORKQUEUE_H
#define HARNESS_WORKQUEUE_H

#include <stdbool.h>

struct work_struct;
struct zone;

/* A program starts, with an empty queue. */
void work_begin(void);

/* On the queue, by its links alone. */
bool work_is_queued(const struct work_struct *work);

/* Rule work-queue: of one item, of those of all nodes. */
void work_check(const struct work_struct *work);
void work_check_nodes(void);

/* An evacuation was queued for a zone: rule wakeup-needless. */
void work_evacuation(const struct zone *zone);

/* The lock of the queue is about to be given back: what it protects agrees, whoever runs. */
void work_section(void);

#endif
