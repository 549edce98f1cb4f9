// SPDX-License-Identifier: GPL-2.0-only
/* Who looks at programs on a kernel: all that is not about superpageblocks. */
#include "fuzz/harness/target/observers.h"

#include "fuzz/harness/check/oracle.h"
#include "fuzz/harness/host/lockgraph.h"
#include "fuzz/harness/owner/predict.h"
#include "fuzz/harness/race/racedetect.h"
#include "fuzz/harness/sched/sched_picture.h"
#include "fuzz/harness/stats/reach.h"
#include "fuzz/harness/stats/trace.h"
#include "fuzz/kernel/adapter.h"
#include "fuzz/kernel/watch.h"

#define ALWAYS \
	&predict_observer, &trace_observer, &reach_observer, &race_observer, &sched_observer, \
	&lock_graph_observer, \
	&kernel_observer, &kernel_policy_observer, &oracle_observer

const struct observer *const observers_all[] = { ALWAYS, NULL };
const struct observer *const observers_of_races[] = { ALWAYS, NULL };
