/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once

#include <bpf/bpf_helpers.h>

#include "datapath/types.h"

/* Who is managed: namespaces by cookie, pods by address. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, union manage_key);
    __type(value, __u32);
    __uint(max_entries, 8192);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_manage SEC(".maps");

static __always_inline bool manage_has(const union manage_key *key)
{
    return bpf_map_lookup_elem(&km_manage, key) != NULL;
}

/* Whether the pod with this network namespace is managed. */
static __always_inline bool manage_is_managed(__u64 netns_cookie)
{
    union manage_key key = {.netns.cookie = netns_cookie};

    return manage_has(&key);
}
