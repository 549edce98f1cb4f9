/* SPDX-License-Identifier: GPL-2.0-only */
/* Running a program in this process, and coming back from a finding. */
#ifndef TOOL_REPLAY_H
#define TOOL_REPLAY_H

#include "fuzz/harness/target/target.h"
#include "fuzz/tool/common/tool.h"

/* NULL after a complaint that lists the targets. */
const struct target *replay_target(const char *name);

/* The name of the target whose folder a file lies in, else "alloc". */
const char *replay_target_of(const char *path);

/**
 * replay_prepare - how programs run
 * @oracles: check the rules
 * @hash: hash the end state too
 * @verbose: print each record with what it did, and findings with every superpageblock
 *
 * SPBFUZZ_STRICT=1 in the environment sets options.strict, as it does for engines;
 * SPBFUZZ_RACES=0 takes options.races away.
 */
void replay_prepare(bool oracles, bool hash, bool verbose);

/* Return: false after a finding, which was printed; the next program starts afresh. */
bool replay(const struct target *target, const struct tool_input *input);

#endif
