/* SPDX-License-Identifier: GPL-2.0-only */
/* Strings as other formats want them. */
#ifndef TOOL_JSON_H
#define TOOL_JSON_H

#include <stdio.h>

/* With its quotes; bytes that are not ASCII as \u00xx, so that the result is always text. */
void json_string(FILE *to, const char *text);

/* For content and attributes of XML; what XML cannot have is a question mark. */
void xml_string(FILE *to, const char *text);

#endif
