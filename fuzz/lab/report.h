/* SPDX-License-Identifier: GPL-2.0-only */
/* The report of a run: what is measured and what assumed, then a line of CSV for each sample. */
#ifndef LAB_REPORT_H
#define LAB_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "fuzz/lab/books.h"
#include "fuzz/lab/contig.h"
#include "fuzz/lab/memory.h"
#include "fuzz/lab/options.h"
#include "fuzz/lab/load/trace.h"

/**
 * struct lab_sample - a moment of a run
 * @events: steps of the load until then
 * @ms: of the traced machine's time
 * @tried: NULL where no gigabyte was asked for
 */
struct lab_sample {
	uint64_t events, ms;
	const struct lab_books *books;
	const struct lab_memory *memory;
	const struct lab_tried *tried;
};

/* Lines that begin with "#", then the names of the columns. */
void lab_report_head(FILE *to, const struct lab_options *options, const struct lab_trace *trace,
		     uint32_t copies);
void lab_report_sample(FILE *to, const struct lab_sample *sample);
/* The run was ended: a line says so. */
void lab_report_partial(FILE *to, uint64_t events, uint64_t of);

#endif
