// SPDX-License-Identifier: GPL-2.0-only
/* Schedule modes: see sched_policy.h. Pure: numbers in, numbers out. */
#include "fuzz/harness/sched/sched_policy.h"

#define NEVER UINT64_MAX
#define STARVE_GAP_BITS 13
#define STARVE_REST_BITS 8

/* splitmix64 */
static uint64_t draw(struct sched_policy *policy)
{
	uint64_t z = policy->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static uint64_t below(struct sched_policy *policy, uint64_t limit)
{
	return limit ? draw(policy) % limit : 0;
}

/* Points until one that has probability 1/16 at each. */
static uint64_t geometric(struct sched_policy *policy)
{
	uint64_t gap = 1, bits = draw(policy);

	for (unsigned int used = 0; bits >> used & 15; gap++) {
		used += 4;
		if (used == 64) {
			used = 0;
			bits = draw(policy);
		}
	}
	return gap;
}

static uint64_t log_uniform(struct sched_policy *policy, unsigned int bits)
{
	uint64_t range = 1ull << below(policy, bits);

	return 1 + below(policy, range);
}

static uint64_t next_decision(struct sched_policy *policy, uint64_t from)
{
	switch (policy->mode) {
	case SCHED_RANDOM_WALK:
		return from + (geometric(policy) << policy->param % 8);
	case SCHED_PCT:
		return policy->changed < policy->nr_changes ? policy->change[policy->changed] :
							      NEVER;
	case SCHED_STARVE:
		return from + log_uniform(policy, STARVE_GAP_BITS);
	case SCHED_ANCHORED:
	case NR_SCHEDULES:
		break;
	}
	return NEVER;
}

static void sort(uint64_t *values, unsigned int nr)
{
	for (unsigned int i = 1; i < nr; i++) {
		uint64_t value = values[i];
		unsigned int k = i;

		for (; k && values[k - 1] > value; k--)
			values[k] = values[k - 1];
		values[k] = value;
	}
}

static void draw_changes(struct sched_policy *policy, uint64_t first, uint64_t length)
{
	policy->nr_changes = policy->param % POLICY_MAX_CHANGES + 1;
	for (unsigned int i = 0; i < policy->nr_changes; i++)
		policy->change[i] = first + 1 + below(policy, length > first ? length - first : 1);
	sort(policy->change, policy->nr_changes);
}

static void draw_priorities(struct sched_policy *policy)
{
	for (unsigned int cpu = 0; cpu < PROGRAM_CPUS; cpu++)
		policy->priority[cpu] = POLICY_MAX_CHANGES + cpu;
	for (unsigned int left = policy->nr_cpus; left > 1; left--) {
		uint64_t other = below(policy, left);
		unsigned int priority = policy->priority[left - 1];

		policy->priority[left - 1] = policy->priority[other];
		policy->priority[other] = priority;
	}
}

void policy_begin(struct sched_policy *policy, const struct program_header *header,
		  unsigned int nr_cpus, uint64_t first, uint64_t length)
{
	*policy = (struct sched_policy){
		.mode = header->sched_mode,
		.param = header->sched_param,
		.nr_cpus = nr_cpus,
		.random = (uint64_t)header->sched_seed << 8 | header->sched_param,
		.next = NEVER,
	};
	policy->victim = (unsigned int)below(policy, nr_cpus);
	draw_priorities(policy);
	if (policy->mode == SCHED_PCT)
		draw_changes(policy, first, length);
}

void policy_start_at(struct sched_policy *policy, uint64_t first)
{
	policy->next = next_decision(policy, first);
}

static unsigned int highest(const struct sched_policy *policy, uint32_t ready)
{
	unsigned int best = POLICY_NO_CPU;

	for (unsigned int cpu = 0; cpu < policy->nr_cpus; cpu++)
		if (ready >> cpu & 1 &&
		    (best == POLICY_NO_CPU || policy->priority[cpu] > policy->priority[best]))
			best = cpu;
	return best;
}

static unsigned int any_of(struct sched_policy *policy, uint32_t ready, unsigned int otherwise)
{
	uint64_t n;

	if (!ready)
		return otherwise;
	for (n = below(policy, (uint64_t)__builtin_popcount(ready)); n; n--)
		ready &= ready - 1;
	return (unsigned int)__builtin_ctz(ready);
}

static unsigned int decide_starve(struct sched_policy *policy, unsigned int now, uint32_t ready)
{
	uint32_t others = ready & ~(1u << policy->victim);

	if (!policy->resting && now == policy->victim)
		policy->resting = (unsigned int)log_uniform(policy, STARVE_REST_BITS);
	if (policy->resting) {
		policy->resting--;
		return any_of(policy, others & ~(1u << now), others >> now & 1 ? now :
			      any_of(policy, others, now));
	}
	return any_of(policy, ready & ~(1u << now), now);
}

unsigned int policy_decide(struct sched_policy *policy, unsigned int now, uint32_t ready,
			   bool may_interrupt, bool *interrupt)
{
	unsigned int to = now;

	*interrupt = may_interrupt && below(policy, 4) == 0;
	if (!*interrupt && policy->mode == SCHED_RANDOM_WALK)
		to = any_of(policy, ready & ~(1u << now), now);
	if (!*interrupt && policy->mode == SCHED_STARVE)
		to = decide_starve(policy, now, ready);
	if (policy->mode == SCHED_PCT) {
		if (!*interrupt)
			policy->priority[now] = policy->nr_changes - 1 - policy->changed;
		policy->changed++;
		to = *interrupt ? now : highest(policy, ready);
	}
	policy->next = next_decision(policy, policy->next);
	return to == POLICY_NO_CPU ? now : to;
}

unsigned int policy_after_op(const struct sched_policy *policy, uint32_t ready,
			     unsigned int by_default)
{
	unsigned int to = by_default;

	if (policy->mode == SCHED_PCT)
		to = highest(policy, ready);
	else if (policy->mode == SCHED_STARVE && policy->resting && to == policy->victim &&
		 ready & ~(1u << to))
		to = (unsigned int)__builtin_ctz(ready & ~(1u << to));
	return to == POLICY_NO_CPU ? by_default : to;
}

uint32_t policy_point(uint16_t at)
{
	switch (at >> 14) {
	case 0:
		return at;
	case 1:
		return 1u + (at & 0xff);
	case 2:
		return 1u + (at & 0xfff);
	default:
		return 64 * (1u + (at & 0x3fff));
	}
}
