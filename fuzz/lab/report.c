// SPDX-License-Identifier: GPL-2.0-only
/* What a run says: see report.h. */
#include "fuzz/lab/report.h"

#include <inttypes.h>
#include <string.h>

#include "fuzz/harness/text/text.h"
#include "fuzz/lab/host.h"

#define NR_FAILING 3 /* kinds of traced memory */

static const char *const kind_names[] = {
#define X(id, name) name,
	LAB_KINDS(X)
#undef X
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void print_assumed(FILE *to, const struct lab_options *o)
{
	fprintf(to,
		"# assumed: %u percent of memory in use, reached evenly in the first quarter\n"
		"# assumed: what nobody traced moves: %u percent of it in huge pages, %u percent "
		"page cache that is given up when it is asked for\n"
		"# assumed: %u pieces of it are replaced in 1000 steps, at random; %u of a million "
		"single pages are pinned\n"
		"# assumed: what the trace does not give back lives for one pass of the trace; "
		"nothing that was traced is given up\n"
		"# assumed: %s\n",
		o->use, o->fill.huge, o->fill.cache, o->fill.turnover, o->fill.pinned,
		o->callers ? "non-movable requests of several pages are kvmalloc's, of callers "
			     "that may wait"
			   : "a request that may fail is made again with a smaller order");
}

void lab_report_head(FILE *to, const struct lab_options *options, const struct lab_trace *trace,
		     uint32_t copies)
{
	fprintf(to, "# policy: %s\n# zone: %u GiB, superpageblocks of 1 GiB%s\n", options->policy,
		options->gigabytes, options->flat ? ", one set of free lists" : "");
	fprintf(to,
		"# measured: %u copies of %s, seed %" PRIu64 ": %zu steps, %" PRIu64
		" ms, peak %" PRIu64 " pages, %u objects kept; left out: %" PRIu64
		" frees of unknown pages, %" PRIu64 " failed requests\n",
		copies, base_name(options->trace), options->seed, trace->nr_steps, trace->us / 1000,
		trace->peak_pages, trace->nr_kept, trace->unknown_frees, trace->failed);
	print_assumed(to, options);
	fprintf(to, "event,ms,in-use,free,empty,clean,tainted,would,gets,gets-more,contig-moved,"
		    "given-up");
	for (unsigned int kind = 0; kind < NR_LAB_KINDS; kind++)
		fprintf(to, ",pages-%s", kind_names[kind]);
	fprintf(to, ",requests,lost,kept,broken,fill-failed,taints,untaints,moved,reclaimed,"
		    "sections,hold-median,hold-999,hold-longest");
	for (unsigned int i = 0; i < NR_SPB_RELAXES; i++)
		fprintf(to, ",relax-%s", text_reach_name(REACH_RELAX, i));
	for (unsigned int kind = 0; kind < NR_FAILING; kind++)
		for (unsigned int order = 0; order < LAB_ORDERS; order++)
			fprintf(to, ",failed-%s-%u", kind_names[kind], order);
	fputc('\n', to);
}

static uint64_t pages_of(const struct lab_memory *memory, unsigned int kind)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < memory->nr_gigabytes; i++)
		pages += memory->in_gigabyte[i][kind];
	return pages;
}

static void print_tried(FILE *to, const struct lab_tried *tried)
{
	if (tried)
		fprintf(to, ",%u,%u,%" PRIu64 ",%" PRIu64, tried->gets, tried->gets_more,
			tried->moved, tried->given_up);
	else
		fputs(",,,,", to);
}

void lab_report_sample(FILE *to, const struct lab_sample *s)
{
	const struct lab_failures *f = &s->memory->failures;
	const struct lab_counts *c = host_counts();

	fprintf(to, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%u,%u,%u,%u", s->events, s->ms,
		s->memory->pages, s->books->free, s->books->empty, s->books->clean,
		s->books->tainted, lab_memory_would(s->memory));
	print_tried(to, s->tried);
	for (unsigned int kind = 0; kind < NR_LAB_KINDS; kind++)
		fprintf(to, ",%" PRIu64, pages_of(s->memory, kind));
	fprintf(to, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, f->requests,
		f->lost[0] + f->lost[1] + f->lost[2], f->kept, f->broken, f->fill_failed);
	fprintf(to, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%u,%u,%u",
		c->taints, c->untaints, c->moved, c->reclaimed, c->sections, host_hold(500),
		host_hold(999), c->longest);
	for (unsigned int i = 0; i < NR_SPB_RELAXES; i++)
		fprintf(to, ",%" PRIu64, c->relax[i]);
	for (unsigned int kind = 0; kind < NR_FAILING; kind++)
		for (unsigned int order = 0; order < LAB_ORDERS; order++)
			fprintf(to, ",%" PRIu64, f->failed[kind][order]);
	fputc('\n', to);
}

void lab_report_partial(FILE *to, uint64_t events, uint64_t of)
{
	fprintf(to, "# partial: ended after %" PRIu64 " of %" PRIu64 " steps\n", events, of);
}
