// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows of a trace to programs.
 *
 * Pages that a window frees but did not allocate are allocated at its beginning, with the
 * flags that they once were allocated with, so that the frees are real ones:
 *
 *   age  bulk s0..  │ alloc s20  free s3  alloc s21  free s20 ... │ work
 */
#include "fuzz/harness/import/import_internal.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/program/fields.h"
#include "fuzz/harness/program/geometry.h"
#include "spb/gfp.h"

#define BULK_PAGES 16    /* of one bulk record */
#define MAX_EARLIER 128  /* slots for pages from before the window: half of all */
#define MAX_HANDLES (MAX_EARLIER + IMPORT_MAX_WINDOW)
#define NO_SLOT 0xffff

/* A page or more that a window works with. @event: of its allocation */
struct handle {
	uint32_t event;
	uint16_t slot;
	uint8_t cpu;
};

/* Pages from before that were allocated alike: one bulk record, or an alloc each. */
struct group {
	uint32_t gfp;
	uint8_t order;
	unsigned int nr;
};

struct importer {
	const struct import_trace *trace;
	const struct import_options *options;
	struct import_result *result;
	struct spb_config config;
	struct program_header header;
	struct import_state state;
	size_t next; /* event */
	uint32_t window;
	bool counting; /* first pass: windows and statistics, no program */

	struct program_record age;
	unsigned int nr_handles, nr_earlier, nr_groups, nr_body;
	struct handle handles[MAX_HANDLES]; /* earlier ones first */
	struct group groups[MAX_EARLIER];
	struct {
		uint32_t event;
		uint16_t handle;
	} body[IMPORT_MAX_WINDOW];

	uint8_t used[PROGRAM_SLOTS];
	unsigned int next_slot;
	size_t size;
	uint8_t bytes[PROGRAM_MAX_SIZE];
};

static const struct import_event *event_of(const struct importer *im, uint32_t index)
{
	return &im->trace->events[index];
}

/* Flags with the mobility that the trace names. */
static uint32_t request_gfp(const struct import_event *event)
{
	static const uint32_t mobility[] = { 0, __GFP_MOVABLE, __GFP_RECLAIMABLE };

	if (event->type >= NR_TRACE_TYPES)
		return event->gfp;
	return (event->gfp & ~GFP_MOVABLE_MASK) | mobility[event->type];
}

static struct group *find_group(struct importer *im, const struct import_event *event)
{
	uint32_t gfp = request_gfp(event);

	for (unsigned int i = 0; i < im->nr_groups; i++)
		if (im->groups[i].gfp == gfp && im->groups[i].order == event->order)
			return &im->groups[i];
	im->groups[im->nr_groups] = (struct group){ .gfp = gfp, .order = event->order };
	return &im->groups[im->nr_groups];
}

/* Records that one more page from before costs at the beginning. */
static unsigned int earlier_cost(struct importer *im, const struct import_event *event)
{
	const struct group *group = find_group(im, event);

	return group->order || group->nr % BULK_PAGES == 0;
}

static uint16_t new_handle(struct importer *im, uint32_t event, uint8_t cpu)
{
	im->handles[im->nr_handles] = (struct handle){ event, NO_SLOT, cpu };
	return (uint16_t)im->nr_handles++;
}

static void add_body(struct importer *im, uint32_t event, uint16_t handle)
{
	im->body[im->nr_body].event = event;
	im->body[im->nr_body++].handle = handle;
}

static void count(struct importer *im, uint64_t *counter)
{
	if (im->counting)
		++*counter;
}

/* Return: records that the allocation adds, or -1 when they do not fit. */
static int take_alloc(struct importer *im, uint32_t index, unsigned int left)
{
	const struct import_event *event = event_of(im, index);
	struct import_page *page = import_state_page(&im->state, event->pfn, NULL);
	uint16_t handle;

	if (!left)
		return -1;
	if (page && page->allocated)
		count(im, &im->result->replaced);
	if (request_gfp(event) != event->gfp)
		count(im, &im->result->retyped);
	handle = new_handle(im, index, event->cpu);
	add_body(im, index, handle);
	import_state_apply(&im->state, event, index);
	if (page) {
		page->window = im->window;
		page->slot = handle;
	}
	return 1;
}

