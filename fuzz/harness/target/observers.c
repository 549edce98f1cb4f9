// SPDX-License-Identifier: GPL-2.0-only
/* The observers of an allocator with superpageblocks: see observers.h. */
#include "fuzz/harness/target/observers.h"

#include "fuzz/harness/check/chooser/chooser.h"
#include "fuzz/harness/check/chooser/hold.h"
#include "fuzz/harness/check/oracle.h"
#include "fuzz/harness/check/percpu/percpu.h"
#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/check/work/work_run.h"
#include "fuzz/harness/host/lockgraph.h"
#include "fuzz/harness/model/model.h"
#include "fuzz/harness/owner/predict.h"
#include "fuzz/harness/race/racedetect.h"
#include "fuzz/harness/refusal/promise.h"
#include "fuzz/harness/sched/sched_picture.h"
#include "fuzz/harness/stats/reach.h"
#include "fuzz/harness/stats/trace.h"

/* What is counted comes first; what was broken is told by whoever is nearest to it. */
#define ALWAYS                                                                         \
	&predict_observer, &trace_observer, &reach_observer, &race_observer,           \
	&sched_observer, &lock_graph_observer,                                         \
	&spb_observer, &chooser_observer, &oracle_observer, &model_observer,           \
	&percpu_observer, &hold_observer, &work_run_observer

const struct observer *const observers_all[] = { ALWAYS, &promise_observer, NULL };
const struct observer *const observers_of_races[] = { ALWAYS, NULL };
