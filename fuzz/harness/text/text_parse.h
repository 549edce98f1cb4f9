/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two files that read text share: text_head.c (directives), text_parse.c (records). */
#ifndef HARNESS_TEXT_PARSE_H
#define HARNESS_TEXT_PARSE_H

#include "fuzz/harness/program/fields.h"
#include "fuzz/harness/text/text.h"

#define BLANKS " \t\r"

struct parser {
	uint8_t *to;
	size_t room;
	size_t size; /* bytes so far, header included */
	size_t cut;  /* value of the size directive, 0 = none */
	bool head_done;
	uint64_t seen; /* fields of the header, or of the record: bits */
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

/* A number for the bits of all fields of the key of @field, each where it stands in its byte. */
bool text_spare(struct parser *p, const struct field *fields, unsigned int nr,
		const struct field *field, uint8_t *raw, const char *text);

/* Is @word a directive? Then take it, with what follows on its line. */
bool text_is_directive(const char *word);
bool text_take_directive(struct parser *p, const char *word, char *rest);

#endif
