# SPDX-License-Identifier: GPL-2.0-only
"""What scripts/run runs: the commands of this project that have state.

Begin reading at commands.py. Common to all commands: variables.py (what can be set),
status.py (how a command ends), tree.py (where things are), build.py (what is built),
plant.py (bugs in copies of the core), jobs.py (processes), lines.py ("ok ..." lines),
findings.py (reports of crashes), sample.py (the same samples each day); and the folders disk/
and documents/. Each other folder is one command or one kind of commands, its __init__.py says
which; checks/ and parts/ are make check.
The standard library alone, Python 3.9 or later.
"""
