# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Caching: a SYN that was let in lets in what comes later from the same port.
# file: xdp.bpf.c
# object: xdp
# suite: 550
# caught by: XD-33
s/^    return decision == POLICY_PASS \? XDP_PASS : XDP_DROP;/    struct bpf_sock_tuple key;\n    __u32 allow = AUTH_ALLOW;\n\n    if (decision != POLICY_PASS)\n        return XDP_DROP;\n    xdp_auth_key(\&packet, \&key);\n    bpf_map_update_elem(\&km_auth_res, \&key, \&allow, BPF_ANY);\n    return XDP_PASS;/
