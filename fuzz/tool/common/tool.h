/* SPDX-License-Identifier: GPL-2.0-only */
/* What the subcommands of spbfuzz share. */
#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/harness/text/text.h"

#define TOOL_VERSION "0.1"
#define TOOL_MAX_INPUT (1u << 20)

enum tool_status { STATUS_GOOD, STATUS_FINDING, STATUS_ERROR };

/* @argv: the subcommand's name and what follows it. Return: exit status */
int cmd_run(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_asm(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_reach(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_min(int argc, char **argv);
int cmd_around(int argc, char **argv);
int cmd_triage(int argc, char **argv);
int cmd_distil(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_lab(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_format(int argc, char **argv);
int cmd_rules(int argc, char **argv);

/* "spbfuzz: ..." on the standard error. Return: STATUS_ERROR */
__attribute__((format(printf, 1, 2))) int tool_complain(const char *format, ...);

/**
 * tool_usage - the end of reading options
 * @letter: what getopt_long() returned: 'h' was asked for, anything else is a mistake
 *
 * Return: the exit status
 */
int tool_usage(const char *usage, int letter);

/* --only: look at these rules alone; NULL: as before. Return: false after a complaint. */
bool tool_only(const char *list);

/* Copy docs/rules.md with its tables made anew. Return: false when the marks are missing. */
bool rules_docs(FILE *to, const char *text);

/* A number from @least to @most. Return: false after a complaint. */
bool tool_number(const char *text, unsigned int least, unsigned int most, unsigned int *value);

/**
 * struct tool_input - a program as loaded
 * @bytes: in the format of program.h; assembled when the file is text
 * @reaches: of its head; empty for bytes
 */
struct tool_input {
	const char *path;
	uint8_t *bytes;
	size_t size;
	struct text_reaches reaches;
};

/**
 * tool_load - read a program, bytes or text
 * @path: file or "-"
 *
 * Return: false after a complaint.
 */
bool tool_load(struct tool_input *input, const char *path);
/* The same for a program that is only read: one that needs a later version, too. */
bool tool_load_any(struct tool_input *input, const char *path);
void tool_unload(struct tool_input *input);

/* A text file of at most 1 MiB, to be freed; may be empty. Return: false after a complaint. */
bool tool_read_text(const char *path, char **text);

/**
 * tool_write - write a file whole, or leave what was there
 * @path: file or "-"
 *
 * Return: false after a complaint.
 */
bool tool_write(const char *path, const void *bytes, size_t size);

/* The same for what @form prints. Return: false when it does, or after a complaint. */
bool tool_write_form(const char *path, bool (*form)(FILE *to, const void *what),
		     const void *what);

/* Names of the files meant by arguments: those of a directory in order of their names. */
struct tool_paths {
	char **path;
	size_t nr, room;
};

/* Return: false after a complaint. tool_paths_release() either way. */
bool tool_paths_add(struct tool_paths *paths, const char *argument);
/* The arguments that are no options, after getopt; complains of each that cannot be read. */
bool tool_paths_add_all(struct tool_paths *paths, int argc, char **argv);
void tool_paths_release(struct tool_paths *paths);

#endif
