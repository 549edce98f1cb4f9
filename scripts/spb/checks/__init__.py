# SPDX-License-Identifier: GPL-2.0-only
"""Commands that check the project itself: make check and its parts (spb.parts), make nightly, make
coverage, and each command of make help in its shortest form."""
