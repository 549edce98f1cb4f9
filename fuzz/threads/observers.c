// SPDX-License-Identifier: GPL-2.0-only
/* What looks at programs on real threads: see threads.h. */
#include "fuzz/harness/target/observers.h"

#include "fuzz/harness/check/oracle.h"
#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/owner/predict.h"

const struct observer *const observers_all[] = {
	&predict_observer, &spb_at_rest_observer, &oracle_observer, NULL,
};

const struct observer *const observers_of_races[] = {
	&predict_observer, &spb_at_rest_observer, &oracle_observer, NULL,
};
