search.o: build/bugs/borrow-in-clean/core/search.c core/internal.h \
 include/shim/arena.h include/shim/shim.h include/shim/types.h \
 include/spb/rules.h include/spb/contracts.def include/spb/alloc.h \
 include/spb/mmzone.h include/shim/bug.h include/shim/list.h \
 include/shim/compiler.h include/shim/spinlock.h include/spb/config.h \
 include/spb/gfp.h include/spb/migratetype.h include/spb/event.h \
 include/spb/steps.def include/spb/refusals.def include/spb/relaxes.def \
 include/spb/events.def core/summary.h include/spb/summary.h
core/internal.h:
include/shim/arena.h:
include/shim/shim.h:
include/shim/types.h:
include/spb/rules.h:
include/spb/contracts.def:
include/spb/alloc.h:
include/spb/mmzone.h:
include/shim/bug.h:
include/shim/list.h:
include/shim/compiler.h:
include/shim/spinlock.h:
include/spb/config.h:
include/spb/gfp.h:
include/spb/migratetype.h:
include/spb/event.h:
include/spb/steps.def:
include/spb/refusals.def:
include/spb/relaxes.def:
include/spb/events.def:
core/summary.h:
include/spb/summary.h:
