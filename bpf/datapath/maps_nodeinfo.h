/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where pods of other nodes are. */
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "datapath/types.h"

#define NODEINFO_V4 4
#define NODEINFO_V6 6

struct nodeinfo_key {
    __u32 prefix;      /* bits, from the beginning of the address */
    struct ip address; /* BE */
};

_Static_assert(sizeof(struct nodeinfo_key) == 20, "km_nodeinfo key");

/* An IPv4 and an IPv6 prefix of up to 32 bits can be the same key. The value tells them apart:
 * NODEINFO_V4 and NODEINFO_V6 hold for that family alone, any other value for both. */
struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __type(key, struct nodeinfo_key);
    __type(value, __u32);
    __uint(max_entries, 8192);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_nodeinfo SEC(".maps");

/*
 * Whether a prefix covers the address that `key` has in full, one of the family `other` not
 * counted. One look-up; more only where the longest prefix is of the other family, which is at most
 * 32 bits long: then for each shorter one.
 */
static __always_inline bool nodeinfo_has(struct nodeinfo_key *key, __u32 other)
{
    __u32 *value = bpf_map_lookup_elem(&km_nodeinfo, key);

    for (__u32 prefix = 32; value && prefix > 0; prefix--) {
        if (*value != other)
            return true;
        key->prefix = prefix - 1;
        value = bpf_map_lookup_elem(&km_nodeinfo, key);
    }
    return value && *value != other;
}
