/* SPDX-License-Identifier: GPL-2.0-only */
/* The geometries, per-CPU profiles and watermark profiles that a program header chooses from. */
#ifndef HARNESS_GEOMETRY_H
#define HARNESS_GEOMETRY_H

#include "fuzz/harness/program/program.h"
#include "spb/config.h"

/* Names for the text form; the header byte is taken modulo the number of entries.
 * Entries are only ever added at the end of a table of GEOMETRY_SLOTS, whose spare entries
 * repeat the first, so that old inputs keep their geometry. */
#define GEOMETRY_SLOTS 32
#define PCP_SLOTS 8
#define WATERMARK_SLOTS 8

const char *geometry_name(unsigned int index);
const char *pcp_profile_name(unsigned int index);
const char *watermark_profile_name(unsigned int index);

/* The index of a name, or -1. */
int geometry_index(const char *name);
int pcp_profile_index(const char *name);
int watermark_profile_index(const char *name);

/* The configuration that a header asks for. */
void geometry_config(const struct program_header *header, struct spb_config *config);

/* The same for headers whose configurations differ at most in tunables. */
#define GEOMETRY_KEYS (GEOMETRY_SLOTS * PCP_SLOTS * WATERMARK_SLOTS * PROGRAM_CPUS)
uint32_t geometry_key(const struct program_header *header);

#endif
