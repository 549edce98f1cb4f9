// SPDX-License-Identifier: GPL-2.0-only
/* Control characters made visible: see plain.h. */
#include "fuzz/tool/common/plain.h"

#define DELETE 0x7f
#define UTF8_C1 0xc2 /* comes before 0x80 to 0x9f, the second set of control characters */

void plain_print(FILE *to, const char *text)
{
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text, next = (unsigned char)text[1];

		if (byte < ' ' || byte == DELETE)
			fprintf(to, "\\x%02x", byte);
		else if (byte == UTF8_C1 && next >= 0x80 && next < 0xa0)
			fprintf(to, "\\x%02x", *(const unsigned char *)++text);
		else
			putc(byte, to);
	}
}

void plain_line(FILE *to, const char *before, const char *text)
{
	fputs(before, to);
	plain_print(to, text);
	putc('\n', to);
}
