# SPDX-License-Identifier: GPL-2.0-only
"""Commands with KERNEL=tree. object/ makes an object of the tree; harness.py links the programs of
the harness with it; the others are what KERNEL= means to a command: check, bench, coverage, bugs
(edit.py plants them), mutants, and for make fuzz base.py (BASE=) and meant.py (races that a kernel
means)."""
