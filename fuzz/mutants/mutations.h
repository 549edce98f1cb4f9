/* SPDX-License-Identifier: GPL-2.0-only */
/* What mutate.c puts in place of what, where it is one token for another. */
#ifndef SCRIPTS_MUTATIONS_H
#define SCRIPTS_MUTATIONS_H

enum operator_kind {
	NEGATE, NOT, COMPARE, LOGIC, ARITH, BITS, CHOOSE, CONSTANT, LIMIT, NAME, CALL, DROP, RESULT,
	NR_OPERATORS,
};

static const char *const operator_names[NR_OPERATORS] = {
	"negate", "not", "compare", "logic", "arith", "bits", "choose", "number", "limit", "name",
	"call", "drop", "result",
};

struct swap {
	enum operator_kind operator;
	const char *old, *new;
};

/* Operators, of which only those with blanks around them have two operands. */
static const struct swap signs[] = {
	{ COMPARE, "<", "<=" }, { COMPARE, "<=", "<" }, { COMPARE, ">", ">=" },
	{ COMPARE, ">=", ">" }, { COMPARE, "==", "!=" }, { COMPARE, "!=", "==" },
	{ LOGIC, "&&", "||" }, { LOGIC, "||", "&&" },
	{ ARITH, "+", "-" }, { ARITH, "-", "+" }, { ARITH, "*", "/" }, { ARITH, "/", "*" },
	{ ARITH, "%", "/" }, { ARITH, "+=", "-=" }, { ARITH, "-=", "+=" },
	{ BITS, "&", "|" }, { BITS, "|", "&" }, { BITS, "^", "|" }, { BITS, "<<", ">>" },
	{ BITS, ">>", "<<" }, { BITS, "|=", "&=" }, { BITS, "&=", "|=" },
	{ CHOOSE, "?", "== 0 ?" },
};

