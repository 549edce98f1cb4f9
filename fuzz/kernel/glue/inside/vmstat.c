// SPDX-License-Identifier: GPL-2.0-only
/* The tree's mm/vmstat.c; its work of each second is the host's to start. */
#include KB_SOURCE

#include "fuzz/kernel/glue/glue.h"

void kb_inside_fold(void)
{
	refresh_cpu_vm_stats(true);
}
