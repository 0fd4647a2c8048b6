# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Changes: what a socket sends that another program has taken goes out without a TLV.
# file: cgroup_skb.bpf.c
# object: cgroup_skb
# suite: 640
# caught by: AP-10 a socket that another program has taken: a client that sends
s/if \(!storage \|\| storage->encoded\)/if (!storage || storage->encoded || storage->sockhash == SOCKHASH_FAILED)/
