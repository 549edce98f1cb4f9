// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's log, and what it says of itself: the host decides what a finding is. */
#include <linux/kern_levels.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>

#include "fuzz/kernel/glue/glue.h"

int vsnprintf(char *to, size_t room, const char *format, va_list arguments);

#define LINE 256

/* Why a page was dumped: the next BUG() or WARN() is about that. */
static char reason[LINE];

/* The host may go on behind it, where it wanted to see this. */
void __noreturn kb_bug(const char *what, const char *file, int line)
{
	static char last[LINE];

	memcpy(last, reason, sizeof(last));
	reason[0] = 0;
	if (kb_host.bug)
		kb_host.bug(last[0] ? last : what, file, line);
	__builtin_trap();
}

extern const char *const kb_stub_names[];
extern const unsigned long kb_nr_stubs;

#define FIRST_STUB 0x4000UL /* as scripts/spb/kernel/object/link.py places them */
#define STUB_BYTES 16

const char *kb_stub(const void *address)
{
	unsigned long n = ((unsigned long)address - FIRST_STUB) / STUB_BYTES;

	return (unsigned long)address >= FIRST_STUB && n < kb_nr_stubs ? kb_stub_names[n] : NULL;
}

/* A function that is not linked was called. */
void kb_stub_called(const char *name);
void kb_stub_called(const char *name)
{
	reason[0] = 0;
	kb_bug(name, "a function that is not linked", 0);
}

static void warn(const char *what, const char *file, int line)
{
	if (kb_host.warn)
		kb_host.warn(reason[0] ? reason : what, file, line);
	reason[0] = 0;
}

int _printk(const char *format, ...)
{
	static const char dumped[] = "page dumped because: ";
	bool quiet = format[0] == KERN_SOH_ASCII && format[1] >= '5';
	char text[LINE];
	va_list arguments;

	if (kb_booting && quiet)
		return 0;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format[0] == KERN_SOH_ASCII ? format + 2 : format, arguments);
	va_end(arguments);
	if (!strncmp(text, dumped, sizeof(dumped) - 1))
		memcpy(reason, text + sizeof(dumped) - 1, sizeof(text) - sizeof(dumped));
	if (kb_host.print)
		kb_host.print(text);
	if (!strncmp(text, "BUG: ", 5))
		warn(text, "", 0);
	return 0;
}

void warn_slowpath_fmt(const char *file, int line, unsigned int taint, const char *format, ...)
{
	char text[LINE] = "WARN";
	va_list arguments;

	if (format) {
		va_start(arguments, format);
		vsnprintf(text, sizeof(text), format, arguments);
		va_end(arguments);
	}
	warn(text, file, line);
}

void panic(const char *format, ...)
{
	char text[LINE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	kb_bug(text, "", 0);
}

void add_taint(unsigned int flag, enum lockdep_ok lockdep_ok)
{
}

void dump_stack(void)
{
}

void print_hex_dump(const char *level, const char *prefix, int kind, int row, int group,
		    const void *at, size_t size, bool ascii)
{
}

/* Under locks that printk() might want, by the names that versions have for it. */
void __printk_safe_enter(void);
void __printk_safe_enter(void)
{
}

void __printk_safe_exit(void);
void __printk_safe_exit(void)
{
}

void __printk_deferred_enter(void)
{
}

void __printk_deferred_exit(void)
{
}

/* Never: what is printed is told to the host in another way, or is of no interest. */
int ___ratelimit(struct ratelimit_state *state, const char *function)
{
	return 0;
}