static const struct swap names[] = {
	{ NAME, "MIGRATE_UNMOVABLE", "MIGRATE_MOVABLE" },
	{ NAME, "MIGRATE_UNMOVABLE", "MIGRATE_RECLAIMABLE" },
	{ NAME, "MIGRATE_MOVABLE", "MIGRATE_RECLAIMABLE" },
	{ NAME, "MIGRATE_MOVABLE", "MIGRATE_UNMOVABLE" },
	{ NAME, "MIGRATE_RECLAIMABLE", "MIGRATE_UNMOVABLE" },
	{ NAME, "MIGRATE_RECLAIMABLE", "MIGRATE_MOVABLE" },
	{ NAME, "MIGRATE_HIGHATOMIC", "MIGRATE_CMA" },
	{ NAME, "MIGRATE_CMA", "MIGRATE_HIGHATOMIC" },
	{ NAME, "MIGRATE_ISOLATE", "MIGRATE_CMA" }, { NAME, "true", "false" },
	{ NAME, "false", "true" }, { NAME, "SB_TAINTED", "SB_CLEAN" },
	{ NAME, "SB_CLEAN", "SB_TAINTED" }, { NAME, "SB_EMPTY", "SB_CLEAN" },
	{ NAME, "SB_ISOLATED", "SB_EMPTY" }, { NAME, "SB_FULL", "(SB_FULL + 1)" },
	{ NAME, "SB_SEARCH_PREFERRED", "SB_SEARCH_OTHER" },
	{ NAME, "SB_SEARCH_OTHER", "SB_SEARCH_PREFERRED" },
	{ NAME, "ALLOC_NOFRAGMENT", "ALLOC_NOFRAG_TAINTED_OK" },
	{ NAME, "ALLOC_NOFRAG_TAINTED_OK", "ALLOC_NOFRAGMENT" },
	{ NAME, "ALLOC_HIGHORDER_OPTIONAL", "ALLOC_NOFRAGMENT" },
	{ NAME, "ALLOC_NON_BLOCK", "ALLOC_MIN_RESERVE" },
	{ NAME, "ALLOC_MIN_RESERVE", "ALLOC_NON_BLOCK" },
	{ NAME, "ALLOC_HIGHATOMIC", "ALLOC_MIN_RESERVE" }, { NAME, "ALLOC_CMA", "ALLOC_KSWAPD" },
	{ NAME, "ALLOC_KSWAPD", "ALLOC_CMA" }, { NAME, "ALLOC_NO_WATERMARKS", "ALLOC_NON_BLOCK" },
	{ NAME, "ALLOC_WMARK_LOW", "ALLOC_WMARK_MIN" },
	{ NAME, "ALLOC_WMARK_MIN", "ALLOC_WMARK_LOW" },
	{ NAME, "ALLOC_RESERVES", "ALLOC_NON_BLOCK" },
	{ NAME, "WMARK_MIN", "WMARK_LOW" }, { NAME, "WMARK_LOW", "WMARK_MIN" },
	{ NAME, "WMARK_HIGH", "WMARK_LOW" },
	{ NAME, "__GFP_DIRECT_RECLAIM", "__GFP_KSWAPD_RECLAIM" },
	{ NAME, "__GFP_KSWAPD_RECLAIM", "__GFP_DIRECT_RECLAIM" },
	{ NAME, "__GFP_NORETRY", "__GFP_RETRY_MAYFAIL" },
	{ NAME, "__GFP_RETRY_MAYFAIL", "__GFP_NORETRY" },
	{ NAME, "__GFP_NOFAIL", "__GFP_NORETRY" }, { NAME, "__GFP_MEMALLOC", "__GFP_NOMEMALLOC" },
	{ NAME, "__GFP_NOMEMALLOC", "__GFP_MEMALLOC" }, { NAME, "__GFP_HIGH", "__GFP_IO" },
	{ NAME, "__GFP_MOVABLE", "__GFP_RECLAIMABLE" },
	{ NAME, "__GFP_RECLAIMABLE", "__GFP_MOVABLE" },
	{ NAME, "ZONE_NORMAL", "ZONE_DMA32" }, { NAME, "ZONE_DMA32", "ZONE_NORMAL" },
	{ NAME, "ZONE_MOVABLE", "ZONE_NORMAL" }, { NAME, "PB_has_unmovable", "PB_has_reclaimable" },
	{ NAME, "PB_has_reclaimable", "PB_has_movable" },
	{ NAME, "PB_has_movable", "PB_has_unmovable" },
	{ NAME, "PB_all_free", "PB_reserved" }, { NAME, "PB_partial", "PB_reserved" },
	{ NAME, "PB_migrate_isolate", "PB_partial" }, { NAME, "PG_buddy", "PG_head" },
	{ NAME, "PG_head", "PG_buddy" }, { NAME, "PG_pcp", "PG_head" },
	{ NAME, "RMQUEUE_NORMAL", "RMQUEUE_STEAL" }, { NAME, "RMQUEUE_CMA", "RMQUEUE_STEAL" },
	{ NAME, "RMQUEUE_STEAL", "RMQUEUE_NORMAL" },
	{ NAME, "ZONELIST_FALLBACK", "ZONELIST_NOFALLBACK" },
	{ NAME, "ZONELIST_NOFALLBACK", "ZONELIST_FALLBACK" },
	{ NAME, "SPB_RELAX_NORETRY", "SPB_RELAX_DROP" },
	{ NAME, "SPB_RELAX_DROP", "SPB_RELAX_NORETRY" },
	{ NAME, "SPB_RELAX_TAINTED_OK", "SPB_RELAX_DROP" },
	{ LIMIT, "pageblock_order", "(pageblock_order - 1)" },
	{ LIMIT, "pageblock_nr_pages", "(pageblock_nr_pages / 2)" },
	{ LIMIT, "max_page_order", "(max_page_order - 1)" },
	{ LIMIT, "NR_PAGE_ORDERS", "(NR_PAGE_ORDERS - 1)" },
	{ LIMIT, "MAX_PAGE_ORDER", "(MAX_PAGE_ORDER - 1)" },
	{ LIMIT, "MIGRATE_PCPTYPES", "(MIGRATE_PCPTYPES - 1)" },
	{ LIMIT, "MAX_NR_ZONES", "(MAX_NR_ZONES - 1)" },
	{ LIMIT, "PAGE_ALLOC_COSTLY_ORDER", "(PAGE_ALLOC_COSTLY_ORDER - 1)" },
	{ LIMIT, "SWAP_CLUSTER_MAX", "(SWAP_CLUSTER_MAX - 1)" },
	{ CALL, "min", "max" }, { CALL, "max", "min" }, { CALL, "list_add", "list_add_tail" },
	{ CALL, "list_add_tail", "list_add" }, { CALL, "break", "continue" },
	{ CALL, "continue", "break" }, { CALL, "spb_settle", "spb_update_list" },
	{ CALL, "ALIGN_UP", "ALIGN_DOWN" }, { CALL, "ALIGN_DOWN", "ALIGN_UP" },
};

#endif
