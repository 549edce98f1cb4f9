/* SPDX-License-Identifier: GPL-2.0-only */
/* What a pageblock is labelled with, and what a request asks for. */
#ifndef SPB_MIGRATETYPE_H
#define SPB_MIGRATETYPE_H

enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_PCPTYPES,
	MIGRATE_HIGHATOMIC = MIGRATE_PCPTYPES,
	MIGRATE_CMA,
	MIGRATE_ISOLATE,
	MIGRATE_TYPES,
};

#endif
