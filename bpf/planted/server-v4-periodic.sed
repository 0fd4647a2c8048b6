# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Server families: what an AF_INET socket accepted is never reported while it is up.
# file: periodic.h
# object: cgroup_skb
# suite: 625
# caught by: SK-1 a server of one family
# says: records of km_tcp_probe
s/if \(!storage \|\| !storage->connect_success/if (!storage || (storage->direction == DIRECTION_INBOUND \&\& sk->family == AF_INET) || !storage->connect_success/
