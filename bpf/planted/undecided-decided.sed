# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Undecided: where addresses and ports match, it is not asked who the client is.
# file: policy.h
# object: xdp
# suite: 540
# caught by: XD-37
s/return policy_has_peers\(match\) \? POLICY_UNDECIDED : POLICY_HIT;/return POLICY_HIT;/
