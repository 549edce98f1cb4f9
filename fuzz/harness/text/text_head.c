// SPDX-License-Identifier: GPL-2.0-only
/* Programs as text: the directives. */
#include "fuzz/harness/text/text_parse.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/program/geometry.h"
#include "spb/config.h"

bool text_fail(struct parser *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->error->message, sizeof(p->error->message), format, args);
	va_end(args);
	return false;
}

bool text_number(struct parser *p, const char *text, unsigned long max, unsigned long *value)
{
	bool digit = text && *text >= '0' && *text <= '9';
	char *end;

	if (!digit)
		return text_fail(p, "a number is needed, not '%s'", text ? text : "");
	*value = strtoul(text, &end, strncmp(text, "0x", 2) ? 10 : 16);
	if (*end)
		return text_fail(p, "'%s' is not a number", text);
	if (*value > max)
		return text_fail(p, "%s is too large: at most %lu", text, max);
	return true;
}

static bool take_entry(struct parser *p, char *rest, uint8_t *to, int (*index)(const char *),
		       const char *(*name)(unsigned int), unsigned int slots)
{
	char *word = strtok_r(NULL, BLANKS, &rest);
	unsigned long value;
	int found;

	if (!word)
		return text_fail(p, "a name is missing");
	if (!text_is_number(word)) {
		found = index(word);
		if (found < 0)
			return text_fail(p, "'%s' is unknown; the first is '%s' of %u", word,
				    name(0), slots);
		*to = (uint8_t)found;
	} else {
		if (!text_number(p, word, 255, &value))
			return false;
		*to = (uint8_t)value;
	}
	return true;
}

static bool take_bits(struct parser *p, char *rest, uint8_t *to, unsigned int names,
		      const char *(*name)(unsigned int), unsigned long max)
{
	unsigned long bits = 0, value;

	for (char *word; (word = strtok_r(NULL, BLANKS, &rest));) {
		unsigned int bit = 0;

		if (text_is_number(word)) {
			if (!text_number(p, word, max, &value))
				return false;
			bits |= value;
			continue;
		}
		while (bit < names && strcmp(name(bit), word))
			bit++;
		if (bit == names)
			return text_fail(p, "'%s' is not known here", word);
		bits |= 1ul << bit;
	}
	text_put(to, bits);
	return true;
}

static bool take_schedule(struct parser *p, char *rest)
{
	char *word = strtok_r(NULL, BLANKS, &rest);
	unsigned long value;

	if (!word)
		return text_fail(p, "a schedule mode is missing");
	if (text_is_number(word)) {
		if (!text_number(p, word, 255, &value))
			return false;
	} else {
		for (value = 0; text_schedule_name((unsigned int)value); value++)
			if (!strcmp(text_schedule_name((unsigned int)value), word))
				break;
		if (!text_schedule_name((unsigned int)value))
			return text_fail(p, "'%s' is no schedule mode", word);
	}
	p->to[10] = (uint8_t)value;
	while ((word = strtok_r(NULL, BLANKS, &rest))) {
		if (!strncmp(word, "param=", 6)) {
			if (!text_number(p, word + 6, 255, &value))
				return false;
			p->to[11] = (uint8_t)value;
		} else if (!strncmp(word, "seed=", 5)) {
			if (!text_number(p, word + 5, UINT32_MAX, &value))
				return false;
			memset(p->to + 12, 0, 4);
			text_put(p->to + 12, value);
		} else {
			return text_fail(p, "'%s' is neither param= nor seed=", word);
		}
	}
	return true;
}

static bool take_reach(struct parser *p, char *word)
{
	char *name = strchr(word, ':');
	unsigned int kind = 0, index = 0;
	const char *known;

	if (!name)
		return text_fail(p, "'%s' needs a kind: step:, refusal:, relax:, promise:, event:",
				 word);
	*name++ = 0;
	while ((known = text_reach_kind_name(kind)) && strcmp(known, word))
		kind++;
	if (!known)
		return text_fail(p, "'%s' is no kind: step, refusal, relax, promise, event are",
				 word);
	while ((known = text_reach_name(kind, index)) && strcmp(known, name))
		index++;
	if (!known)
		return text_fail(p, "there is no %s of the name '%s'", word, name);
	if (!p->reaches)
		return true;
	if (p->reaches->nr == TEXT_MAX_REACHES)
		return text_fail(p, "more than %d things to reach", TEXT_MAX_REACHES);
	p->reaches->want[p->reaches->nr++] = (struct text_reach){ (uint8_t)kind, (uint8_t)index };
	return true;
}

