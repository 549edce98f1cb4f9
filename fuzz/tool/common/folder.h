/* SPDX-License-Identifier: GPL-2.0-only */
/* A folder of programs, written whole or not at all. */
#ifndef TOOL_FOLDER_H
#define TOOL_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* @path: the last part of it is the name in the folder */
struct folder_file {
	const char *path;
	uint8_t *bytes;
	size_t size;
};

/**
 * folder_write - make a folder hold these files and nothing else
 * @path: need not exist; what it holds now is given up, but for names that begin with a dot
 *
 * Files of one name and content are one; of one name and different content, the later get
 * a number. Return: false after a complaint; the folder is as it was then.
 */
bool folder_write(const char *path, const struct folder_file *files, size_t nr);

/* Is there a file of that content? */
bool folder_file_is_at(const char *path, const void *content, size_t length);

/* A folder without a file but hidden ones. */
bool folder_is_empty(const char *path);

#endif
