# SPDX-License-Identifier: GPL-2.0-only
"""What the committed programs do: that they replay alike everywhere (replay), are what they were
(format), reach what they are there for (seeds, share, imported), put each rule to the test (rules),
and hold under changed policies (policies)."""
