/* SPDX-License-Identifier: GPL-2.0-only */
/* An event as somebody who knows the allocator says it. */
#ifndef HARNESS_EVENT_TEXT_H
#define HARNESS_EVENT_TEXT_H

#include <stddef.h>

struct spb_event;

/**
 * event_text - "alloc by empty: page 1376, order 2, movable; flags low|nofragment"
 *
 * Return: @to
 */
const char *event_text(const struct spb_event *event, char *to, size_t room);

#endif