static bool take_reaches(struct parser *p, char *rest)
{
	for (char *word; (word = strtok_r(NULL, BLANKS, &rest));)
		if (!take_reach(p, word))
			return false;
	return true;
}

static const char *const directives[] = {
	"spbt", "geometry", "cpus", "pcp", "watermarks", "switches", "without", "schedule", "spare",
	"size", "reaches:",
};

enum { D_SPBT, D_GEOMETRY, D_CPUS, D_PCP, D_WATERMARKS, D_SWITCHES, D_WITHOUT, D_SCHEDULE,
       D_SPARE, D_SIZE, D_REACHES, NR_DIRECTIVES };

_Static_assert(ARRAY_SIZE(directives) == NR_DIRECTIVES, "a name for each directive");

static bool take_size(struct parser *p, const char *word)
{
	unsigned long value;

	if (!text_number(p, word, p->size, &value))
		return false;
	if (!value)
		return text_fail(p, "a program has at least its version byte");
	p->cut = value;
	return true;
}

static bool take_known(struct parser *p, unsigned int which, char *rest)
{
	unsigned long value;

	switch (which) {
	case D_SPBT:
		if (!text_number(p, strtok_r(NULL, BLANKS, &rest), 255, &value))
			return false;
		return value == 1 ||
		       text_fail(p, "this tool knows version 1 of the text, not %lu", value);
	case D_GEOMETRY:
		return take_entry(p, rest, p->to + 1, geometry_index, geometry_name,
				  GEOMETRY_SLOTS);
	case D_PCP:
		return take_entry(p, rest, p->to + 3, pcp_profile_index, pcp_profile_name,
				  PCP_SLOTS);
	case D_WATERMARKS:
		return take_entry(p, rest, p->to + 8, watermark_profile_index,
				  watermark_profile_name, WATERMARK_SLOTS);
	case D_CPUS:
		if (!text_number(p, strtok_r(NULL, BLANKS, &rest), PROGRAM_CPUS, &value))
			return false;
		if (!value)
			return text_fail(p, "at least one CPU");
		p->to[2] |= (value - 1) & 3;
		return true;
	case D_SPARE:
		if (!text_number(p, strtok_r(NULL, BLANKS, &rest), 0xfc, &value))
			return false;
		p->to[2] |= value & 0xfc;
		return !(value & 3) || text_fail(p, "spare bits are bits 2 to 7");
	case D_SWITCHES:
		return take_bits(p, rest, p->to + 9, 6, text_switch_name, 0xff);
	case D_WITHOUT:
		return take_bits(p, rest, p->to + 4, NR_GROUPS, program_group_name, UINT32_MAX);
	case D_SCHEDULE:
		return take_schedule(p, rest);
	case D_REACHES:
		return take_reaches(p, rest);
	default:
		return take_size(p, strtok_r(NULL, BLANKS, &rest));
	}
}

static unsigned int directive_index(const char *word)
{
	unsigned int which = 0;

	while (which < NR_DIRECTIVES && strcmp(directives[which], word))
		which++;
	return which;
}

bool text_is_directive(const char *word)
{
	return directive_index(word) < NR_DIRECTIVES;
}

bool text_take_directive(struct parser *p, const char *word, char *rest)
{
	unsigned int which = directive_index(word);

	if (p->head_done && which != D_SIZE)
		return text_fail(p, "'%s' belongs before the first record", word);
	if (which != D_REACHES && which != D_SIZE) {
		if (p->seen & 1u << which)
			return text_fail(p, "'%s' is given twice", word);
		p->seen |= 1u << which;
	}
	return take_known(p, which, rest);
}
