# SPDX-License-Identifier: GPL-2.0-only
"""make overhead: what calls of the allocator cost; and make policies, what
changed policies do."""
