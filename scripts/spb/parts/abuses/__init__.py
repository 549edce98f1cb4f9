# SPDX-License-Identifier: GPL-2.0-only
"""Bad input, full disks, kills, trees of others: tool.py and files.py of spbfuzz itself, folders.py
of triage and distil, real.py of commands with real engines."""
