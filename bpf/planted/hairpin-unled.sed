# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Hairpin: a flow of a pod to itself is taken for one that needs no TLV.
# file: sockops.bpf.c
# object: sockops
# suite: 650
# caught by: AP-15 a pod that is its own waypoint
s/^        sockops_carry\(ops, sk, storage\);/        if (sk->src_ip4 != sk->dst_ip4)\n    &/
