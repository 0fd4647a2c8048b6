# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A proxy that moves: a connected socket's datagram follows it where the hook sees its address, and the
# answer never reaches the socket.
# file: cgroup_dns.bpf.c
# object: cgroup_dns
# suite: 315
# caught by: DN-7 the proxy moves: what a connected socket sends to a server by name
s/if \(dns && dns_is_stranded\(dns, sk, &address\)\)/if (0)/
