// SPDX-License-Identifier: GPL-2.0-only
/*
 * callers: once a state is built, memory is asked for the way the kernel's own callers with
 * a fallback do: kvmalloc, vmalloc, alloc_skb_with_frags.
 */
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/target/observers.h"
#include "fuzz/harness/target/shape.h"
#include "fuzz/harness/target/target.h"
#include "spb/gfp.h"

static const uint8_t callers[] = { OP_kvmalloc, OP_vmalloc, OP_skb };

static const uint32_t flags[] = {
	GFP_KERNEL, GFP_KERNEL_ACCOUNT, GFP_NOFS, GFP_KERNEL | __GFP_NORETRY,
	GFP_KERNEL | __GFP_RETRY_MAYFAIL, GFP_KERNEL | __GFP_RECLAIMABLE, GFP_USER, GFP_ATOMIC,
};

static bool allocates(const struct program_record *record)
{
	return record->op == OP_alloc || record->op == OP_alloc_mask || record->op == OP_bulk;
}

/* What would be an allocation is a caller; what is one already keeps its flags. */
static void aim(struct run *r, unsigned int n, struct program_record *record)
{
	if (!shape_state_built(r, n) || !allocates(record))
		return;
	record->op = callers[record->extra % 3];
	record->gfp = flags[record->gfp % 8];
}

static const struct run_mode mode = { .observers = observers_all, .record = aim };

static void run(const uint8_t *data, size_t size)
{
	run_program(data, size, &mode);
}

const struct target target_callers = { .name = "callers", .run = run, .summary = shape_summary };
