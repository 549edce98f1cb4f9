/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs as text (*.spbt), one line per record:
 *
 *   spbt 1                              first directive
 *   geometry two-spbs                   header, in any order; what is left out is zero
 *   cpus 2
 *   reaches: step:claim-whole relax:drop    what a run must reach; not part of the bytes
 *   alloc s3 order=2 gfp=GFP_KERNEL|__GFP_NOWARN cpu=1 node=1 pre=17>2 pre2=40>irq:free
 *   age order=3 unmovable=40 reclaimable=9 movable=120 free=64 zone=1 seed=7   # comment
 *   tunable defrag arg=1
 *   free@0x21 s3                        an opcode other than the operation's first
 *   size 37                             bytes end inside the last record
 *
 * Every byte string of the known version has exactly one such form, and that form gives
 * the same bytes; bits without a meaning are written when they are not zero. Directives
 * are spbt, geometry, cpus, pcp, watermarks, switches, without (operation groups that
 * are off), schedule, spare, reaches: and size.
 */
#ifndef HARNESS_TEXT_H
#define HARNESS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/harness/program/program.h"
#include "spb/event.h"

/* Migratetypes that a field may name; the operation takes it modulo this. */
#define TEXT_NR_TYPES 3
#define TEXT_VERSION 1u
#define TEXT_LINE 1024 /* enough for any record */

enum text_reach_kind {
	REACH_STEP,
	REACH_REFUSAL,
	REACH_RELAX,
	REACH_EVENT,
	REACH_PROMISE,
	NR_REACH_KINDS,
};

/* One thing that a program must reach: an index into the kind's names. */
struct text_reach {
	uint8_t kind;
	uint8_t index;
};

#define TEXT_MAX_REACHES 96

struct text_reaches {
	unsigned int nr;
	struct text_reach want[TEXT_MAX_REACHES];
};

struct text_error {
	unsigned int line;
	char message[200];
};

/* Text begins with a byte below the version bytes. Nothing at all counts as text. */
static inline bool text_is_text(const uint8_t *data, size_t size)
{
	return !size || data[0] < 0x80;
}

/**
 * text_assemble - text to bytes
 * @to: receives the program
 * @room: bytes at @to
 * @reaches: receives what the head names; may be NULL
 * @error: receives line and reason
 *
 * Return: bytes of the program, at least 1; 0 with @error filled in.
 */
size_t text_assemble(const char *text, size_t size, uint8_t *to, size_t room,
		     struct text_reaches *reaches, struct text_error *error);

/**
 * text_show - bytes to text
 * @numbered: add the number of each record as a comment
 *
 * Return: false for an unknown version; nothing is written then.
 */
bool text_show(FILE *to, const uint8_t *data, size_t size, bool numbered);

/* One record as a line without its end. @to: TEXT_LINE bytes. Return: @to */
char *text_record(char *to, const uint8_t raw[PROGRAM_RECORD_SIZE]);

/* "step", ... and the name within the kind; NULL beyond the last. */
const char *text_reach_kind_name(unsigned int kind);
const char *text_reach_name(unsigned int kind, unsigned int index);
const char *text_reach_meaning(unsigned int kind, unsigned int index);
/* What of an event is worth a word beside its name, or NULL: its step, reason or outcome. */
const char *text_event_detail(const struct spb_event *event);

/* Names of header bits, indexed by bit or value; NULL beyond the last. */
#define NR_SWITCHES 6
const char *text_switch_name(unsigned int bit);
const char *text_schedule_name(unsigned int mode);

#endif
