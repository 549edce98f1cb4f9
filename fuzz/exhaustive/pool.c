// SPDX-License-Identifier: GPL-2.0-only
/* Workers: see pool.h. */
#include "fuzz/exhaustive/pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A task takes microseconds: one that takes as long does not end. */
#define PATIENCE_MS 20000

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* --- a worker --- */

static void work(const struct pool *pool, unsigned int me)
{
	struct shared *shared = pool->shared;

	for (;;) {
		uint32_t n = __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED);

		if (n >= shared->nr_tasks)
			return;
		__atomic_store_n(&shared->current[me], n, __ATOMIC_RELAXED);
		task_execute(pool, &shared->task[n], true, &shared->outcome[n]);
	}
}

static void serve(const struct pool *pool, unsigned int me, int socket)
{
	char byte;

	/* A signal is for the master, whose end is the worker's. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(socket, &byte, 1) == 1) {
		work(pool, me);
		if (write(socket, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

/* --- the master --- */

static void start(struct pool *pool, unsigned int n)
{
	struct worker *worker = &pool->worker[n];
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		die("exhaustive: socketpair");
	fflush(stdout);
	worker->pid = fork();
	if (worker->pid < 0)
		die("exhaustive: fork");
	if (!worker->pid) {
		for (unsigned int i = 0; i < pool->nr; i++)
			if (i != n && pool->worker[i].pid)
				close(pool->worker[i].socket);
		close(ends[0]);
		serve(pool, n, ends[1]);
	}
	close(ends[1]);
	worker->socket = ends[0];
	worker->busy = false;
}

static void wake(struct pool *pool, unsigned int n)
{
	struct worker *worker = &pool->worker[n];
	char byte = 0;

	pool->shared->current[n] = NO_STATE;
	worker->seen = NO_STATE;
	worker->busy = true;
	if (write(worker->socket, &byte, 1) != 1)
		die("exhaustive: a worker is gone");
}

/* It died in the middle of a task: that is the task's outcome; another one goes on. */
static void bury(struct pool *pool, unsigned int n)
{
	struct worker *worker = &pool->worker[n];
	uint32_t task = pool->shared->current[n];
	int status = 0;

	waitpid(worker->pid, &status, 0);
	close(worker->socket);
	worker->pid = 0;
	if (task >= pool->shared->nr_tasks) {
		fprintf(stderr, "exhaustive: a worker ended before its first program\n");
		exit(2);
	}
	pool->shared->outcome[task] = (struct outcome){
		.kind = OUTCOME_CRASH,
		.id.hash[0] = WIFSIGNALED(status) ? (uint64_t)WTERMSIG(status) : 0,
	};
	start(pool, n);
	wake(pool, n);
}

static void look_after(struct pool *pool, unsigned int n, bool nothing_happened)
{
	struct worker *worker = &pool->worker[n];

	if (nothing_happened && worker->busy && worker->seen == pool->shared->current[n])
		kill(worker->pid, SIGKILL);
	worker->seen = pool->shared->current[n];
}

static void wait_for(struct pool *pool)
{
	struct pollfd fds[MAX_WORKERS];
	char byte;
	int ready;

	for (unsigned int n = 0; n < pool->nr; n++)
		fds[n] = (struct pollfd){ .fd = pool->worker[n].socket, .events = POLLIN };
	ready = poll(fds, pool->nr, PATIENCE_MS);
	/* A signal is looked at between the chunks. */
	if (ready < 0 && errno != EINTR)
		die("exhaustive: poll");
	for (unsigned int n = 0; n < pool->nr; n++) {
		if (ready > 0 && fds[n].revents) {
			if (read(fds[n].fd, &byte, 1) == 1)
				pool->worker[n].busy = false;
			else
				bury(pool, n);
		}
		look_after(pool, n, ready == 0);
	}
}

static bool any_busy(const struct pool *pool)
{
	for (unsigned int n = 0; n < pool->nr; n++)
		if (pool->worker[n].busy)
			return true;
	return false;
}

void pool_run(struct pool *pool)
{
	__atomic_store_n(&pool->shared->next, 0, __ATOMIC_SEQ_CST);
	for (unsigned int n = 0; n < pool->nr; n++)
		wake(pool, n);
	while (any_busy(pool))
		wait_for(pool);
}

void pool_open(struct pool *pool, unsigned int workers)
{
	signal(SIGPIPE, SIG_IGN);
	pool->shared = mmap(NULL, sizeof(*pool->shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (pool->shared == MAP_FAILED)
		die("exhaustive: mmap");
	pool->nr = workers < MAX_WORKERS ? workers : MAX_WORKERS;
	for (unsigned int n = 0; n < pool->nr; n++)
		start(pool, n);
}

void pool_close(struct pool *pool)
{
	for (unsigned int n = 0; n < pool->nr; n++) {
		close(pool->worker[n].socket);
		waitpid(pool->worker[n].pid, NULL, 0);
	}
}
