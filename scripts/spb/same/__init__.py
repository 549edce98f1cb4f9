# SPDX-License-Identifier: GPL-2.0-only
"""make same: what two revisions do, recorded (recording.py) and compared (command.py); revision.py
checks out and builds the other one."""