/* The same for a free. */
static int take_free(struct importer *im, uint32_t index, unsigned int left)
{
	const struct import_event *event = event_of(im, index);
	struct import_page *page = import_state_page(&im->state, event->pfn, NULL);
	uint32_t allocated = page ? page->allocated : 0;
	const struct import_event *from;
	unsigned int cost = 1;
	uint16_t handle;

	if (!allocated || event_of(im, allocated - 1)->order != event->order) {
		count(im, &im->result->unknown_frees);
		import_state_apply(&im->state, event, index);
		return 0;
	}
	from = event_of(im, allocated - 1);
	handle = page->slot;
	if (page->window != im->window) {
		if (im->nr_earlier == MAX_EARLIER) {
			count(im, &im->result->aged_frees);
			import_state_apply(&im->state, event, index);
			return 0;
		}
		cost += earlier_cost(im, from);
		if (cost > left)
			return -1;
		if (find_group(im, from) == &im->groups[im->nr_groups])
			im->nr_groups++;
		find_group(im, from)->nr++;
		im->nr_earlier++;
		handle = new_handle(im, allocated - 1, event->cpu);
	}
	if (cost > left)
		return -1;
	add_body(im, index, handle);
	import_state_apply(&im->state, event, index);
	return (int)cost;
}

/* Take events until the window is full. Return: false at the end of the trace. */
static bool cut_window(struct importer *im)
{
	unsigned int left = im->options->window;

	im->window++;
	im->nr_handles = im->nr_earlier = im->nr_groups = im->nr_body = 0;
	if (!im->counting)
		import_state_age(&im->state, &im->config, &im->age);
	for (; im->next < im->trace->nr_events; im->next++) {
		uint32_t index = (uint32_t)im->next;
		int cost = event_of(im, index)->kind == IMPORT_ALLOC ?
				   take_alloc(im, index, left) :
				   take_free(im, index, left);

		if (cost < 0)
			break;
		left -= (unsigned int)cost;
	}
	return im->nr_body;
}

/* --- one window to bytes --- */

static void put_record(struct importer *im, enum program_op op, struct program_record record)
{
	record.op = (uint8_t)op;
	record.opcode = program_opcode(op);
	record.cpu %= im->header.cpus;
	/* An interrupt operation of zero bytes reads as alloc; none is anchored. */
	record.irq_op = (uint8_t)program_op_of(0);
	program_encode_record(&record, im->bytes + im->size);
	im->size += PROGRAM_RECORD_SIZE;
}

static uint8_t node_of(const struct importer *im, uint64_t pfn)
{
	size_t block = 0;

	import_state_page(&im->state, pfn, &block);
	return (uint8_t)(block * im->config.nr_nodes / im->state.nr_blocks);
}

static uint16_t take_slot(struct importer *im)
{
	for (unsigned int i = 0; i < PROGRAM_SLOTS; i++) {
		unsigned int slot = (im->next_slot + i) % PROGRAM_SLOTS;

		if (im->used[slot])
			continue;
		im->used[slot] = 1;
		im->next_slot = slot + 1;
		return (uint16_t)slot;
	}
	return NO_SLOT;
}

static struct program_record request_record(const struct importer *im,
					    const struct import_event *event)
{
	return (struct program_record){
		.order = (uint8_t)import_scale_order(event->order, &im->config),
		.gfp = request_gfp(event),
		.node = node_of(im, event->pfn),
		.cpu = event->cpu,
	};
}

/* Is a handle one of the group's pages from before the window, without a slot yet? */
static bool is_of_group(struct importer *im, const struct handle *handle, const struct group *group)
{
	const struct import_event *event = event_of(im, handle->event);

	return handle->slot == NO_SLOT && request_gfp(event) == group->gfp &&
	       event->order == group->order;
}

/* Handles of a window's own allocations are above those of its body's first allocation. */
static bool is_earlier(const struct importer *im, const struct handle *handle)
{
	return !im->nr_body || handle->event < im->body[0].event;
}

