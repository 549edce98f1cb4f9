// SPDX-License-Identifier: GPL-2.0-only
/*
 * A child that runs programs: see worker.h.
 *
 *   parent: program into shared memory, one byte down the pipe, wait
 *   child:  run it, verdict into shared memory, one byte back       next program
 *   or:     it dies; the parent reads its standard error and status   new child
 */
#define _GNU_SOURCE
#include "fuzz/tool/replay/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/report/signature.h"
#include "fuzz/harness/stats/trace.h"
#include "fuzz/tool/common/tool.h"
#include "fuzz/tool/replay/death.h"
#include "fuzz/tool/replay/replay.h"

/* Of one program. The longest honest one takes a few milliseconds, 10 times more when slow. */
#define PATIENCE_SECONDS 25
/* As much of a dying child's words as anybody looks at. */
#define MAX_WORDS 65536

/**
 * struct board - what parent and child share
 * @target: of the program in @bytes; the same address in both
 * @close: look closely
 * @op, @step: what runs now
 */
struct board {
	const struct target *target;
	size_t size;
	bool close;
	enum program_op op;
	unsigned int step;
	struct verdict verdict;
	uint8_t bytes[TOOL_MAX_INPUT];
	uint8_t shared[] __attribute__((aligned(64)));
};

static struct board *board;
static size_t board_size;
static struct worker_hooks hooks;
static bool close_look, seen_from_afar;
static pid_t child;
static int to_child = -1, from_child = -1, words = -1;
static volatile sig_atomic_t interrupted;

/* --- the child --- */

static void note_op(struct run *run, const struct program_record *record)
{
	board->op = record->op;
	board->step = run->step;
}

static void note_event(struct run *run, const struct spb_event *event)
{
	(void)run;
	if (hooks.event)
		hooks.event(board->shared, event);
}

static const struct observer noter = {
	.name = "noter", .events = ALL_EVENTS, .op_begins = note_op, .event = note_event,
};

