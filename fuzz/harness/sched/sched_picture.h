/* SPDX-License-Identifier: GPL-2.0-only */
/* An observer that has a report name the operations that are under way. */
#ifndef HARNESS_SCHED_PICTURE_H
#define HARNESS_SCHED_PICTURE_H

struct observer;

extern const struct observer sched_observer;

#endif
