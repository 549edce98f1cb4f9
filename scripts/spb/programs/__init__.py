# SPDX-License-Identifier: GPL-2.0-only
"""Commands about single programs and about corpora."""
