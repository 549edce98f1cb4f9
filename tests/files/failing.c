// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loaded before a program (LD_PRELOAD): lets one of its file operations go wrong, counted from
 * 1 on. scripts/spb/parts/abuses/files.py goes through all of them.
 *
 *   FAIL_AT    which one
 *   FAIL_HOW   kill: the process ends there and then; full: there is no space any more, and
 *              none for later ones
 *   FAIL_MARK  a file that is made when it happens
 *
 * Counted: opening to write, writing, closing what was written, making folders, linking,
 * renaming. Removing always works, and is a place to be killed at, too. What goes to the
 * standard output, and what is only read, is not counted.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define MAX_OPEN 64

static FILE *written[MAX_OPEN];

static bool happens(bool can_fail)
{
	static unsigned int count;
	static bool full;
	const char *at = getenv("FAIL_AT"), *how = getenv("FAIL_HOW"), *mark = getenv("FAIL_MARK");

	if (!at || !how || !mark)
		return false;
	if (++count == (unsigned int)atoi(at)) {
		close(open(mark, O_CREAT | O_WRONLY, 0666));
		if (!strcmp(how, "kill"))
			kill(getpid(), SIGKILL);
		full = true;
	}
	if (full && can_fail)
		errno = ENOSPC;
	return full && can_fail;
}

static FILE **place_of(const FILE *file)
{
	for (size_t i = 0; i < MAX_OPEN; i++)
		if (written[i] == file)
			return &written[i];
	return NULL;
}

FILE *fopen(const char *path, const char *mode)
{
	FILE *file;

	if (*mode == 'r')
		return NEXT(fopen)(path, mode);
	if (happens(true))
		return NULL;
	file = NEXT(fopen)(path, mode);
	if (file && place_of(NULL))
		*place_of(NULL) = file;
	return file;
}

size_t fwrite(const void *bytes, size_t size, size_t nr, FILE *file)
{
	if (place_of(file) && happens(true))
		return 0;
	return NEXT(fwrite)(bytes, size, nr, file);
}

int fclose(FILE *file)
{
	FILE **place = place_of(file);
	bool fails = place && happens(true);
	int result;

	if (place)
		*place = NULL;
	result = NEXT(fclose)(file);
	if (fails)
		errno = ENOSPC;
	return fails ? EOF : result;
}

int rename(const char *from, const char *to)
{
	return happens(true) ? -1 : NEXT(rename)(from, to);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags)
{
	return happens(true) ? -1 : NEXT(renameat2)(from_dir, from, to_dir, to, flags);
}

int mkdir(const char *path, mode_t mode)
{
	return happens(true) ? -1 : NEXT(mkdir)(path, mode);
}

int link(const char *from, const char *to)
{
	return happens(true) ? -1 : NEXT(link)(from, to);
}

int unlink(const char *path)
{
	happens(false);
	return NEXT(unlink)(path);
}

int rmdir(const char *path)
{
	happens(false);
	return NEXT(rmdir)(path);
}
