// SPDX-License-Identifier: GPL-2.0-only
/* Whom a request wakes, and for what; watermarks that it raises. */
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/policy/policy.h"
#include "spb/gfp.h"

/* Before anybody is woken the lists of all zones were looked at. */
static void check_needless(const struct request *now)
{
	uint32_t usable = policy_fallback_types();
	struct zonelist list;

	if (!now->judged || !now->alone || now->asked.nr || !policy_is_on())
		return;
	looked(KSWAPD_NEEDLESS);
	policy_zonelist(&now->asked, now->asked.nodemask, &list);
	for (uint32_t i = 0; i < list.nr; i++) {
		const struct kb_look *look = &now->before[list.zone[i]];

		if (policy_is_above(look, &now->asked, list.kind, RIGHT_LOW, 0) &&
		    policy_has_of(look, usable, now->asked.order))
			rule_broken(KSWAPD_NEEDLESS,
				    "order %u, gfp %#x, wakes kswapd; zone %u is above low and has "
				    "such pages", now->asked.order, now->asked.gfp, list.zone[i]);
	}
}

/* It would look at the zone itself; and who asks not to be waited for is not to cause work. */
static void check_right(const struct request *now)
{
	looked(ZONE_LOCK_LEAF);
	if (policy_looks() && kernel_has_zone_lock())
		rule_broken(ZONE_LOCK_LEAF, "kswapd is woken with the lock of a zone held");
	if (!now->judged || !policy_is_on())
		return;
	looked(KSWAPD_NEEDLESS);
	if (!(now->asked.gfp & __GFP_KSWAPD_RECLAIM))
		rule_broken(KSWAPD_NEEDLESS, "order %u, gfp %#x, wakes kswapd, which it is not to",
			    now->asked.order, now->asked.gfp);
}

void kernel_watch_wakes(uint32_t nid, uint32_t order, uint32_t zone_kind, bool boosted)
{
	struct request *now = &policy_request;

	check_right(now);
	if (!boosted)
		check_needless(now);
	if (now->woken_kind[nid] < zone_kind)
		now->woken_kind[nid] = zone_kind;
	now->woken[nid] = true;
	if (now->woken_order[nid] < order)
		now->woken_order[nid] = order;
}

void policy_check_boost(const struct request *now, const struct kb_look *after, uint32_t zone)
{
	if (after->boost <= now->before[zone].boost)
		return;
	looked(BOOST_LIMIT);
	if (after->boost > policy_boost_limit(after))
		rule_broken(BOOST_LIMIT,
			    "the watermarks of zone %u are raised by %u pages, %u are the limit",
			    zone, after->boost, policy_boost_limit(after));
	if (now->asked.nr || !(now->asked.gfp & __GFP_KSWAPD_RECLAIM))
		return;
	looked(KSWAPD_ASLEEP);
	if (!now->woken[kernel_map->zones[zone].nid])
		rule_broken(KSWAPD_ASLEEP,
			    "gfp %#x mixed pageblocks and raised the watermarks of zone %u, and "
			    "woke nobody", now->asked.gfp, zone);
}

void policy_check_woken(const struct request *now, const struct zonelist *list)
{
	if (!(now->asked.gfp & __GFP_KSWAPD_RECLAIM) || now->asked.nr || !now->zones_known)
		return;
	for (uint32_t i = 0; i < list->nr; i++)
		if (policy_is_above(&now->before[list->zone[i]], &now->asked, list->kind, RIGHT_LOW,
				    0))
			return;
	looked(KSWAPD_ASLEEP);
	for (uint32_t i = 0; i < list->nr; i++) {
		uint32_t nid = kernel_map->zones[list->zone[i]].nid;

		if (!now->woken[nid] || now->woken_order[nid] < now->asked.order ||
		    now->woken_kind[nid] < list->kind)
			rule_broken(KSWAPD_ASLEEP,
				    "order %u, gfp %#x, found no zone above low, kswapd of node "
				    "%u %s",
				    now->asked.order, now->asked.gfp, nid,
				    now->woken[nid] ? "was woken for less" : "was not woken");
	}
}
