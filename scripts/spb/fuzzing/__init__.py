# SPDX-License-Identifier: GPL-2.0-only
"""Commands that run engines. Begin reading at engine.py, the driver of all of them."""
