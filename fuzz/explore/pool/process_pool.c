// SPDX-License-Identifier: GPL-2.0-only
/* Workers: see process_pool.h. */
#include "fuzz/explore/pool/process_pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A task takes microseconds, or says that it goes on: else it does not end. */
#define PATIENCE_MS 20000

#define NO_TASK 0xffffffffu

/**
 * struct process_pool_shared - what master and workers share
 * @next: task to be executed next, of @nr_tasks
 * @current: of each worker; @beat: counts while a long one goes on
 */
struct process_pool_shared {
	uint32_t nr_tasks;
	uint32_t next;
	uint32_t current[MAX_WORKERS];
	uint32_t beat[MAX_WORKERS];
};

/* Of this process, when it is a worker. */
static uint32_t *my_beat;

static void die(const struct process_pool *processes, const char *what)
{
	fprintf(stderr, "%s: ", processes->name);
	perror(what);
	exit(2);
}

void *process_pool_map(const struct process_pool *processes, size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mem == MAP_FAILED)
		die(processes, "mmap");
	return mem;
}

/* --- a worker --- */

void process_pool_beat(void)
{
	if (my_beat)
		__atomic_fetch_add(my_beat, 1, __ATOMIC_RELAXED);
}

void process_pool_stop(const struct process_pool *processes)
{
	__atomic_store_n(&processes->shared->next, processes->shared->nr_tasks, __ATOMIC_SEQ_CST);
}

static void work(const struct process_pool *processes, unsigned int me)
{
	struct process_pool_shared *shared = processes->shared;

	for (;;) {
		uint32_t n = __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED);

		if (n >= shared->nr_tasks)
			return;
		__atomic_store_n(&shared->current[me], n, __ATOMIC_RELAXED);
		processes->execute(processes, n);
	}
}

static void serve(const struct process_pool *processes, unsigned int me, int socket)
{
	char byte;

	my_beat = &processes->shared->beat[me];
	/* A signal is for the master, whose end is the worker's. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(socket, &byte, 1) == 1) {
		work(processes, me);
		if (write(socket, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

/* --- the master --- */

static void start(struct process_pool *processes, unsigned int n)
{
	struct worker *worker = &processes->worker[n];
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		die(processes, "socketpair");
	fflush(stdout);
	worker->pid = fork();
	if (worker->pid < 0)
		die(processes, "fork");
	if (!worker->pid) {
		for (unsigned int i = 0; i < processes->nr; i++)
			if (i != n && processes->worker[i].pid)
				close(processes->worker[i].socket);
		close(ends[0]);
		serve(processes, n, ends[1]);
	}
	close(ends[1]);
	worker->socket = ends[0];
	worker->busy = false;
}

static void wake(struct process_pool *processes, unsigned int n)
{
	struct worker *worker = &processes->worker[n];
	char byte = 0;

	processes->shared->current[n] = NO_TASK;
	worker->seen = NO_TASK;
	worker->busy = true;
	if (write(worker->socket, &byte, 1) != 1)
		die(processes, "a worker is gone");
}

/* It died in the middle of a task: that is the task's outcome; another one goes on. */
static void bury(struct process_pool *processes, unsigned int n)
{
	struct worker *worker = &processes->worker[n];
	uint32_t task = processes->shared->current[n];
	int status = 0;

	waitpid(worker->pid, &status, 0);
	close(worker->socket);
	worker->pid = 0;
	if (task >= processes->shared->nr_tasks) {
		fprintf(stderr, "%s: a worker ended before its first task\n", processes->name);
		exit(2);
	}
	processes->lost(processes, task, WIFSIGNALED(status) ? (unsigned int)WTERMSIG(status) : 0);
	start(processes, n);
	wake(processes, n);
}

static void look_after(struct process_pool *processes, unsigned int n, bool nothing_happened)
{
	struct worker *worker = &processes->worker[n];
	uint32_t current = processes->shared->current[n], beat = processes->shared->beat[n];

	if (nothing_happened && worker->busy && worker->seen == current && worker->beat == beat)
		kill(worker->pid, SIGKILL);
	worker->seen = current;
	worker->beat = beat;
}

static void wait_for(struct process_pool *processes)
{
	struct pollfd fds[MAX_WORKERS];
	char byte;
	int ready;

	for (unsigned int n = 0; n < processes->nr; n++)
		fds[n] = (struct pollfd){ .fd = processes->worker[n].socket, .events = POLLIN };
	ready = poll(fds, processes->nr, PATIENCE_MS);
	/* A signal is looked at by the caller. */
	if (ready < 0 && errno != EINTR)
		die(processes, "poll");
	for (unsigned int n = 0; n < processes->nr; n++) {
		if (ready > 0 && fds[n].revents) {
			if (read(fds[n].fd, &byte, 1) == 1)
				processes->worker[n].busy = false;
			else
				bury(processes, n);
		}
		look_after(processes, n, ready == 0);
	}
}

static bool any_busy(const struct process_pool *processes)
{
	for (unsigned int n = 0; n < processes->nr; n++)
		if (processes->worker[n].busy)
			return true;
	return false;
}

static bool is_interrupted(const struct process_pool *processes)
{
	return processes->interrupted && *processes->interrupted;
}

void process_pool_run(struct process_pool *processes, uint32_t nr)
{
	processes->shared->nr_tasks = nr;
	__atomic_store_n(&processes->shared->next, 0, __ATOMIC_SEQ_CST);
	for (unsigned int n = 0; n < processes->nr; n++)
		wake(processes, n);
	while (any_busy(processes)) {
		wait_for(processes);
		if (is_interrupted(processes))
			process_pool_stop(processes);
	}
}

void process_pool_open(struct process_pool *processes, unsigned int workers)
{
	signal(SIGPIPE, SIG_IGN);
	processes->shared = process_pool_map(processes, sizeof(*processes->shared));
	processes->nr = workers < MAX_WORKERS ? workers : MAX_WORKERS;
	for (unsigned int n = 0; n < processes->nr; n++)
		start(processes, n);
}

void process_pool_close(struct process_pool *processes)
{
	for (unsigned int n = 0; n < processes->nr; n++) {
		close(processes->worker[n].socket);
		waitpid(processes->worker[n].pid, NULL, 0);
	}
}
