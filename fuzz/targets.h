/* SPDX-License-Identifier: GPL-2.0-only */
/* Every target by its name: target_alloc, ... */
#ifndef TARGETS_H
#define TARGETS_H

#include "fuzz/harness/target/target.h"

#define TARGET(name, ...) extern const struct target target_##name;
#include "fuzz/targets.def"
#undef TARGET

#endif
