# SPDX-License-Identifier: GPL-2.0-only
"""Crashes by their signatures: make triage (command.py), and how well signatures tell bugs apart,
make triage-truth (truth.py; accuracy.py has the measure)."""
