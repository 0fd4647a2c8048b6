# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Receivers: an AF_INET socket that never asked is shown the server that anybody asked last.
# file: cgroup_dns.bpf.c
# object: cgroup_dns
# suite: 315
# caught by: DN-5 an IPv4 socket that never asked
s/^SEC\("cgroup\/sendmsg4"\)/static __be32 dns_last;\n\n&/
s/^    ctx->user_ip4 = proxy;/    dns_last = ctx->user_ip4;\n&/
s/^    __be32 server = sk && dns_is_query\(ctx\).*/    __be32 server = sk \&\& dns_is_query(ctx) \&\& dns_socket_of(sk) ? dns_replier(sk, ctx->user_ip4)\n                    : dns_is_query(ctx) ? dns_last : 0;/
