// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fibers: see fiber.h. On x86-64 a switch saves the registers that a call preserves and
 * changes the stack, in about 15 ns; elsewhere ucontext does the same in about 450 ns
 * (it also sets the signal mask).
 */
#include "fuzz/harness/sched/fiber.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/program/state.h"

#if defined(__x86_64__) && !defined(FIBER_UCONTEXT)
#define FIBER_ASM 1
#else
#define FIBER_ASM 0
#include <ucontext.h>
#endif

#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#endif
#ifndef FIBER_ASAN
#define FIBER_ASAN 0
#endif
#if FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#define STACK_SIZE (256u * 1024)
/* More than any one frame: whoever needs more stack cannot step over it. */
#define GUARD_SIZE (64u * 1024)
/* What reports an overflow needs a stack of its own, room for a sanitizer's frames in it. */
#define SIGNAL_STACK_SIZE (256u * 1024)

/**
 * struct fiber - one stack and where it stopped
 * @stack: lowest usable address; NULL for the main stack until ASan tells
 * @size: bytes of @stack
 * @fake: ASan's fake stack while suspended
 */
struct fiber {
#if FIBER_ASM
	void *sp;
#else
	ucontext_t context;
#endif
	const void *stack;
	size_t size;
	void *fake;
};

/* Stacks are made once; a finding leaves the one that it was on, and fiber_abandon() goes back. */
static PROCESS_STATE struct fiber fibers[NR_FIBERS + 1];
static PROCESS_DATA unsigned int running = FIBER_MAIN;
static PROCESS_STATE unsigned int came_from;
static PROCESS_STATE void (*fiber_entry)(unsigned int fiber);

static void after_switch(void *fake)
{
#if FIBER_ASAN
	struct fiber *from = &fibers[came_from];

	/* The first switch away from the main stack tells where that is. */
	__sanitizer_finish_switch_fiber(fake, &from->stack, &from->size);
#else
	(void)fake;
	(void)came_from;
#endif
}

static void first_entry(void)
{
	after_switch(NULL);
	fiber_entry(running);
	abort();
}

#if FIBER_ASM
/* void fiber_swap(void **save, void *to) */
__asm__(".pushsection .text\n"
	".type fiber_swap, @function\n"
	"fiber_swap:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size fiber_swap, . - fiber_swap\n"
	".popsection\n");
void fiber_swap(void **save, void *to);

static void prepare(struct fiber *fiber)
{
	uintptr_t top = ((uintptr_t)fiber->stack + fiber->size) & ~(uintptr_t)15;
	void **sp = (void **)top;

	/* At entry the stack is 8 past a multiple of 16, as after a call from nowhere. */
	*--sp = NULL;
	*--sp = (void *)(uintptr_t)first_entry;
	for (int i = 0; i < 6; i++)
		*--sp = NULL;
	fiber->sp = sp;
}

static void swap(struct fiber *from, struct fiber *to)
{
	fiber_swap(&from->sp, to->sp);
}
#else
static void prepare(struct fiber *fiber)
{
	getcontext(&fiber->context);
	fiber->context.uc_stack.ss_sp = (void *)(uintptr_t)fiber->stack;
	fiber->context.uc_stack.ss_size = fiber->size;
	fiber->context.uc_link = NULL;
	makecontext(&fiber->context, first_entry, 0);
}

static void swap(struct fiber *from, struct fiber *to)
{
	swapcontext(&from->context, &to->context);
}
#endif

static void make_stack(struct fiber *fiber)
{
	uint8_t *mem = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED || mprotect(mem, GUARD_SIZE, PROT_NONE)) {
		perror("stack of a fiber");
		exit(2);
	}
	fiber->stack = mem + GUARD_SIZE;
	fiber->size = STACK_SIZE;
}

/* --- the guards --- */

static PROCESS_STATE struct sigaction before; /* what faults elsewhere are for */

/* The fiber whose guard an address lies in, or NR_FIBERS. */
static unsigned int guarded_by(const void *at)
{
	unsigned int i;

	for (i = 0; i < NR_FIBERS; i++)
		if ((uintptr_t)fibers[i].stack - 1 - (uintptr_t)at < GUARD_SIZE)
			break;
	return i;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	unsigned int fiber = guarded_by(info->si_addr);

	if (fiber < NR_FIBERS)
		finding("stack-overflow", "the fiber of CPU %u has used all %u KiB of its stack",
			fiber, STACK_SIZE / 1024);
	if (before.sa_flags & SA_SIGINFO)
		before.sa_sigaction(number, info, context);
	else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
		before.sa_handler(number);
	else
		/* It comes again as soon as this returns. */
		signal(number, SIG_DFL);
}

void fiber_watch_guards(void)
{
	static PROCESS_STATE char signal_stack[SIGNAL_STACK_SIZE];
	const stack_t stack = { .ss_sp = signal_stack, .ss_size = sizeof(signal_stack) };
	struct sigaction action = { .sa_sigaction = on_fault,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	struct sigaction now;

	if (sigaction(SIGSEGV, NULL, &now) || now.sa_sigaction == on_fault)
		return;
	before = now;
	if (sigaltstack(&stack, NULL) || sigaction(SIGSEGV, &action, NULL)) {
		perror("guards of the fibers' stacks");
		exit(2);
	}
}

void fiber_prepare(void (*entry)(unsigned int fiber))
{
	fiber_entry = entry;
	running = FIBER_MAIN;
	fiber_watch_guards();
	for (unsigned int i = 0; i < NR_FIBERS; i++) {
		if (!fibers[i].stack)
			make_stack(&fibers[i]);
#if FIBER_ASAN
		__asan_unpoison_memory_region(fibers[i].stack, fibers[i].size);
#endif
		prepare(&fibers[i]);
	}
}

/* How deep a main stack may be: the usual limit. */
#define MAIN_STACK_SIZE (8u << 20)

#if FIBER_ASAN
/* Frames of the main stack that will never return: a jump out of a fiber has cleaned up its own. */
static void unpoison_below(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
#if FIBER_ASM
	uintptr_t from = (uintptr_t)fibers[FIBER_MAIN].sp;
#else
	uintptr_t from = (uintptr_t)fibers[FIBER_MAIN].stack;
#endif

	if (from < here)
		__asan_unpoison_memory_region((void *)from, here - from);
}
#endif

void fiber_abandon(void)
{
#if FIBER_ASAN
	const struct fiber *main_stack = &fibers[FIBER_MAIN];

	if (running != FIBER_MAIN && main_stack->stack) {
		__sanitizer_start_switch_fiber(NULL, main_stack->stack, main_stack->size);
		__sanitizer_finish_switch_fiber(NULL, NULL, NULL);
		unpoison_below();
	}
#endif
	running = FIBER_MAIN;
}

bool fiber_on_stack(const volatile void *p)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	if (running == FIBER_MAIN)
		return (uintptr_t)p - here < MAIN_STACK_SIZE;
	return (uintptr_t)p - (uintptr_t)fibers[running].stack < STACK_SIZE;
}

void fiber_switch(unsigned int to)
{
	struct fiber *from = &fibers[running];

	came_from = running;
	running = to;
#if FIBER_ASAN
	__sanitizer_start_switch_fiber(&from->fake, fibers[to].stack, fibers[to].size);
#endif
	swap(from, &fibers[to]);
	after_switch(from->fake);
}
