# SPDX-License-Identifier: GPL-2.0-only
"""What is fuzzed on machines of others: ClusterFuzzLite, OSS-Fuzz."""
