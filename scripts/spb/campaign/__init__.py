# SPDX-License-Identifier: GPL-2.0-only
"""make campaign: fuzzing for hours."""
