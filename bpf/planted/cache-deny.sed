# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Caching: what the kernel denied stays denied, as if user space had said it.
# file: xdp.bpf.c
# object: xdp
# suite: 550
# caught by: XD-33
s/^    return decision == POLICY_PASS \? XDP_PASS : XDP_DROP;/    struct bpf_sock_tuple key;\n    __u32 deny = AUTH_DENY;\n\n    if (decision == POLICY_PASS)\n        return XDP_PASS;\n    xdp_auth_key(\&packet, \&key);\n    bpf_map_update_elem(\&km_auth_res, \&key, \&deny, BPF_ANY);\n    return XDP_DROP;/
