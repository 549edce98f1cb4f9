# SPDX-License-Identifier: GPL-2.0-only
"""make bugs and what else is done with the planted bugs of bugs/.

Begin reading at command.py. trials.py fuzzes a core with a bug, table.py prints what that came
to, check.py is what make check does with bugs/, smallest.py makes the committed programs,
refresh.py rebases patches, tool.py builds programs with a bug for other commands. How a bug is
planted: spb/plant.py.
"""
