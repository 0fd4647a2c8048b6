# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Headers: a first fragment whose TCP header is cut passes by the policies.
# file: xdp.bpf.c
# object: xdp
# suite: 560
# caught by: XD-36 a first fragment without
s/return policy_applies\(xdp_policies\(&packet\)\) \? XDP_DROP : XDP_PASS;/return XDP_PASS;/
