/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a variable of the harness may remember. A report is about one program, so what it reads
 * is state of that program; each variable that can be written says which of these it is:
 *
 *   PROGRAM_STATE   of the program that runs: the beginning of the next one sets it anew, and
 *                   relies on nothing that it finds there. It has no initial value.
 *   PROCESS_STATE   of the process: a cache, a counter over programs, an option, memory with
 *                   stamps. A comment beside it says why it may outlive a program.
 *   PROCESS_DATA    the same, with an initial value.
 *   THREAD_STATE    of a thread: where it is, set when a CPU goes on or the thread starts.
 *
 * Each kind is a section of the objects; tests/python/test_state.py finds what is in none.
 * state_scramble() is the test that state of the program is what it is said to be.
 */
#ifndef HARNESS_STATE_H
#define HARNESS_STATE_H

#include <stdint.h>

#define PROGRAM_STATE __attribute__((section(".bss.program_state")))
#define PROCESS_STATE __attribute__((section(".bss.process_state")))
#define PROCESS_DATA __attribute__((section(".data.process_state")))
#define THREAD_STATE __attribute__((section(".tdata.thread_state")))

/**
 * state_scramble - all state of the program becomes garbage
 * @seed: of the garbage
 *
 * Each byte is 0x80 or more: it is no bool, and no number of a program that notes are stamped
 * with (see owner.c).
 */
void state_scramble(uint64_t seed);

#endif
