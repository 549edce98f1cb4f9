# SPDX-License-Identifier: GPL-2.0-only
"""What is written for people and read by commands, too: rules.py (rules.def), specification.py (its
numbers), document.py and result.py (documents with the output of a command in them)."""
