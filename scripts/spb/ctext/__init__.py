# SPDX-License-Identifier: GPL-2.0-only
"""What reads C: csource.py takes a file apart, dropin.py puts functions of another one in their
place, layers.py holds #include lines to the heads of the folders, apart.py the words of the model
to be its own."""
