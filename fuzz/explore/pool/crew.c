// SPDX-License-Identifier: GPL-2.0-only
/* Workers: see crew.h. */
#include "fuzz/explore/pool/crew.h"

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
 * struct crew_shared - what master and workers share
 * @next: task to be executed next, of @nr_tasks
 * @current: of each worker; @beat: counts while a long one goes on
 */
struct crew_shared {
	uint32_t nr_tasks;
	uint32_t next;
	uint32_t current[MAX_WORKERS];
	uint32_t beat[MAX_WORKERS];
};

/* Of this process, when it is a worker. */
static uint32_t *my_beat;

static void die(const struct crew *crew, const char *what)
{
	fprintf(stderr, "%s: ", crew->name);
	perror(what);
	exit(2);
}

void *crew_map(const struct crew *crew, size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mem == MAP_FAILED)
		die(crew, "mmap");
	return mem;
}

/* --- a worker --- */

void crew_beat(void)
{
	if (my_beat)
		__atomic_fetch_add(my_beat, 1, __ATOMIC_RELAXED);
}

void crew_stop(const struct crew *crew)
{
	__atomic_store_n(&crew->shared->next, crew->shared->nr_tasks, __ATOMIC_SEQ_CST);
}

static void work(const struct crew *crew, unsigned int me)
{
	struct crew_shared *shared = crew->shared;

	for (;;) {
		uint32_t n = __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED);

		if (n >= shared->nr_tasks)
			return;
		__atomic_store_n(&shared->current[me], n, __ATOMIC_RELAXED);
		crew->execute(crew, n);
	}
}

static void serve(const struct crew *crew, unsigned int me, int socket)
{
	char byte;

	my_beat = &crew->shared->beat[me];
	/* A signal is for the master, whose end is the worker's. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(socket, &byte, 1) == 1) {
		work(crew, me);
		if (write(socket, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

/* --- the master --- */

static void start(struct crew *crew, unsigned int n)
{
	struct worker *worker = &crew->worker[n];
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		die(crew, "socketpair");
	fflush(stdout);
	worker->pid = fork();
	if (worker->pid < 0)
		die(crew, "fork");
	if (!worker->pid) {
		for (unsigned int i = 0; i < crew->nr; i++)
			if (i != n && crew->worker[i].pid)
				close(crew->worker[i].socket);
		close(ends[0]);
		serve(crew, n, ends[1]);
	}
	close(ends[1]);
	worker->socket = ends[0];
	worker->busy = false;
}

static void wake(struct crew *crew, unsigned int n)
{
	struct worker *worker = &crew->worker[n];
	char byte = 0;

	crew->shared->current[n] = NO_TASK;
	worker->seen = NO_TASK;
	worker->busy = true;
	if (write(worker->socket, &byte, 1) != 1)
		die(crew, "a worker is gone");
}

/* It died in the middle of a task: that is the task's outcome; another one goes on. */
static void bury(struct crew *crew, unsigned int n)
{
	struct worker *worker = &crew->worker[n];
	uint32_t task = crew->shared->current[n];
	int status = 0;

	waitpid(worker->pid, &status, 0);
	close(worker->socket);
	worker->pid = 0;
	if (task >= crew->shared->nr_tasks) {
		fprintf(stderr, "%s: a worker ended before its first task\n", crew->name);
		exit(2);
	}
	crew->lost(crew, task, WIFSIGNALED(status) ? (unsigned int)WTERMSIG(status) : 0);
	start(crew, n);
	wake(crew, n);
}

static void look_after(struct crew *crew, unsigned int n, bool nothing_happened)
{
	struct worker *worker = &crew->worker[n];
	uint32_t current = crew->shared->current[n], beat = crew->shared->beat[n];

	if (nothing_happened && worker->busy && worker->seen == current && worker->beat == beat)
		kill(worker->pid, SIGKILL);
	worker->seen = current;
	worker->beat = beat;
}

static void wait_for(struct crew *crew)
{
	struct pollfd fds[MAX_WORKERS];
	char byte;
	int ready;

	for (unsigned int n = 0; n < crew->nr; n++)
		fds[n] = (struct pollfd){ .fd = crew->worker[n].socket, .events = POLLIN };
	ready = poll(fds, crew->nr, PATIENCE_MS);
	/* A signal is looked at by the caller. */
	if (ready < 0 && errno != EINTR)
		die(crew, "poll");
	for (unsigned int n = 0; n < crew->nr; n++) {
		if (ready > 0 && fds[n].revents) {
			if (read(fds[n].fd, &byte, 1) == 1)
				crew->worker[n].busy = false;
			else
				bury(crew, n);
		}
		look_after(crew, n, ready == 0);
	}
}

static bool any_busy(const struct crew *crew)
{
	for (unsigned int n = 0; n < crew->nr; n++)
		if (crew->worker[n].busy)
			return true;
	return false;
}

static bool is_interrupted(const struct crew *crew)
{
	return crew->interrupted && *crew->interrupted;
}

void crew_run(struct crew *crew, uint32_t nr)
{
	crew->shared->nr_tasks = nr;
	__atomic_store_n(&crew->shared->next, 0, __ATOMIC_SEQ_CST);
	for (unsigned int n = 0; n < crew->nr; n++)
		wake(crew, n);
	while (any_busy(crew)) {
		wait_for(crew);
		if (is_interrupted(crew))
			crew_stop(crew);
	}
}

void crew_open(struct crew *crew, unsigned int workers)
{
	signal(SIGPIPE, SIG_IGN);
	crew->shared = crew_map(crew, sizeof(*crew->shared));
	crew->nr = workers < MAX_WORKERS ? workers : MAX_WORKERS;
	for (unsigned int n = 0; n < crew->nr; n++)
		start(crew, n);
}

void crew_close(struct crew *crew)
{
	for (unsigned int n = 0; n < crew->nr; n++) {
		close(crew->worker[n].socket);
		waitpid(crew->worker[n].pid, NULL, 0);
	}
}
