/* SPDX-License-Identifier: GPL-2.0-only */
/* The model beside a running program. */
#ifndef HARNESS_MODEL_RUN_H
#define HARNESS_MODEL_RUN_H

#include "fuzz/harness/base/observer.h"

/* Rests without options.model. */
extern const struct observer model_observer;

#endif
