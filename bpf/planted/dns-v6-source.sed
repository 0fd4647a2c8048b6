# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# IPv6 servers: replies keep the proxy as their source where the socket is an IPv6 one.
# file: cgroup_dns.bpf.c
# object: cgroup_dns
# suite: 315
# caught by: DN-9 an IPv6 socket that names its server in the call
s/else if \(!mapped && ip_is_v6\(&server\)\)/else if (0)/
