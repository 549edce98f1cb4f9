// SPDX-License-Identifier: GPL-2.0-only
/* What a program costs, and less of it: see draft.h. */
#include "fuzz/mutator/draft.h"

#include "fuzz/harness/program/fields.h"
#include "fuzz/harness/program/geometry.h"

#define MOST_REQUESTS 256 /* of fills and ages; with all else some 50,000 memory accesses */

/* How far a program has come, as far as its records tell. */
struct load {
	struct spb_config config;
	uint32_t pages;    /* of all zones */
	uint32_t free;     /* of them, at most */
	uint32_t requests; /* that may still be made */
};

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* A fill ends with the first request that is refused. */
static uint32_t lighter_fill(struct load *load, struct program_record *r, struct random *random)
{
	unsigned int order = r->order % (load->config.max_order + 2u);
	uint32_t requests = smaller(r->arg % 512u + 1, (load->free >> order) + 1);

	if (requests > load->requests) {
		requests = 1 + random_below(random, load->requests + 1);
		r->arg = (uint16_t)(requests - 1);
	}
	load->free -= smaller(load->free, requests << order);
	return requests;
}

/* Whole pageblocks cost least. */
static uint32_t lighter_age(struct load *load, struct program_record *r)
{
	unsigned int block_order = load->config.block_order;
	unsigned int order = r->order % (block_order + 1u);
	uint32_t shares = FIELD_PART(r->gfp, unmovable, gfp) +
			  FIELD_PART(r->gfp, reclaimable, gfp) +
			  FIELD_PART(r->gfp, movable, gfp);
	uint32_t taken = smaller(load->free, (uint32_t)((uint64_t)load->pages * shares / 256));

	while (taken >> order > load->requests && order < block_order)
		order++;
	r->order = (uint8_t)order;
	load->free -= (uint32_t)((uint64_t)taken * (256 - FIELD_PART(r->gfp, free, gfp)) / 256);
	return taken >> order;
}

void lighten(struct draft *draft, struct random *random)
{
	struct load load = { .requests = MOST_REQUESTS };
	struct program_header header;
	struct program_record record;

	draft_header(draft, &header);
	geometry_config(&header, &load.config);
	load.pages = load.free = draft_pages(&load.config);
	for (unsigned int n = 0; n < draft->nr; n++) {
		uint32_t requests;

		draft_record(draft, n, &record);
		switch (record.op) {
		case OP_fill:
			requests = lighter_fill(&load, &record, random);
			break;
		case OP_age:
			requests = lighter_age(&load, &record);
			break;
		case OP_thin:
			load.free += (load.pages - load.free) / (record.arg % 16 + 2);
			continue;
		default:
			continue;
		}
		draft_set_record(draft, n, &record);
		load.requests -= smaller(load.requests, requests);
	}
}
