/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two files that read text share: text_head.c (directives), text_parse.c (records). */
#ifndef HARNESS_TEXT_PARSE_H
#define HARNESS_TEXT_PARSE_H

#include "fuzz/harness/text/text.h"

#define BLANKS " \t\r"

struct parser {
	uint8_t *to;
	size_t room;
	size_t size; /* bytes so far, header included */
	size_t cut;  /* value of the size directive, 0 = none */
	bool head_done;
	uint32_t seen; /* directives, or fields of the record */
	struct text_reaches *reaches;
	struct text_error *error;
};

/* Note why the text is refused. Return: false */
__attribute__((format(printf, 2, 3))) bool text_fail(struct parser *p, const char *format, ...);

/* @text: decimal or 0x...; NULL reads as missing. */
bool text_number(struct parser *p, const char *text, unsigned long max, unsigned long *value);

static inline bool text_is_number(const char *text)
{
	return *text >= '0' && *text <= '9';
}

/* Or @value into the bytes at @to, lowest first. */
static inline void text_put(uint8_t *to, unsigned long value)
{
	for (; value; value >>= 8)
		*to++ |= value & 0xff;
}

/* Is @word a directive? Then take it, with what follows on its line. */
bool text_is_directive(const char *word);
bool text_take_directive(struct parser *p, const char *word, char *rest);

#endif
