// SPDX-License-Identifier: GPL-2.0-only
/* A child that runs one program and notes what happens: see export.h. */
#define _GNU_SOURCE
#include "fuzz/tool/export/export.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/tool/replay/death.h"
#include "fuzz/tool/replay/replay.h"

/* Notes of each access to the state take long: a program with an endless loop ends by itself. */
#define PATIENCE_SECONDS 60

/* Of the child's exit status, which are its own. */
enum { CHILD_DONE = 0, CHILD_UNSEEN = 90 };

__attribute__((noreturn)) static void child(const struct recorder *recorder,
					    const struct target *target,
					    const struct tool_input *input, bool close, FILE *log,
					    FILE *words)
{
	bool good;

	alarm(PATIENCE_SECONDS);
	dup2(fileno(words), STDERR_FILENO);
	dup2(fileno(words), STDOUT_FILENO);
	setvbuf(log, NULL, _IOLBF, BUFSIZ);
	this_run->options.model = true;
	replay_prepare(true, false, false);
	this_run->options.close = close;
	this_run->watcher = recorder->watcher;
	recorder->prepare(log);
	good = replay(target, input);
	if (good && this_run->needs_hooks)
		_exit(CHILD_UNSEEN);
	recorder->finish(!good);
	fflush(log);
	fflush(stderr);
	_exit(CHILD_DONE);
}

static char *text_of(FILE *file)
{
	long size = fseek(file, 0, SEEK_END) ? -1 : ftell(file);
	char *text = size < 0 ? NULL : malloc((size_t)size + 1);

	if (!text)
		return NULL;
	rewind(file);
	text[fread(text, 1, (size_t)size, file)] = '\0';
	return text;
}

static bool read_all(struct recording *recording, FILE *log, FILE *words, int status)
{
	recording->log = text_of(log);
	recording->words = text_of(words);
	if (!recording->log || !recording->words)
		return tool_complain("what was noted cannot be read"), false;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_DONE)
		return true;
	/* The kind of operation is in the log. */
	recording->verdict.kind = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ?
					  VERDICT_SLOW : VERDICT_DIED;
	death_verdict(&recording->verdict, recording->words, status, OP_nop);
	return true;
}

static bool run_child(const struct recorder *recorder, const struct target *target,
		      const struct tool_input *input, bool close, struct recording *recording,
		      FILE *log, FILE *words)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return tool_complain("cannot start a process: %s", strerror(errno)), false;
	if (!pid)
		child(recorder, target, input, close, log, words);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return tool_complain("waiting: %s", strerror(errno)), false;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_UNSEEN)
		return tool_complain("%s: its schedule counts memory accesses, which this build "
				     "does not see; build/race/spbfuzz does", input->path), false;
	return read_all(recording, log, words, status);
}

bool record(const struct recorder *recorder, const struct target *target,
	    const struct tool_input *input, bool close, struct recording *recording)
{
	FILE *log = tmpfile(), *words = tmpfile();
	bool good = false;

	memset(recording, 0, sizeof(*recording));
	if (log && words)
		good = run_child(recorder, target, input, close, recording, log, words);
	else
		tool_complain("cannot make a temporary file: %s", strerror(errno));
	if (log)
		fclose(log);
	if (words)
		fclose(words);
	return good;
}

void recording_release(struct recording *recording)
{
	free(recording->log);
	free(recording->words);
}
