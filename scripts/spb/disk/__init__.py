# SPDX-License-Identifier: GPL-2.0-only
"""What commands leave on the disk for the next one: alone.py (locks on folders), builds.py (builds
of one drop-in or tree, of which the oldest go), origin.py (where a crash came from), proof.py (what
was shown once of a build)."""
