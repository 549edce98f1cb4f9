// SPDX-License-Identifier: GPL-2.0-only
/*
 * A drop-in for the relax decision, wrong on purpose: it never lets a best-effort request
 * fail for the sake of a smaller retry. The oracle must say "relax-model".
 */
enum spb_relax spb_relax_decide(gfp_t gfp_mask, unsigned int order, unsigned int alloc_flags,
				const struct alloc_context *ac)
{
	(void)order;
	(void)ac;
	if (gfp_mask & __GFP_NORETRY)
		return SPB_RELAX_NORETRY;
	if (!(alloc_flags & ALLOC_NOFRAG_TAINTED_OK))
		return SPB_RELAX_TAINTED_OK;
	return SPB_RELAX_DROP;
}
