// SPDX-License-Identifier: GPL-2.0-only
/* States, letters and their pairs: see cases.h. */
#include "fuzz/explore/schedules/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/program/fields.h"
#include "fuzz/tool/common/tool.h"

/* What may come as an interrupt: it takes slot, order and flags of the letter below. */
static const enum program_op irq_ops[] = { OP_alloc, OP_free, OP_bulk };

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* --- states --- */

static bool check_state(const struct tool_input *input, const struct program *program)
{
	if (input->size > PROGRAM_HEADER_SIZE + MAX_STATE_RECORDS * PROGRAM_RECORD_SIZE ||
	    (input->size - PROGRAM_HEADER_SIZE) % PROGRAM_RECORD_SIZE)
		tool_complain("%s: not 1 to %d whole records", input->path, MAX_STATE_RECORDS);
	else if (program->header.cpus < 3)
		tool_complain("%s: 'cpus 3' is needed: two for a pair, one to look afterwards",
			      input->path);
	else if (program->header.sched_mode != SCHED_ANCHORED || !program->header.accesses ||
		 program->header.announced)
		tool_complain("%s: 'schedule access-anchored' is needed", input->path);
	else
		return true;
	return false;
}

bool cases_add_state(struct cases *cases, const char *path)
{
	struct state *state = &cases->state[cases->nr_states];
	struct program program;
	struct tool_input input;
	bool good;

	if (cases->nr_states == MAX_STATES) {
		tool_complain("%s: more than %d states", path, MAX_STATES);
		return false;
	}
	if (!tool_load(&input, path))
		return false;
	good = input.size > PROGRAM_HEADER_SIZE &&
	       program_open(&program, input.bytes, input.size) && check_state(&input, &program);
	if (good) {
		memcpy(state->bytes, input.bytes, input.size);
		state->size = input.size;
		state->nr_records = program.nr_records;
		snprintf(state->name, sizeof(state->name), "%.*s",
			 (int)strcspn(base_of(path), "."), base_of(path));
		cases->nr_states++;
	}
	tool_unload(&input);
	return good;
}

/* --- letters --- */

/* Page numbers and zones in short names are those of the first state. */
static struct program_header header_of(const struct cases *cases)
{
	struct program program;

	program_open(&program, cases->state[0].bytes, cases->state[0].size);
	return program.header;
}

bool cases_read_letters(struct cases *cases, const char *path)
{
	struct program_header header = header_of(cases);
	char *text, *rest, *line, why[CALL_ERROR];
	unsigned int number = 0;
	bool good = true;

	if (!tool_read_text(path, &text))
		return false;
	rest = text;
	while (good && (line = strsep(&rest, "\n"))) {
		number++;
		if (!*line || *line == '#')
			continue;
		good = calls_add_line(&cases->letters, &header, line, why);
		if (!good)
			tool_complain("%s, line %u: %s", path, number, why);
	}
	free(text);
	return good;
}

/* --- jobs --- */

static bool is_walk(const struct named_call *letter)
{
	return operation_is(letter->record.op, OPERATION_WALK);
}

static bool is_wanted(const struct named_call *letter, const char *only)
{
	size_t length = strlen(letter->name);

	if (!only)
		return true;
	for (const char *at = strstr(only, letter->name); at; at = strstr(at + 1, letter->name))
		if ((at == only || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

static void add_jobs(struct cases *cases, unsigned int state, unsigned int a, unsigned int bound,
		     unsigned int walk_bound, const char *only)
{
	const struct named_call *letter = cases->letters.call;
	struct job job = { .state = (uint8_t)state, .a = (uint8_t)a };

	for (unsigned int b = 0; b < cases->letters.nr; b++) {
		if (!is_wanted(&letter[b], only))
			continue;
		job.b = (uint8_t)b;
		job.irq = OP_nop;
		job.bound = (uint8_t)(is_walk(&letter[a]) != is_walk(&letter[b]) ? walk_bound
										   : bound);
		cases->job[cases->nr_jobs++] = job;
	}
	for (size_t i = 0; i < sizeof(irq_ops) / sizeof(irq_ops[0]); i++) {
		job.b = 0;
		job.irq = (uint8_t)irq_ops[i];
		/* A record has room for two. */
		job.bound = (uint8_t)(bound < 2 ? bound : 2);
		cases->job[cases->nr_jobs++] = job;
	}
}

bool cases_make_jobs(struct cases *cases, unsigned int bound, unsigned int walk_bound,
		     const char *only)
{
	for (unsigned int state = 0; state < cases->nr_states; state++)
		for (unsigned int a = 0; a < cases->letters.nr; a++)
			if (is_wanted(&cases->letters.call[a], only))
				add_jobs(cases, state, a, bound, walk_bound, only);
	if (!cases->nr_jobs)
		tool_complain("no pairs: there is no letter of those names");
	return cases->nr_jobs;
}

void cases_name_job(const struct cases *cases, const struct job *job, char *to, size_t room)
{
	if (job->irq != OP_nop)
		snprintf(to, room, "%s: %s | irq:%s", cases->state[job->state].name,
			 cases->letters.call[job->a].name, program_op_name(job->irq));
	else
		snprintf(to, room, "%s: %s | %s", cases->state[job->state].name,
			 cases->letters.call[job->a].name, cases->letters.call[job->b].name);
}

static uint8_t *put_letter(const struct named_call *letter, unsigned int cpu, unsigned int irq,
			   uint8_t *at)
{
	struct program_record record = letter->record;

	record.cpu = (uint8_t)cpu;
	if (irq != OP_nop) {
		record.irq_op = (uint8_t)irq;
		record.irq_opcode = program_opcode(irq);
	}
	program_encode_record(&record, at);
	return at + PROGRAM_RECORD_SIZE;
}

static uint8_t *put_nop(unsigned int cpu, uint8_t *at)
{
	memset(at, 0, PROGRAM_RECORD_SIZE);
	record_put(at, opcode, PROGRAM_NOP);
	record_put(at, cpu, cpu);
	return at + PROGRAM_RECORD_SIZE;
}

size_t cases_bytes(const struct cases *cases, const struct job *job, uint8_t *bytes,
		   unsigned int *first)
{
	const struct state *state = &cases->state[job->state];
	uint8_t *at = bytes + state->size;

	memcpy(bytes, state->bytes, state->size);
	*first = state->nr_records;
	at = put_letter(&cases->letters.call[job->a], 0, job->irq, at);
	if (job->irq == OP_nop)
		at = put_letter(&cases->letters.call[job->b], 1, OP_nop, at);
	else
		at = put_nop(1, at);
	at = put_nop(2, at);
	return (size_t)(at - bytes);
}
