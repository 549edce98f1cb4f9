// SPDX-License-Identifier: GPL-2.0-only
/* Schedules near that of a program: see around.h. */
#include "fuzz/tool/replay/around.h"

#include <string.h>

#include "fuzz/harness/program/fields.h"

#define MAX_POINT 0xffff
/* Preemptions of a record. */
#define PER_RECORD 2u

static bool is_over(const struct around *around)
{
	return around->stop || around->tries >= around->max_tries;
}

static bool try_it(struct around *around)
{
	if (is_over(around))
		return false;
	around->tries++;
	return around->found(around->context, around->bytes, around->size);
}

static unsigned int nr_preemptions(const struct around *around)
{
	return (unsigned int)((around->size - PROGRAM_HEADER_SIZE) / PROGRAM_RECORD_SIZE) *
	       PER_RECORD;
}

static uint8_t *record_of(struct around *around, unsigned int n)
{
	return around->bytes + PROGRAM_HEADER_SIZE + n / PER_RECORD * PROGRAM_RECORD_SIZE;
}

/* Of the n-th preemption; 0 = there is none. */
static int point_of(struct around *around, unsigned int n)
{
	uint8_t *raw = record_of(around, n);

	return (int)(n % PER_RECORD ? record_get(raw, pre2) : record_get(raw, pre));
}

static void set_point(struct around *around, unsigned int n, int point)
{
	uint8_t *raw = record_of(around, n);

	if (n % PER_RECORD)
		record_put(raw, pre2, (uint32_t)point);
	else
		record_put(raw, pre, (uint32_t)point);
}

/* A preemption stays one: what would be no point any more stays where it is. */
static bool move(struct around *around, unsigned int n, int distance)
{
	int point = point_of(around, n);

	if (!point || point + distance < 1 || point + distance > MAX_POINT)
		return false;
	set_point(around, n, point + distance);
	return true;
}

static bool try_from(struct around *around, const uint8_t *data, unsigned int first,
		     unsigned int last, int distance)
{
	bool moved = false;

	memcpy(around->bytes, data, around->size);
	for (unsigned int n = first; n <= last; n++)
		moved |= move(around, n, distance);
	return moved && try_it(around);
}

/* The last preemption has nothing after it that could move as well. */
static bool try_preemptions(struct around *around, const uint8_t *data, int distance)
{
	unsigned int nr = nr_preemptions(around), last = 0;

	memcpy(around->bytes, data, around->size);
	for (unsigned int n = 0; n < nr; n++)
		if (point_of(around, n))
			last = n;
	for (unsigned int n = 0; n <= last && nr && !is_over(around); n++) {
		memcpy(around->bytes, data, around->size);
		if (!point_of(around, n))
			continue;
		if (try_from(around, data, n, n, distance) ||
		    (n < last && try_from(around, data, n, last, distance)))
			return true;
	}
	return false;
}

static bool try_seed(struct around *around, const uint8_t *data, int distance)
{
	memcpy(around->bytes, data, around->size);
	if (header_get(data, mode) == SCHED_ANCHORED)
		return false;
	header_put(around->bytes, seed, header_get(data, seed) + (uint32_t)distance);
	return try_it(around);
}

/* Records end where the bytes do, and a last one that is cut is read as if zeroes followed. */
static void take_whole(struct around *around, const uint8_t *data, size_t size)
{
	memset(around->bytes, 0, sizeof(around->bytes));
	memcpy(around->bytes, data, size < PROGRAM_MAX_SIZE ? size : PROGRAM_MAX_SIZE);
	around->size = size < PROGRAM_HEADER_SIZE ? PROGRAM_HEADER_SIZE : size;
	around->size = (around->size + PROGRAM_RECORD_SIZE - 1) & ~(PROGRAM_RECORD_SIZE - 1ul);
	if (around->size > PROGRAM_MAX_SIZE)
		around->size = PROGRAM_MAX_SIZE;
}

bool around_search(struct around *around, const uint8_t *data, size_t size)
{
	uint8_t whole[PROGRAM_MAX_SIZE];

	around->stop = false;
	around->tries = 0;
	take_whole(around, data, size);
	memcpy(whole, around->bytes, around->size);
	if (try_it(around))
		return true;
	for (int distance = 1; distance <= MAX_POINT && !is_over(around); distance++) {
		uint32_t before = around->tries;

		for (int sign = 1; sign >= -1; sign -= 2)
			if (try_seed(around, whole, sign * distance) ||
			    try_preemptions(around, whole, sign * distance))
				return true;
		/* There is nothing to move, or not so far. */
		if (around->tries == before)
			break;
	}
	return false;
}
