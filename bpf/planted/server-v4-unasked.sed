# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Server families: what an AF_INET socket accepts is not asked for.
# file: sockops.bpf.c
# object: sockops
# suite: 625
# caught by: SO-1 an IPv4 server
s/if \(storage \|\| !manage_is_managed/if (storage || ops->family == AF_INET || !manage_is_managed/
