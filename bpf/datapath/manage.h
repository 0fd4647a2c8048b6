/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Carrying out the manage commands: MG-1 … MG-3, MG-7 … MG-9. The cookie and the addresses of a pod
 * are kept together: an enable that cannot write both writes neither, and a disable takes away
 * every address that the pod was enabled with, whichever of them the command came from.
 */
#pragma once

#include <linux/errno.h>

#include "datapath/command.h"
#include "datapath/log.h"
#include "datapath/maps_manage.h"

/* A dual-stack pod has two; a few more for secondary addresses. */
#define MANAGE_ADDRESSES 8

struct manage_pod {
    struct ip addresses[MANAGE_ADDRESSES]; /* none: a free slot */
};

/* The addresses that a namespace was enabled with, by its cookie. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, __u64);
    __type(value, struct manage_pod);
    __uint(max_entries, 8192);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_manage_pod SEC(".maps");

static __always_inline long manage_insert(const union manage_key *key)
{
    __u32 zero = 0;

    return bpf_map_update_elem(&km_manage, key, &zero, BPF_ANY);
}

/* The slot of the address, or a free one; NULL when there is neither. */
static __always_inline struct ip *manage_slot(struct manage_pod *pod, const struct ip *address)
{
    struct ip *vacant = NULL;

    for (int i = 0; i < MANAGE_ADDRESSES; i++) {
        struct ip *slot = &pod->addresses[i];

        if (ip_equal(slot, address))
            return slot;
        if (!vacant && !slot->word[0] && !ip_has_tail(slot))
            vacant = slot;
    }
    return vacant;
}

static __always_inline long manage_insert_both(const union manage_key *netns, struct ip *slot,
                                               const struct ip *address)
{
    union manage_key key = {.address = *address};
    bool was_managed = manage_has(netns);
    long error = manage_insert(netns);

    if (error)
        return error;
    error = manage_insert(&key);
    if (error && !was_managed)
        bpf_map_delete_elem(&km_manage, netns);
    if (!error)
        *slot = *address;
    return error;
}

static __always_inline long manage_enable_pod(__u64 cookie, const struct ip *address)
{
    struct manage_pod *pod = bpf_map_lookup_elem(&km_manage_pod, &cookie);
    union manage_key netns = {.netns.cookie = cookie};
    struct manage_pod empty = {};
    struct ip *slot;
    long error;

    if (!pod) {
        error = bpf_map_update_elem(&km_manage_pod, &cookie, &empty, BPF_NOEXIST);
        if (error)
            return error;
        pod = bpf_map_lookup_elem(&km_manage_pod, &cookie);
    }
    slot = pod ? manage_slot(pod, address) : NULL;
    return slot ? manage_insert_both(&netns, slot, address) : -ENOSPC;
}

/* These two are global functions, so that the verifier looks at them once and not again for every
 * path that leads here. */
__noinline int manage_enable(__u64 cookie, const struct ip *address)
{
    long error = address ? manage_enable_pod(cookie, address) : -EINVAL;

    if (!error)
        return 0;
    if (!manage_is_managed(cookie))
        bpf_map_delete_elem(&km_manage_pod, &cookie);
    log_error("netns cookie %llu: cannot be managed, km_manage answers %ld", cookie, error);
    return (int)error;
}

__noinline int manage_disable(__u64 cookie, const struct ip *address)
{
    struct manage_pod *pod = bpf_map_lookup_elem(&km_manage_pod, &cookie);
    union manage_key netns = {.netns.cookie = cookie};
    union manage_key key = {};

    if (!address)
        return -EINVAL;
    key.address = *address;
    bpf_map_delete_elem(&km_manage, &netns);
    bpf_map_delete_elem(&km_manage, &key);
    for (int i = 0; pod && i < MANAGE_ADDRESSES; i++) {
        key.address = pod->addresses[i];
        bpf_map_delete_elem(&km_manage, &key);
    }
    bpf_map_delete_elem(&km_manage_pod, &cookie);
    return 0;
}
