// SPDX-License-Identifier: GPL-2.0-only
/* Copies of a trace: see load.h. */
#include "fuzz/lab/load/load.h"

#include <stdlib.h>

#define TURN 16 /* steps of one copy at most, until it is another's turn */

uint32_t lab_load_copies(const struct lab_trace *trace, uint64_t pages)
{
	uint64_t copies = trace->peak_pages ? pages / trace->peak_pages : 1;

	return copies ? (uint32_t)copies : 1;
}

bool lab_load_init(struct lab_load *load, const struct lab_trace *trace, uint32_t nr_copies,
		   uint64_t seed)
{
	*load = (struct lab_load){ .trace = trace, .nr_copies = nr_copies };
	load->random = lab_random(seed);
	load->at = calloc(nr_copies, sizeof(*load->at));
	load->asked = calloc((size_t)nr_copies * trace->nr_objects + 1, 1);
	if (!load->at || !load->asked || !trace->nr_steps)
		return false;
	for (uint32_t i = 0; i < nr_copies; i++)
		load->at[i] = random_below(&load->random, (uint32_t)trace->nr_steps);
	return true;
}

void lab_load_release(struct lab_load *load)
{
	free(load->at);
	free(load->asked);
	*load = (struct lab_load){ 0 };
}

static void begin_turn(struct lab_load *load)
{
	if (load->turn--)
		return;
	load->turn = random_below(&load->random, TURN);
	load->copy = random_below(&load->random, load->nr_copies);
}

static void go_on(struct lab_load *load)
{
	uint32_t *at = &load->at[load->copy];

	if (++*at == load->trace->nr_steps)
		*at = 0;
}

void lab_load_next(struct lab_load *load, struct lab_step *step)
{
	uint8_t *asked;

	/* What a copy gives back was asked for after it began: the rest is passed over. */
	do {
		begin_turn(load);
		*step = load->trace->steps[load->at[load->copy]];
		step->object += load->copy * load->trace->nr_objects;
		asked = &load->asked[step->object];
		if (!step->gets)
			go_on(load);
	} while (!step->gets && !*asked);
	if (!step->gets) {
		*asked = 0;
	} else if (*asked) {
		/* Kept for a whole pass: it goes now, and the request comes next. */
		*asked = 0;
		step->gets = false;
		load->turn++;
	} else {
		*asked = 1;
		go_on(load);
	}
}
