// SPDX-License-Identifier: GPL-2.0-only
/* Files of the tool: programs in, results out, directories. */
#include "fuzz/tool/common/tool.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/harness/program/state.h"
#include "fuzz/tool/common/plain.h"

#define TOOL_COMPLAINT 8192 /* with a path of any length */

int tool_complain(const char *format, ...)
{
	char text[TOOL_COMPLAINT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fflush(stdout);
	fprintf(stderr, "spbfuzz: ");
	plain_print(stderr, text);
	fputc('\n', stderr);
	return STATUS_ERROR;
}

int tool_usage(const char *usage, int letter)
{
	fputs(usage, letter == 'h' ? stdout : stderr);
	return letter == 'h' ? STATUS_GOOD : STATUS_ERROR;
}

bool tool_number(const char *text, unsigned int least, unsigned int most, unsigned int *value)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || number < least || number > most) {
		tool_complain("'%s': a number from %u to %u is needed", text, least, most);
		return false;
	}
	*value = (unsigned int)number;
	return true;
}

/*
 * Any file, or any program out of its text. A sanitizer never gives a MiB that is freed back to
 * malloc(), which would cost more than running the program.
 */
static PROCESS_STATE uint8_t buffer[TOOL_MAX_INPUT + 1]; /* scratch: each call fills it anew */

/* A copy with room for one more byte. */
static bool copy_buffer(const char *path, uint8_t **bytes, size_t size)
{
	*bytes = malloc(size + 1);
	if (!*bytes)
		return tool_complain("%s: %s", path, strerror(ENOMEM)), false;
	memcpy(*bytes, buffer, size);
	return true;
}

/* At most TOOL_MAX_INPUT bytes, with room for one more. */
static bool read_all(const char *path, uint8_t **bytes, size_t *size)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "rb") : stdin;
	int error = errno;

	if (!file)
		return tool_complain("%s: %s", path, strerror(error)), false;
	errno = 0;
	*size = fread(buffer, 1, TOOL_MAX_INPUT + 1, file);
	error = ferror(file) ? errno : 0;
	if (file != stdin)
		fclose(file);
	if (error)
		tool_complain("%s: %s", path, strerror(error));
	else if (*size > TOOL_MAX_INPUT)
		tool_complain("%s: larger than 1 MiB, so not a program", path);
	else
		return copy_buffer(path, bytes, *size);
	return false;
}

/* Any line of it may be told. */
static bool is_text(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] < ' ' && !(bytes[i] && strchr("\t\n\r", bytes[i])))
			return false;
	return true;
}

bool tool_read_text(const char *path, char **text)
{
	uint8_t *bytes;
	size_t size;

	*text = NULL;
	if (!read_all(path, &bytes, &size))
		return false;
	bytes[size] = '\0';
	*text = (char *)bytes;
	if (is_text(bytes, size))
		return true;
	tool_complain("%s: is no text", path);
	free(*text);
	*text = NULL;
	return false;
}

static bool load_program(struct tool_input *input)
{
	if (!read_all(input->path, &input->bytes, &input->size))
		return false;
	if (input->size)
		return true;
	tool_complain("%s: empty; a program has at least its version byte", input->path);
	return false;
}

static bool assemble(struct tool_input *input)
{
	struct text_error error = { 0 };
	size_t size = text_assemble((const char *)input->bytes, input->size, buffer,
				    TOOL_MAX_INPUT, &input->reaches, &error);

	if (!size) {
		fflush(stdout);
		plain_print(stderr, input->path);
		fprintf(stderr, ":%u: ", error.line);
		plain_print(stderr, error.message);
		fputc('\n', stderr);
		return false;
	}
	free(input->bytes);
	input->bytes = NULL;
	input->size = size;
	return copy_buffer(input->path, &input->bytes, size);
}

/* Exactly as large as its content, so that a sanitizer sees each byte read beyond it. */
static void trim(struct tool_input *input)
{
	uint8_t *bytes = realloc(input->bytes, input->size);

	if (bytes)
		input->bytes = bytes;
}

#define TOOL_WHY 200

static void refuse(struct tool_input *input)
{
	char why[TOOL_WHY] = "";

	program_refusal(input->bytes, input->size, why, sizeof(why));
	tool_complain("%s: %s", input->path, why);
	tool_unload(input);
}

bool tool_load_any(struct tool_input *input, const char *path)
{
	*input = (struct tool_input){ .path = path };
	if (!load_program(input) ||
	    (text_is_text(input->bytes, input->size) && !assemble(input))) {
		tool_unload(input);
		return false;
	}
	if (input->bytes[0] != PROGRAM_VERSION) {
		refuse(input);
		return false;
	}
	trim(input);
	return true;
}

