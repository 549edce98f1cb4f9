// SPDX-License-Identifier: GPL-2.0-only
/*
 * spbfuzz lab: the laboratory is a program of its own, since the host of this one watches each
 * step and has room for zones of some thousand pages. It lies beside this one:
 *
 *   build/gcc/spbfuzz
 *   build/lab/lab
 */
#include "fuzz/tool/common/tool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BESIDE "../lab/lab"

int cmd_lab(int argc, char **argv)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - sizeof(BESIDE) - 1);
	char *slash;

	(void)argc;
	if (len < 0)
		return tool_complain("/proc/self/exe: %s", strerror(errno));
	path[len] = 0;
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, BESIDE);
	fflush(NULL);
	execv(path, argv);
	return tool_complain("%s: %s; make lab, or make build/lab/lab, builds it", path,
			     strerror(errno));
}
