# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Changes: a socket that no sockhash took answers its peer's keepalive probes and waits for ever.
# file: cgroup_skb.bpf.c
# object: cgroup_skb
# suite: 640
# caught by: AP-10 a socket that another program has taken: a client that only reads
s/return storage->sockhash == SOCKHASH_FAILED \|\| /return /
