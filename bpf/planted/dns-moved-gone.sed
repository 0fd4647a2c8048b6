# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A proxy that moves: one that is gone is taken for one that has stayed.
# file: dns.h
# object: cgroup_skb
# suite: 315
# caught by: DN-7 the proxy goes
s/!ip_equal\(&dns->proxy, proxy\);/ip_is_set(proxy) \&\& &/
