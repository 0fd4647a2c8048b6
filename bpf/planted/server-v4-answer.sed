# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Server families: the answer about what an AF_INET socket accepted stays.
# file: sockops.bpf.c
# object: sockops
# suite: 625
# caught by: SO-3 a server of one family
# says: km_auth_res
s/if \(storage->direction == DIRECTION_INBOUND\)/if (storage->direction == DIRECTION_INBOUND \&\& ops->family != AF_INET)/
