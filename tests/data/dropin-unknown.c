// SPDX-License-Identifier: GPL-2.0-only
/* Defines a function that cannot be replaced: the build must say so, and what can be. */
bool spb_no_such_function(struct zone *zone)
{
	return zone != NULL;
}
