// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/tool/export/export.h"
static void prepare(FILE *l){(void)l;}
static void finish(bool f){(void)f;}
static const struct observer w = { .name = "calls" };
const struct recorder note_calls = { &w, prepare, finish };
bool source_c(FILE *to, const void *what){(void)to;(void)what;return false;}
bool source_kunit(FILE *to, const void *what){(void)to;(void)what;return false;}
