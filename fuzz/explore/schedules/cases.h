/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is explored: every ordered pair of letters, and every letter with an interrupt, on
 * every state.
 *
 *   program = header and records of the state, A on CPU 0, B on CPU 1, a no-op on CPU 2
 *
 * A state is a text program for three CPUs or more (fuzz/explore/schedules/states/<name>.spbt),
 * a letter a line of fuzz/explore/schedules/alphabet, in the language of calls.h.
 */
#ifndef SCHEDULES_CASES_H
#define SCHEDULES_CASES_H

#include "fuzz/explore/calls/calls.h"

#define MAX_STATES 16
#define MAX_NAME 16
#define MAX_STATE_RECORDS 48
#define MAX_JOBS (MAX_STATES * MAX_CALLS * (MAX_CALLS + 8))
#define MAX_BYTES (PROGRAM_HEADER_SIZE + (MAX_STATE_RECORDS + 3) * PROGRAM_RECORD_SIZE)

/* Preemptions in one schedule. */
#define MAX_BOUND 4

struct state {
	char name[2 * MAX_NAME];
	uint8_t bytes[MAX_BYTES];
	size_t size;
	unsigned int nr_records;
};

/**
 * struct job - one pair on one state
 * @a: the letter that begins; @b: the other one
 * @irq: in place of @b, the operation that interrupts @a; OP_nop for none
 * @bound: preemptions, or interrupts
 */
struct job {
	uint8_t state, a, b;
	uint8_t irq;
	uint8_t bound;
};

struct cases {
	struct state state[MAX_STATES];
	struct call_list letters;
	struct job job[MAX_JOBS];
	unsigned int nr_states, nr_jobs;
};

/* Return: false after a complaint. The letters are read when there is a state. */
bool cases_add_state(struct cases *cases, const char *path);
bool cases_read_letters(struct cases *cases, const char *path);

/**
 * cases_make_jobs - all of them, or those that are asked for
 * @bound: preemptions; @walk_bound: where one letter is a walk and the other may move
 *         superpageblocks
 * @only: names of letters, separated by blanks; NULL = all
 */
bool cases_make_jobs(struct cases *cases, unsigned int bound, unsigned int walk_bound,
		     const char *only);

/* "tainted-full: U0k | drain1" */
void cases_name_job(const struct cases *cases, const struct job *job, char *to, size_t room);

/**
 * cases_bytes - the program of a job, without preemptions
 * @first: receives the number of the record of A; B's is the next
 *
 * Return: bytes, at most MAX_BYTES; the last record is the no-op.
 */
size_t cases_bytes(const struct cases *cases, const struct job *job, uint8_t *bytes,
		   unsigned int *first);

#endif