static uint64_t now_micros(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void tell_finding(struct verdict *verdict)
{
	const struct finding_info *info = &this_run->finding;

	verdict->kind = VERDICT_FINDING;
	verdict->step = info->step;
	snprintf(verdict->rule, sizeof(verdict->rule), "%s",
		 this_run->options.close ? info->cause : info->rule);
	snprintf(verdict->message, sizeof(verdict->message), "%s", info->message);
	finding_signature(info, verdict->signature, sizeof(verdict->signature));
}

/* A copy of exactly its size, so that a sanitizer sees each byte read beyond it. */
static void run_one(void)
{
	struct verdict *verdict = &board->verdict;
	struct tool_input input = { .bytes = malloc(board->size), .size = board->size };
	uint64_t began = now_micros();

	if (!input.bytes)
		_exit(STATUS_ERROR);
	memcpy(input.bytes, board->bytes, board->size);
	this_run->options.close = board->close;
	if (hooks.begin)
		hooks.begin(board->shared);
	if (replay(board->target, &input)) {
		verdict->kind = this_run->needs_hooks ? VERDICT_UNSEEN : VERDICT_GOOD;
		verdict->step = this_run->step;
		verdict->hash = trace_hash();
		if (hooks.end)
			hooks.end(board->shared);
	} else {
		tell_finding(verdict);
	}
	verdict->nr_records = this_run->program.nr_records;
	verdict->micros = now_micros() - began;
	free(input.bytes);
}

/* Defined where a sanitizer is linked. */
extern void __asan_init(void) __attribute__((weak));

/* Nobody else's handler is in between; a sanitizer's has something to say. */
static void die_of_faults(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT };

	for (size_t i = 0; !__asan_init && i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
}

__attribute__((noreturn)) static void serve(int requests, int replies)
{
	char byte;

	/* Not later than the parent, whatever happens to that. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	die_of_faults();
	dup2(words, STDERR_FILENO);
	dup2(words, STDOUT_FILENO);
	this_run->options.model = true;
	replay_prepare(true, false, false);
	this_run->options.quiet = true;
	this_run->watcher = &noter;
	while (read(requests, &byte, 1) == 1) {
		run_one();
		if (write(replies, &byte, 1) != 1)
			break;
	}
	_exit(STATUS_GOOD);
}

/* --- the parent --- */

static void forget_child(void)
{
	close(to_child);
	close(from_child);
	to_child = from_child = -1;
	child = 0;
}

static bool start_child(void)
{
	int down[2] = { -1, -1 }, up[2] = { -1, -1 };

	if (child)
		return true;
	fflush(NULL);
	if (ftruncate(words, 0) || lseek(words, 0, SEEK_SET) || pipe2(down, O_CLOEXEC) ||
	    pipe2(up, O_CLOEXEC) || (child = fork()) < 0) {
		child = 0;
		return tool_complain("cannot start a process: %s", strerror(errno)), false;
	}
	if (!child) {
		close(down[1]);
		close(up[0]);
		serve(down[0], up[1]);
	}
	close(down[0]);
	close(up[1]);
	to_child = down[1];
	from_child = up[0];
	return true;
}

static void end_child(void)
{
	if (!child)
		return;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	forget_child();
}

/* What the dead child said, as a string in place. */
static const char *last_words(void)
{
	static char text[MAX_WORDS];
	ssize_t got = pread(words, text, sizeof(text) - 1, 0);

	text[got > 0 ? got : 0] = '\0';
	return text;
}

static void tell_death(struct verdict *verdict)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	forget_child();
	verdict->kind = VERDICT_DIED;
	verdict->step = board->step;
	death_verdict(verdict, last_words(), status, board->op);
}

static void tell_slow(struct verdict *verdict)
{
	end_child();
	verdict->kind = VERDICT_SLOW;
	verdict->step = board->step;
	snprintf(verdict->rule, sizeof(verdict->rule), "timeout");
	snprintf(verdict->message, sizeof(verdict->message), "runs for more than %d s",
		 PATIENCE_SECONDS);
	death_signature(verdict, board->op);
}

/* Return: 1 when it answered or died, 0 when the time is up, -1 when interrupted. */
static int wait_for_child(void)
{
	struct pollfd wait = { .fd = from_child, .events = POLLIN };
	uint64_t end = now_micros() + PATIENCE_SECONDS * 1000000ull;

	for (;;) {
		uint64_t now = now_micros();
		int ready;

		if (interrupted)
			return -1;
		if (now >= end)
			return 0;
		ready = poll(&wait, 1, (int)((end - now) / 1000) + 1);
		if (ready > 0)
			return 1;
		if (ready < 0 && errno != EINTR)
			return 0;
	}
}

static unsigned int records_of(const uint8_t *bytes, size_t size)
{
	struct program program;

	return program_open(&program, bytes, size) ? program.nr_records : 0;
}

static bool run(const struct target *target, const uint8_t *bytes, size_t size, bool close,
		struct verdict *verdict)
{
	char byte = 0;
	int ready;

	memset(verdict, 0, sizeof(*verdict));
	if (interrupted || !start_child())
		return false;
	board->target = target;
	board->close = close;
	board->size = size < TOOL_MAX_INPUT ? size : TOOL_MAX_INPUT;
	board->op = OP_nop;
	board->step = 0;
	memset(&board->verdict, 0, sizeof(board->verdict));
	memcpy(board->bytes, bytes, board->size);
	ready = write(to_child, &byte, 1) == 1 ? wait_for_child() : 1;
	if (ready < 0) {
		end_child();
		return false;
	}
	if (!ready)
		tell_slow(verdict);
	else if (read(from_child, &byte, 1) == 1)
		*verdict = board->verdict;
	else
		tell_death(verdict);
	verdict->nr_records = records_of(board->bytes, board->size);
	return true;
}

bool worker_run(const struct target *target, const uint8_t *bytes, size_t size,
		struct verdict *verdict)
{
	if (close_look && !run(target, bytes, size, false, verdict))
		return false;
	seen_from_afar = close_look && verdict_is_crash(verdict);
	return run(target, bytes, size, close_look, verdict);
}

bool worker_run_again(const struct target *target, const uint8_t *bytes, size_t size,
		      struct verdict *verdict)
{
	if (seen_from_afar && !run(target, bytes, size, false, verdict))
		return false;
	if (seen_from_afar && !verdict_is_crash(verdict))
		return true;
	return run(target, bytes, size, close_look, verdict);
}

bool worker_can_see(const char *path, const struct verdict *verdict)
{
	if (verdict->kind != VERDICT_UNSEEN)
		return true;
	tool_complain("%s: its schedule counts memory accesses, which this build does not see; "
		      "build/race/spbfuzz does", path);
	return false;
}

bool worker_begin(const struct worker_hooks *wanted, bool close)
{
	close_look = close;
	hooks = wanted ? *wanted : (struct worker_hooks){ 0 };
	board_size = sizeof(*board) + hooks.room;
	board = mmap(NULL, board_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	words = memfd_create("spbfuzz-words", MFD_CLOEXEC);
	if (board == MAP_FAILED || words < 0)
		return tool_complain("no memory to share: %s", strerror(errno)), false;
	return true;
}

void worker_end(void)
{
	end_child();
	munmap(board, board_size);
	close(words);
	board = NULL;
}

void *worker_shared(void)
{
	return board->shared;
}

static void note_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

void worker_catch_signals(void)
{
	const struct sigaction action = { .sa_handler = note_interrupt };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

bool worker_interrupted(void)
{
	return interrupted;
}

int worker_on_file(const char *path, bool close, size_t room,
		   int (*work)(void *state, const struct tool_input *input, const void *arguments),
		   const void *arguments)
{
	struct tool_input input;
	void *state;
	int status;

	if (!tool_load(&input, path))
		return STATUS_ERROR;
	state = calloc(1, room);
	worker_catch_signals();
	if (!state || !worker_begin(NULL, close)) {
		status = state ? STATUS_ERROR : tool_complain("out of memory");
	} else {
		status = work(state, &input, arguments);
		worker_end();
	}
	free(state);
	tool_unload(&input);
	return status;
}

static void add_option(const char *variable)
{
	const char *old = getenv(variable);
	char value[4096];

	snprintf(value, sizeof(value), "%s%ssymbolize=0", old ? old : "", old && *old ? ":" : "");
	setenv(variable, value, 1);
}

void worker_plain_stacks(char **argv)
{
	static const char mark[] = "SPBFUZZ_PLAIN_STACKS";

	if (!__asan_init || getenv(mark))
		return;
	setenv(mark, "1", 1);
	add_option("ASAN_OPTIONS");
	add_option("UBSAN_OPTIONS");
	/* When it cannot be started again it goes on as it is, slower. */
	execv("/proc/self/exe", argv);
}