static void put_group(struct importer *im, const struct group *group)
{
	unsigned int done = 0;

	for (unsigned int i = 0; i < im->nr_handles; i++) {
		struct handle *handle = &im->handles[i];
		struct program_record record;
		unsigned int left = group->nr - done;

		if (!is_earlier(im, handle) || !is_of_group(im, handle, group))
			continue;
		handle->slot = take_slot(im);
		record = request_record(im, event_of(im, handle->event));
		record.cpu = handle->cpu;
		record.slot = (uint8_t)handle->slot;
		if (group->order) {
			put_record(im, OP_alloc, record);
		} else if (done % BULK_PAGES == 0) {
			record.arg = (uint16_t)((left < BULK_PAGES ? left : BULK_PAGES) - 1);
			put_record(im, OP_bulk, record);
		}
		done++;
	}
}

static void put_event(struct importer *im, unsigned int n)
{
	const struct import_event *event = event_of(im, im->body[n].event);
	struct handle *handle = &im->handles[im->body[n].handle];
	struct program_record record = { .cpu = event->cpu };

	if (event->kind == IMPORT_ALLOC) {
		record = request_record(im, event);
		handle->slot = take_slot(im);
		if (handle->slot == NO_SLOT) {
			im->result->unnamed++;
			put_record(im, OP_fill, record);
			return;
		}
		record.slot = (uint8_t)handle->slot;
		put_record(im, OP_alloc, record);
	} else if (handle->slot != NO_SLOT) {
		record.slot = (uint8_t)handle->slot;
		im->used[handle->slot] = 0;
		handle->slot = NO_SLOT;
		put_record(im, OP_free, record);
	}
}

/* The normal zone of the first node, among the populated ones. */
static unsigned int zone_to_age(const struct spb_config *config)
{
	unsigned int index = 0;

	for (unsigned int type = 0; type < ZONE_NORMAL; type++)
		index += config->zones[0][type].nr_pages != 0;
	return index;
}

static bool emit_window(struct importer *im)
{
	im->age.arg = (uint16_t)(zone_to_age(&im->config) |
				  (im->window & 0xff) << FIELD_SHIFT(age_seed, arg));
	im->size = PROGRAM_HEADER_SIZE;
	im->next_slot = 0;
	memset(im->used, 0, sizeof(im->used));
	program_encode_header(&im->header, im->bytes);
	put_record(im, OP_age, im->age);
	for (unsigned int i = 0; i < im->nr_groups; i++)
		put_group(im, &im->groups[i]);
	for (unsigned int i = 0; i < im->nr_body; i++)
		put_event(im, i);
	put_record(im, OP_work, (struct program_record){ .arg = 15 });
	im->result->programs++;
	return im->options->emit(im->options->context, im->window, im->bytes, im->size);
}

/* The windows of @max that are spread evenly: each that reaches the next whole share. */
static bool is_chosen(const struct import_options *options, uint32_t window, uint32_t windows)
{
	uint64_t max = options->max;

	if (!max || max >= windows)
		return true;
	return window * max / windows != (window - 1) * max / windows;
}

static bool generate(struct importer *im)
{
	im->counting = true;
	while (cut_window(im))
		im->result->windows++;
	im->counting = false;
	im->next = im->window = 0;
	import_state_rewind(&im->state);
	while (cut_window(im))
		if (is_chosen(im->options, im->window, im->result->windows) && !emit_window(im))
			return false;
	return true;
}

bool import_programs(const struct import_trace *trace, const struct import_options *options,
		     struct import_result *result)
{
	struct importer *im = calloc(1, sizeof(*im));
	bool good = im;

	*result = (struct import_result){ 0 };
	if (!im)
		return false;
	im->trace = trace;
	im->options = options;
	im->result = result;
	im->header = options->header;
	if (!im->header.cpus)
		im->header.cpus = (uint8_t)(trace->nr_cpus < PROGRAM_CPUS ? trace->nr_cpus :
									    PROGRAM_CPUS);
	if (!im->header.cpus)
		im->header.cpus = 1;
	geometry_config(&im->header, &im->config);
	good = import_state_build(&im->state, trace) && generate(im);
	import_state_release(&im->state);
	free(im);
	return good;
}
