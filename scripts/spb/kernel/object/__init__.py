# SPDX-License-Identifier: GPL-2.0-only
"""From a kernel tree to an object that answers fuzz/kernel/bridge.h: source.py gets a tree who has
none, linux.py looks at one, kbuild.py asks Kbuild for compile lines, objects.py compiles, link.py
links, probes.py asks where versions differ, and build.py does it all. Begin with that."""
