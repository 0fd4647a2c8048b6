/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What user space answered about a connection. The tuple is the client's view (saddr and sport are
 * the client's), with addresses BE and ports in host order; what the family does not use is zero.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "datapath/types.h"

enum auth_answer {
    AUTH_ALLOW = 0,
    AUTH_DENY = 1,
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, struct bpf_sock_tuple);
    __type(value, __u32); /* enum auth_answer */
    __uint(max_entries, 8192);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_auth_res SEC(".maps");
