// SPDX-License-Identifier: GPL-2.0-only
/* Strings as other formats want them: see json.h. */
#include "fuzz/tool/common/json.h"

void json_string(FILE *to, const char *text)
{
	putc('"', to);
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '"' || byte == '\\')
			fprintf(to, "\\%c", byte);
		else if (byte < 0x20 || byte > 0x7e)
			fprintf(to, "\\u%04x", byte);
		else
			putc(byte, to);
	}
	putc('"', to);
}

static const char *entity_of(unsigned char byte)
{
	switch (byte) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\n':
		return "&#10;";
	default:
		return byte < 0x20 || byte > 0x7e ? "?" : NULL;
	}
}

void xml_string(FILE *to, const char *text)
{
	for (; *text; text++) {
		const char *entity = entity_of((unsigned char)*text);

		if (entity)
			fputs(entity, to);
		else
			putc(*text, to);
	}
}
