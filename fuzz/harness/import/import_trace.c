// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of the kernel's tracer, of trace-cmd report and of perf script:
 *
 *   task-1  [000] .....  3591.555783: mm_page_alloc: pfn=0x12 order=0 migratetype=1 gfp_flags=...
 *   task 1  [000]        3591.555783: kmem:mm_page_free: page=0x... pfn=18 order=0
 */
#include "fuzz/harness/import/import_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/program/state.h"
#include "fuzz/harness/text/names.h"

#define MAX_TRACED_ORDER 20
#define MAX_TRACED_TYPE 5 /* MIGRATE_ISOLATE: more has never been traced */

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* "key=" at the beginning of a word. Return: what follows, or NULL. */
static const char *find_field(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (; (text = strstr(text, key)); text += len)
		if (isspace((unsigned char)text[-1]) && text[len] == '=')
			return text + len + 1;
	return NULL;
}

static bool read_number(const char *fields, const char *key, uint64_t max, uint64_t *value)
{
	const char *text = find_field(fields, key);
	char *end;

	if (!text || !isdigit((unsigned char)*text))
		return false;
	*value = strtoull(text, &end, starts(text, "0x") ? 16 : 10);
	return (!*end || isspace((unsigned char)*end)) && *value <= max;
}

/* The number in the last "[...]" before the event. */
static unsigned int read_cpu(const char *line, const char *event)
{
	for (const char *at = event; at > line; at--)
		if (*at == '[' && isdigit((unsigned char)at[1]))
			return (unsigned int)strtoul(at + 1, NULL, 10);
	return 0;
}

/* Does the line have a time, which ends in a colon, and an event's name after it? */
static bool is_other_event(const char *line)
{
	for (const char *at = line; (at = strchr(at, ':')); at++) {
		const char *name = at + 1;

		if (at == line || !isdigit((unsigned char)at[-1]) || !isspace((unsigned char)*name))
			continue;
		while (isspace((unsigned char)*name))
			name++;
		return isalpha((unsigned char)*name) && strchr(name, ':');
	}
	return false;
}

static const char *find_event(const char *line)
{
	for (const char *at = line; (at = strstr(at, "mm_page_")); at++)
		if (at > line && (isspace((unsigned char)at[-1]) || at[-1] == ':'))
			return at;
	return NULL;
}

/* The number before ": <event>", which has seconds and parts of a second; 0 where there is none. */
static uint64_t read_us(const char *line, const char *event)
{
	const char *at = event;
	uint64_t parts = 0;
	char *end;

	while (at > line && at[-1] != ' ' && at[-1] != '\t')
		at--; /* "kmem:", where the event has that before it */
	while (at > line && !isdigit((unsigned char)at[-1]))
		at--;
	while (at > line && (isdigit((unsigned char)at[-1]) || at[-1] == '.'))
		at--;
	if (!isdigit((unsigned char)*at))
		return 0;
	parts = strtoull(at, &end, 10) * 1000000;
	if (*end != '.')
		return parts;
	for (uint64_t unit = 100000; isdigit((unsigned char)*++end); unit /= 10)
		parts += (uint64_t)(*end - '0') * unit;
	return parts;
}

static bool read_flags(const char *fields, unsigned int layout, uint32_t *gfp)
{
	const char *text = find_field(fields, "gfp_flags");

	return text && gfp_parse_traced(text, strcspn(text, " \t\r"), layout, gfp);
}

enum import_line import_parse(const char *line, unsigned int layout, struct import_event *event)
{
	const char *name = find_event(line);
	uint64_t pfn, order, type = 0;
	const char *fields;
	bool alloc;

	if (!line[strspn(line, " \t\r")] || *line == '#' || starts(line, "cpus="))
		return LINE_COMMENT;
	if (!name && strstr(line, "LOST") && strstr(line, "EVENTS"))
		return LINE_LOST;
	if (!name)
		return is_other_event(line) ? LINE_OTHER : LINE_UNPARSED;
	if (starts(name, "mm_page_free_batched:"))
		return LINE_BATCHED;
	if (starts(name, "mm_page_alloc_extfrag:"))
		return LINE_EXTFRAG;
	alloc = starts(name, "mm_page_alloc:");
	if (!alloc && !starts(name, "mm_page_free:"))
		return LINE_OTHER;

