# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# IPv6 servers: two whose last words are equal count as one.
# file: cgroup_dns.bpf.c
# object: cgroup_dns
# suite: 315
# caught by: DN-9 IPv6 servers that differ in one word each
s/!ip_equal\(&dns->only, &server\)/dns->only.word[3] != server.word[3]/
