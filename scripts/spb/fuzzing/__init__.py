# SPDX-License-Identifier: GPL-2.0-only
"""Commands that run engines. session.py is one make fuzz or make afl, engine.py one target of it;
fuzz.py and afl.py know their engines. Begin reading at session.py."""
