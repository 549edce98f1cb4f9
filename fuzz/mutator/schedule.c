// SPDX-License-Identifier: GPL-2.0-only
/* Which CPU runs when: the schedule of a program whose operations are to meet. */
#include "fuzz/harness/program/geometry.h"
#include "fuzz/mutator/write.h"

/* A schedule that switches where operations can meet, and CPUs that can. */
void schedule_meetings(struct draft *draft, struct random *random)
{
	static const uint8_t modes[] = {
		SCHED_ANCHORED, SCHED_ANCHORED, SCHED_RANDOM_WALK, SCHED_RANDOM_WALK,
		SCHED_RANDOM_WALK, SCHED_RANDOM_WALK, SCHED_PCT, SCHED_STARVE,
	};
	static const char *const crowded[] = {
		"micro", "micro", "micro-pcp", "micro-pcp", "tiny", "tiny",
	};
	struct program_header header;

	draft_header(draft, &header);
	/* Where few operations fill a zone; what is there already keeps its own. */
	if (!draft->nr && random_below(random, 3))
		header.geometry =
			geometry_named(crowded[random_below(random, ARRAY_SIZE(crowded))]);
	if (header.cpus < 2)
		header.cpus = (uint8_t)(2 + random_small(random, PROGRAM_CPUS - 1));
	header.sched_mode = modes[random_below(random, sizeof(modes))];
	header.accesses = !random_one_in(random, 4);
	header.announced = header.accesses && !random_one_in(random, 4);
	header.sched_param = (uint8_t)(random_small(random, 4) | random_small(random, 4) << 3);
	header.sched_seed = random_next(random);
	draft_set_header(draft, &header);
}
