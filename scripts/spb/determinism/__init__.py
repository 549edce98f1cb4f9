# SPDX-License-Identifier: GPL-2.0-only
"""make determinism: the same bytes do the same everywhere.

Begin reading at command.py. hashes.py compares trace hashes of all inputs between builds,
engines and orders; reports.py compares reports of crashes with each other.
"""
