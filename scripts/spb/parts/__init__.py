# SPDX-License-Identifier: GPL-2.0-only
"""The parts of make check: each module has a run(lines, scratch).

Here: what is about the whole tree (gates, unit, canaries, overhead, lab), DROPIN= and KERNEL=.
  corpus/   what the committed programs do, and still do
  crashes/  from a finding to its smallest program, its page and its group
  abuses/   whatever is done to the commands, they say what is wrong and lose nothing"""
