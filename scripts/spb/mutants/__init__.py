# SPDX-License-Identifier: GPL-2.0-only
"""make mutants: what nobody notices when the core is changed.

Begin reading at command.py. programs.py links what mutants run in, judge.py says what becomes of
one, verdicts.py reads bugs/mutants.verdicts, summary.py prints the result. fuzz/mutants/mutate.c
makes the mutants.
"""
