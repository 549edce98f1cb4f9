# SPDX-License-Identifier: GPL-2.0-only
"""From a finding to what somebody can use: found and minimised (way, minimise), grouped (truth), as
a program in C, a bundle and a page (export, pages)."""
