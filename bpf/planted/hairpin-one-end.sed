# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Hairpin: of a flow of a pod to itself the client's end is reported alone.
# file: sockops.bpf.c
# object: sockops
# suite: 650
# caught by: AP-15 a pod behind its own service
s/if \(storage \|\| !manage_is_managed/if (storage || sk->src_ip4 == sk->dst_ip4 || !manage_is_managed/
