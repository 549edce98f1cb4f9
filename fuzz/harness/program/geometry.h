/* SPDX-License-Identifier: GPL-2.0-only */
/* The geometries, per-CPU profiles and watermark profiles that a program header chooses from. */
#ifndef HARNESS_GEOMETRY_H
#define HARNESS_GEOMETRY_H

#include <stdio.h>

#include "fuzz/harness/program/program.h"
#include "spb/config.h"

/**
 * enum entry_table - tables that a byte of the header names an entry of
 *
 * A byte of the window of 32 or 8 that program_entry() knows means an entry that has come, or
 * will come, after version 1 was laid down. All others mean what they did then, for ever: they
 * are taken modulo 32 or 8, and where there was no entry, mean the first.
 */
enum entry_table { ENTRY_GEOMETRY, ENTRY_PCP, ENTRY_WATERMARKS, NR_ENTRY_TABLES };

/* The most entries that each can have. */
#define MAX_GEOMETRIES (18 + 32)
#define MAX_PCP_PROFILES (4 + 8)
#define MAX_WATERMARK_PROFILES (4 + 8)

/* How many entries there are. */
unsigned int entry_nr(enum entry_table table);
/* The one that a byte means; -1 when that is kept for a later version. */
int entry_of(enum entry_table table, uint8_t byte);
/* The byte that an entry is written with. */
uint8_t entry_byte(enum entry_table table, unsigned int entry);
/* What the byte meant before bytes were kept for later: never -1. */
unsigned int entry_before(enum entry_table table, uint8_t byte);
const char *entry_name(enum entry_table table, unsigned int entry);
/* The entry of a name, or -1. */
int entry_index(enum entry_table table, const char *name);
/* "geometry", ... as in text. */
const char *entry_table_name(enum entry_table table);

/* "walk" or "bitmaps". */
const char *geometry_chooser_name(enum spb_chooser chooser);

/* How the superpageblocks of every program are chosen; negative: as its own header asks. */
extern int geometry_chooser;

/**
 * geometry_from_environment - let SPBFUZZ_CHOOSER say how superpageblocks are chosen
 * @complaints: where to say what is wrong with it
 *
 * Unset or empty, headers decide.
 *
 * Return: false when it names no chooser; nothing has changed then.
 */
bool geometry_from_environment(FILE *complaints);

/* The configuration that a header asks for, but for what the environment says. */
void geometry_config(const struct program_header *header, struct spb_config *config);

/*
 * What a record of target boot changes of it: a zone, one more range, a number. All others change
 * nothing. A range too many is counted, which is what is wrong with it.
 */
void geometry_boot(const struct program_record *record, struct spb_config *config);

/* The same for headers whose configurations differ at most in tunables. */
#define GEOMETRY_KEYS (MAX_GEOMETRIES * MAX_PCP_PROFILES * MAX_WATERMARK_PROFILES * PROGRAM_CPUS)
uint32_t geometry_key(const struct program_header *header);

#endif
