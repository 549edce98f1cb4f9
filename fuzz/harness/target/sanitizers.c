// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of the sanitizers that programs have without anybody setting them. What ASAN_OPTIONS
 * and UBSAN_OPTIONS say comes on top.
 *
 * The loop uses no heap, so leaks are not looked for, which also lets programs run below a tracer.
 * A finding ends an engine by a trap (broken.h), an error of ours by abort(): both with a stack.
 * Unsigned numbers may overflow; who has that checked wants the edges. Uses of a stack after a
 * return are not looked for, which costs speed.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:handle_abort=1:handle_sigill=1:handle_sigtrap=1:"
	       "detect_stack_use_after_return=0:allow_user_poisoning=1";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "print_stacktrace=1:handle_abort=1:handle_sigill=1:handle_sigtrap=1:"
	       "silence_unsigned_overflow=1";
}
