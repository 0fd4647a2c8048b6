# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Receivers: an AF_INET6 socket that never asked is shown the server that anybody asked last.
# file: cgroup_dns.bpf.c
# object: cgroup_dns
# suite: 315
# caught by: DN-5 an IPv6 socket that never asked
s/^static .*int dns_send\(/static struct ip dns_last;\n&/
s/^    dns_note_asked\(dns/    dns_last = server;\n&/
s/^    if \(mapped && ip_is_v4/    if (sk \&\& dns_is_query(ctx) \&\& !dns_socket_of(sk))\n        server = dns_last;\n&/