bool tool_load(struct tool_input *input, const char *path)
{
	char why[TOOL_WHY];

	if (!tool_load_any(input, path))
		return false;
	if (!program_refusal(input->bytes, input->size, why, sizeof(why)))
		return true;
	refuse(input);
	return false;
}

void tool_unload(struct tool_input *input)
{
	free(input->bytes);
	input->bytes = NULL;
}

static bool write_to(FILE *file, const void *bytes, size_t size)
{
	return fwrite(bytes, 1, size, file) == size && !fflush(file);
}

/* A pipe or a device: nothing there could be replaced, and a rename would remove it. */
static bool is_special(const char *path)
{
	struct stat status;

	return !stat(path, &status) && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

static bool write_special(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "wb");
	bool good = file && write_to(file, bytes, size);

	if (file && fclose(file))
		good = false;
	if (!good)
		tool_complain("%s: %s", path, strerror(errno));
	return good;
}

bool tool_write(const char *path, const void *bytes, size_t size)
{
	const char *slash = strrchr(path, '/');
	int dir = slash ? (int)(slash - path) + 1 : 0;
	char temp[4096];
	FILE *file;
	bool good;

	if (!strcmp(path, "-"))
		return write_to(stdout, bytes, size) ||
		       (tool_complain("standard output: %s", strerror(errno)), false);
	if (is_special(path))
		return write_special(path, bytes, size);
	if ((size_t)snprintf(temp, sizeof(temp), "%.*s.%s.%ld", dir, path, path + dir,
			     (long)getpid()) >= sizeof(temp))
		return tool_complain("%s: the name is too long", path), false;
	file = fopen(temp, "wb");
	if (!file)
		return tool_complain("%s: %s", path, strerror(errno)), false;
	good = write_to(file, bytes, size);
	good = !fclose(file) && good;
	if (good && !rename(temp, path))
		return true;
	tool_complain("%s: %s; nothing was changed", path, strerror(errno));
	unlink(temp);
	return false;
}

bool tool_write_form(const char *path, bool (*form)(FILE *to, const void *what),
		     const void *what)
{
	char *text = NULL;
	size_t length = 0;
	FILE *to = open_memstream(&text, &length);
	bool good = to && form(to, what);

	if (to && fclose(to))
		good = false;
	if (good)
		good = tool_write(path, text, length);
	else
		tool_complain("out of memory");
	free(text);
	return good;
}

static bool add_path(struct tool_paths *paths, const char *dir, const char *name)
{
	size_t len = strlen(dir) + strlen(name) + 2;
	char *path = malloc(len);

	if (paths->nr == paths->room) {
		size_t room = paths->room ? 2 * paths->room : 64;
		char **more = realloc(paths->path, room * sizeof(*more));

		if (!more) {
			free(path);
			path = NULL;
		} else {
			paths->path = more;
			paths->room = room;
		}
	}
	if (!path)
		return tool_complain("out of memory"), false;
	snprintf(path, len, "%s%s%s", dir, *dir ? "/" : "", name);
	paths->path[paths->nr++] = path;
	return true;
}

static bool is_directory(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISDIR(status.st_mode);
}

/* A pipe in a folder would be waited for without an end. (A missing file is for tool_load().) */
static bool is_waited_for(const char *path)
{
	struct stat status;

	if (stat(path, &status) || S_ISREG(status.st_mode))
		return false;
	tool_complain("%s: neither a file nor a folder", path);
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool tool_paths_add(struct tool_paths *paths, const char *argument)
{
	size_t first = paths->nr;
	struct dirent *entry;
	bool good = true;
	DIR *dir;

	if (!is_directory(argument))
		return add_path(paths, "", argument);
	dir = opendir(argument);
	if (!dir)
		return tool_complain("%s: %s", argument, strerror(errno)), false;
	while (good && (entry = readdir(dir))) {
		if (*entry->d_name == '.')
			continue;
		good = add_path(paths, argument, entry->d_name);
		if (good && is_directory(paths->path[paths->nr - 1]))
			free(paths->path[--paths->nr]);
		else
			good = good && !is_waited_for(paths->path[paths->nr - 1]);
	}
	closedir(dir);
	if (good && paths->nr == first)
		return tool_complain("%s: no file in this directory", argument), false;
	qsort(paths->path + first, paths->nr - first, sizeof(*paths->path), by_name);
	return good;
}

bool tool_paths_add_all(struct tool_paths *paths, int argc, char **argv)
{
	bool good = true;

	for (int i = optind; i < argc; i++)
		good &= tool_paths_add(paths, argv[i]);
	return good;
}

void tool_paths_release(struct tool_paths *paths)
{
	for (size_t i = 0; i < paths->nr; i++)
		free(paths->path[i]);
	free(paths->path);
	*paths = (struct tool_paths){ 0 };
}