	fields = strchr(name, ':') + 1;
	*event = (struct import_event){ .kind = alloc ? IMPORT_ALLOC : IMPORT_FREE };
	if (!read_number(fields, "pfn", UINT64_MAX >> 20, &pfn) ||
	    !read_number(fields, "order", MAX_TRACED_ORDER, &order))
		return LINE_UNPARSED;
	if (alloc && (!read_number(fields, "migratetype", MAX_TRACED_TYPE, &type) ||
		      !read_flags(fields, layout, &event->gfp)))
		return LINE_UNPARSED;
	event->pfn = pfn;
	event->order = (uint8_t)order;
	event->type = (uint8_t)type;
	event->cpu = (uint8_t)read_cpu(line, name);
	return LINE_EVENT;
}

static bool keep(struct import_trace *trace, const struct import_event *event)
{
	if (trace->nr_events == trace->room) {
		size_t room = trace->room ? 2 * trace->room : 4096;
		struct import_event *events = realloc(trace->events, room * sizeof(*events));

		if (!events)
			return false;
		trace->events = events;
		trace->room = room;
	}
	trace->events[trace->nr_events++] = *event;
	if (event->cpu >= trace->nr_cpus)
		trace->nr_cpus = event->cpu + 1u;
	return true;
}

static bool take_line(struct import_trace *trace, const char *line, unsigned int layout)
{
	struct import_event event;

	trace->lines++;
	switch (import_parse(line, layout, &event)) {
	case LINE_EVENT:
		trace->last_us = read_us(line, find_event(line));
		if (!trace->nr_events)
			trace->first_us = trace->last_us;
		return keep(trace, &event);
	case LINE_COMMENT:
		trace->comments++;
		break;
	case LINE_BATCHED:
		trace->batched++;
		break;
	case LINE_EXTFRAG:
		trace->extfrag++;
		break;
	case LINE_OTHER:
		trace->other++;
		break;
	case LINE_LOST:
		trace->lost++;
		break;
	case LINE_UNPARSED:
		if (!trace->unparsed++) {
			trace->first_unparsed_line = trace->lines;
			snprintf(trace->first_unparsed, sizeof(trace->first_unparsed), "%s", line);
		}
	}
	return true;
}

/* Lines are cut at @buffer's size: the rest of a longer one does not parse. */
static const char *read_lines(struct import_trace *trace, struct import_source *source,
			      unsigned int layout)
{
	/* Of the standard library, for a file. */
	static PROCESS_STATE char buffer[1 << 16];
	size_t used = 0, got;

	while ((got = import_source_read(source, buffer + used, sizeof(buffer) - 1 - used))) {
		char *line = buffer, *stop;

		used += got;
		while ((stop = memchr(line, '\n', used - (size_t)(line - buffer)))) {
			*stop = 0;
			if (!take_line(trace, line, layout))
				return "out of memory";
			line = stop + 1;
		}
		used -= (size_t)(line - buffer);
		memmove(buffer, line, used);
		if (used == sizeof(buffer) - 1) {
			buffer[used] = 0;
			if (!take_line(trace, buffer, layout))
				return "out of memory";
			used = 0;
		}
	}
	/* After trouble the last line may be cut in the middle of a number. */
	buffer[used] = 0;
	if (used && !import_source_trouble(source) && !take_line(trace, buffer, layout))
		return "out of memory";
	return NULL;
}

const char *import_read(struct import_trace *trace, const char *path, unsigned int layout)
{
	struct import_source *source;
	const char *error = NULL;

	*trace = (struct import_trace){ 0 };
	source = import_source_open(path, &error);
	if (!source)
		return error;
	error = read_lines(trace, source, layout);
	if (import_source_trouble(source))
		snprintf(trace->trouble, sizeof(trace->trouble), "%s",
			 import_source_trouble(source));
	import_source_close(source);
	return error;
}

void import_release(struct import_trace *trace)
{
	free(trace->events);
	*trace = (struct import_trace){ 0 };
}
