// SPDX-License-Identifier: GPL-2.0-only
/* Which memory accesses count: see access.h. */
#include "fuzz/harness/host/access.h"

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/operations.h"
#include "fuzz/harness/program/state.h"

PROGRAM_STATE struct access_state access_state;

void access_attach(const void *base, size_t size, uint32_t id)
{
	access_state = (struct access_state){
		.base = (uintptr_t)base, .arena_size = size, .arena_id = id, .left = UINT32_MAX,
	};
}

void access_reset(void)
{
	access_state.size = 0;
	access_state.racy = 0;
	access_state.announced = NULL;
	access_state.last = 0;
}

/* Of what a record that builds a state alone calls, the first are compared, then one of many. */
#define COMPARED_FIRST 8
#define COMPARED_EVERY 32

void access_compare(const struct run *run)
{
	bool some = !run->concurrent && operation_is(run->op, OPERATION_STATE) &&
		    run->calls > COMPARED_FIRST && run->calls % COMPARED_EVERY;

	access_state.compare = access_state.detect && !some;
}
