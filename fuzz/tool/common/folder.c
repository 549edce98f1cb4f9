// SPDX-License-Identifier: GPL-2.0-only
/*
 * A folder written whole: a new one is filled beside it, and the two change places in one
 * step. Whoever ends the process finds the old or the new one under the name.
 */
#define _GNU_SOURCE
#include "fuzz/tool/common/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/tool/common/tool.h"

#define PATH_ROOM 4096

static bool join(char *to, const char *dir, const char *name)
{
	if ((size_t)snprintf(to, PATH_ROOM, "%s/%s", dir, name) < PATH_ROOM)
		return true;
	tool_complain("%s/%s: the name is too long", dir, name);
	return false;
}

/* Nothing in it is a folder: it may be given up file by file. */
static void remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[PATH_ROOM];

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
		    join(name, path, entry->d_name))
			unlink(name);
	if (dir)
		closedir(dir);
	rmdir(path);
}

bool folder_file_is_at(const char *path, const void *content, size_t length)
{
	static uint8_t bytes[TOOL_MAX_INPUT];
	FILE *there = fopen(path, "rb");
	size_t size = there ? fread(bytes, 1, sizeof(bytes), there) : 0;

	if (there)
		fclose(there);
	return there && size == length && !memcmp(bytes, content, size);
}

static bool write_file(const char *dir, const struct folder_file *file)
{
	const char *slash = strrchr(file->path, '/');
	const char *name = slash ? slash + 1 : file->path;
	char path[PATH_ROOM - 16], numbered[PATH_ROOM];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >= sizeof(path))
		return tool_complain("%s/%s: the name is too long", dir, name), false;
	snprintf(numbered, sizeof(numbered), "%s", path);
	for (unsigned int n = 2; !access(numbered, F_OK); n++) {
		if (folder_file_is_at(numbered, file->bytes, file->size))
			return true;
		snprintf(numbered, sizeof(numbered), "%s-%u", path, n);
	}
	return tool_write(numbered, file->bytes, file->size);
}

/* Hidden files are not programs: they stay. A folder below is nobody's to give up. */
static bool copy_hidden(const char *from, const char *to)
{
	DIR *dir = opendir(from);
	struct dirent *entry;
	bool good = true;

	while (dir && good && (entry = readdir(dir))) {
		char old[PATH_ROOM], new[PATH_ROOM];
		struct stat status;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		good = join(old, from, entry->d_name) && join(new, to, entry->d_name);
		if (good && !stat(old, &status) && S_ISDIR(status.st_mode)) {
			tool_complain("%s: there are folders in it; it is left as it is", from);
			good = false;
		} else if (good && *entry->d_name == '.' && link(old, new)) {
			tool_complain("%s: %s", new, strerror(errno));
			good = false;
		}
	}
	if (dir)
		closedir(dir);
	return good;
}

static bool change_places(const char *new, const char *path)
{
	if (!renameat2(AT_FDCWD, new, AT_FDCWD, path, RENAME_EXCHANGE))
		return true;
	/* Nothing of that name yet, or an empty folder. */
	return (errno == ENOENT || errno == EINVAL) && !rename(new, path);
}

bool folder_is_empty(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool empty = dir != NULL;

	while (dir && empty && (entry = readdir(dir)))
		empty = *entry->d_name == '.';
	if (dir)
		closedir(dir);
	return empty;
}

bool folder_write(const char *path, const struct folder_file *files, size_t nr)
{
	char new[PATH_ROOM];
	size_t length = strlen(path);
	struct stat status;
	bool exists = !stat(path, &status), good;

	while (length > 1 && path[length - 1] == '/')
		length--;
	if (exists && !S_ISDIR(status.st_mode))
		return tool_complain("%s: is no folder", path), false;
	if ((size_t)snprintf(new, sizeof(new), "%.*s.new.%ld", (int)length, path,
			     (long)getpid()) >= sizeof(new))
		return tool_complain("%s: the name is too long", path), false;
	if (mkdir(new, 0777))
		return tool_complain("%s: %s", new, strerror(errno)), false;
	good = !exists || copy_hidden(path, new);
	for (size_t i = 0; good && i < nr; i++)
		good = write_file(new, &files[i]);
	if (good && !change_places(new, path))
		good = (tool_complain("%s: %s; nothing was changed", path, strerror(errno)), false);
	/* The old one now, or what could not be filled. */
	remove_folder(new);
	return good;
}
