# SPDX-License-Identifier: GPL-2.0-only
"""What a machine does with each change: make ci, make bisect."""
