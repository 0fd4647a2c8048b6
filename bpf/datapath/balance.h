/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Choosing an endpoint of a service: LB-1 … LB-6, CN-17.
 *
 * Within a priority the choice is by rejection: draw until the drawn endpoint can be used, which
 * keeps the proportions right over the usable ones. In a table with many holes that may not end,
 * so that after a few draws the rest is walked through in order.
 */
#pragma once

#include "datapath/ip.h"
#include "datapath/log.h"
#include "datapath/maps_service.h"

#define BALANCE_DRAWS 8
/* As many as km_endpoint can hold; a count beyond it is a broken table. */
#define BALANCE_WALK_MAX 105000

/* The state of the choice, on the stack. It holds no map pointers: bpf_loop()'s callbacks would
 * have to carry them through the caller's frame, which older verifiers do not follow. */
struct balance {
    struct endpoint_key key;
    __u32 count;   /* of endpoints in key.priority */
    __u32 start;   /* where the walk begins */
    __u32 uid;     /* the answer, once found */
    __u32 missing; /* an index without endpoint or backend, 0 for none */
    bool v4;       /* the family that the backend must have */
    bool found;
};

static __always_inline long balance_try(struct balance *b)
{
    __u32 *uid = bpf_map_lookup_elem(&km_endpoint, &b->key);
    struct backend *backend = uid ? bpf_map_lookup_elem(&km_backend, uid) : NULL;

    if (!backend) {
        b->missing = b->key.index;
        return 0;
    }
    if (!(b->v4 ? ip_is_v4(&backend->address) : ip_is_v6(&backend->address)))
        return 0;
    b->uid = *uid;
    b->found = true;
    return 1;
}

static long balance_draw(__u32 i, struct balance *b)
{
    b->key.index = bpf_get_prandom_u32() % b->count + 1;
    return balance_try(b);
}

static long balance_walk(__u32 i, struct balance *b)
{
    b->key.index = (b->start + i) % b->count + 1;
    return balance_try(b);
}

static __always_inline bool balance_priority(struct balance *b, __u32 priority, __u32 count)
{
    if (!count)
        return false;
    b->key.priority = priority;
    b->count = count;
    b->missing = 0;
    bpf_loop(BALANCE_DRAWS, balance_draw, b, 0);
    if (!b->found) {
        b->start = bpf_get_prandom_u32() % count;
        bpf_loop(count < BALANCE_WALK_MAX ? count : BALANCE_WALK_MAX, balance_walk, b, 0);
    }
    if (b->missing)
        log_warning("service %u, priority %u: no backend at endpoint %u", b->key.service, priority,
                    b->missing);
    return b->found;
}

/* The backend of `service` that a connection of the family goes to, or NULL. */
static __always_inline struct backend *balance(__u32 id, const struct service *service, bool v4)
{
    struct balance b = {.key.service = id, .v4 = v4};
    __u32 policy = service->policy;
    __u32 last = policy == LB_FAILOVER ? PRIORITIES : 1;

    if (policy > LB_FAILOVER)
        return NULL;
    for (__u32 priority = 0; priority < PRIORITIES; priority++) {
        if (priority < last && balance_priority(&b, priority, service->counts[priority]))
            return bpf_map_lookup_elem(&km_backend, &b.uid);
    }
    return NULL;
}
