# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Undecided: a match with principals is left to user space before its ports are looked at.
# file: policy.h
# object: xdp
# suite: 540
# caught by: XD-38
s/^    if \(!policy_ports_have\(packet->port/    if (policy_has_peers(match))\n        return POLICY_UNDECIDED;\n&/
