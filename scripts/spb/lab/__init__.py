# SPDX-License-Identifier: GPL-2.0-only
"""make lab: what policies keep and cost at real size."""
