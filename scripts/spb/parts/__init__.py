# SPDX-License-Identifier: GPL-2.0-only
"""The parts of make check: each module has a run(lines, scratch)."""
