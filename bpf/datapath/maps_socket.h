/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once

#include <bpf/bpf_helpers.h>

#include "datapath/types.h"

/* What the programs know of a socket. */
struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct storage);
} km_sockstorage SEC(".maps");

/*
 * Every connection that a managed pod makes or takes has one: the connect hook makes it, or sockops
 * for an accepted one. `sk` is a pointer that bpf_sk_storage_get() takes; each program type has its
 * own kind.
 */
static __always_inline struct storage *storage_of(void *sk)
{
    return bpf_sk_storage_get(&km_sockstorage, sk, NULL, 0);
}

/* That of a flow that goes to a waypoint, or NULL. */
static __always_inline struct storage *storage_via_waypoint(void *sk)
{
    struct storage *storage = storage_of(sk);

    return storage && storage->via_waypoint ? storage : NULL;
}
