// SPDX-License-Identifier: GPL-2.0-only
/* Names and meanings of what the allocator tells: see event_names.h. */
#include "fuzz/harness/text/event_names.h"

const struct event_name step_names[NR_SPB_STEPS] = {
#define SPB_STEP(id, name, text) [SPB_STEP_##id] = { name, text, NULL, NULL },
#include "spb/steps.def"
#undef SPB_STEP
};

const struct event_name refusal_names[NR_SPB_REFUSALS] = {
#define SPB_REFUSAL(id, name, text) [SPB_REFUSAL_##id] = { name, text, NULL, NULL },
#include "spb/refusals.def"
#undef SPB_REFUSAL
};

const struct event_name relax_names[NR_SPB_RELAXES] = {
#define SPB_RELAX(id, name, text) [SPB_RELAX_##id] = { name, text, NULL, NULL },
#include "spb/relaxes.def"
#undef SPB_RELAX
};

const struct event_name event_names[NR_SPB_EVENTS] = {
#define SPB_EVENT(id, name, arg, arg2, text) [SPB_EV_##id] = { name, text, arg, arg2 },
#include "spb/events.def"
#undef SPB_EVENT
};

const struct event_name contract_names[NR_SPB_RULES] = {
	[SPB_RULE_NONE] = { "none", "nothing is broken", NULL, NULL },
#define SPB_CONTRACT(id, name, text) [SPB_RULE_##id] = { name, text, NULL, NULL },
#include "spb/contracts.def"
#undef SPB_CONTRACT
};
