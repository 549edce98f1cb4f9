#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What `make help` prints: fits a screen.
cat <<'END'
spbfuzz: fuzzing of the superpageblock page allocator

  make fuzz      fuzz TARGET for TIME seconds from the committed corpus, then say
                 PASS or show each distinct crash and how to replay it
  make afl       the same with AFL++; both start from what the other one found
  make clean-runs  RUNS programs of race and walk without sanitizers (default: 10000000)
  make check     unit tests, replay of corpus and crashes, gates, canaries
  make threads   the programs of race and walk on real threads, under ThreadSanitizer
                 (docs/threads.md); CRASH=file RUNS=n for one of them
  make determinism  the same hash of every input with every build and engine
  make engines   executions per second of every engine on every target
  make repro     replay CRASH: the program as text, then the report
  make minimize  the smallest program that gives the signature of CRASH (with BUG: there)
  make triage    which crashes of DIR are the same, and which BASELINE does not name
  make distil    the fewest small programs that cover what corpus/ and build/work/ do
                 (make distil-compare: against libFuzzer and AFL++)
  make coverage  lines of core/ that the committed corpus covers: build/coverage/
  make bench     runs and operations per second, reset cost (MS=n: each figure so long)
  make bugs      plant each BUG of bugs/, fuzz it from an empty corpus, print a table
                 (docs/bugs.md); make bugs-refresh rebases the patches
  make mutants   change core/ in SAMPLE places (200, or all), see what nobody notices
                 (docs/mutants.md)
  make exhaustive  every program of up to DEPTH operations out of ALPHABET on two
                 superpageblocks, each state once (docs/exhaustive.md)
  make schedules every pair of operations in every schedule with few preemptions
                 (docs/schedules.md)
  make same      does this tree behave as the revision BASE: hashes, reports, mutants
                 (scripts/spb/same.py)
  make policies  the committed programs under changed policies (docs/policies.md)
  make dicts     write dict/*.dict anew after a change of the program format
  make setup     install what is missing (the above do this first)
  make clean     remove build/ (the working corpus too; crashes stay)

  TARGET=name    alloc, relax, callers, walk, race or all (default: all)
  TIME=seconds   of fuzzing, shared among the targets (default: 60)
  JOBS=n         processes (default: one per CPU)
  CRASH=file     for repro and minimize;  DIR=folders BASELINE=file  for triage
  BUG=names TRIALS=n  for bugs (default: all, 3);  ALL=1 for check: all of their programs
  BUG=name       for fuzz, afl, repro, triage, minimize, threads: with that bug planted
  MUTATOR=0      for fuzz, afl, bugs: mutate bytes, not programs (docs/mutator.md)
  DEPTH=n ALPHABET=letters  for exhaustive (default: 7 of mix, 5 of wide)
  DROPIN=file.c  take core functions from this file in place of ours: docs/dropin.md
  RACES=0        for fuzz, repro: no race detector; what a race comes to is found instead
  STRICT=1       for fuzz, repro: broken promises are findings too (docs/findings.md)
  V=1            talk
  CC= CLANG= CFLAGS= LDFLAGS= WERROR=   compilers and options
END
