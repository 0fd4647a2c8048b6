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
#include "datapath/maps_backend.h"
#include "datapath/maps_service.h"

#define BALANCE_DRAWS 8
/* As many as km_endpoint can hold; a count beyond it is a broken table. */
#define BALANCE_WALK_MAX 105000
#define BALANCE_NONE     (~0ULL) /* larger than any uid */

/* The state of the choice, on the stack. It holds no map pointers: bpf_loop()'s callbacks would
 * have to carry them through the caller's frame, which older verifiers do not follow. */
struct balance {
    struct endpoint_key key;
    __u32 count;   /* of endpoints in key.priority */
    __u32 start;   /* where the walk begins */
    __u32 uid;     /* the answer, once found */
    __u32 missing; /* an index without endpoint or backend, 0 for none */
    bool v4;       /* the family that the backend must have */
    __u32 found;   /* 1 or 0 */
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
    b->found = 1;
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

/* One priority (64 bits wide, so that the verifier sees the check on the register that it indexes
 * with); looks the service up again because a callback can carry no
 * map pointer. */
static long balance_priority(__u64 priority, struct balance *b)
{
    struct service *service = bpf_map_lookup_elem(&km_service, &b->key.service);

    b->count = service && priority < PRIORITIES ? service->counts[priority] : 0;
    if (!b->count)
        return 0;
    b->key.priority = (__u32)priority;
    b->missing = 0;
    bpf_loop(BALANCE_DRAWS, balance_draw, b, 0);
    if (!b->found) {
        b->start = bpf_get_prandom_u32() % b->count;
        bpf_loop(b->count < BALANCE_WALK_MAX ? b->count : BALANCE_WALK_MAX, balance_walk, b, 0);
    }
    if (b->missing)
        log_warning("service %u, priority %u: no backend at endpoint %u", b->key.service,
                    b->key.priority, b->missing);
    return b->found == 1; /* not a load: the verifier wants to see 0 or 1 */
}

/*
 * The uid of the backend that a connection of the family goes to, or BALANCE_NONE. A global
 * function, so that the verifier looks at it once and not again for every path that leads here.
 */
__noinline __u64 balance(__u32 id, bool v4)
{
    struct service *service = bpf_map_lookup_elem(&km_service, &id);
    struct balance b = {.key.service = id, .v4 = v4};

    if (!service || service->policy > LB_FAILOVER)
        return BALANCE_NONE;
    bpf_loop(service->policy == LB_FAILOVER ? PRIORITIES : 1, balance_priority, &b, 0);
    return b.found ? b.uid : BALANCE_NONE;
}

static __always_inline struct backend *balance_backend(__u32 id, bool v4)
{
    __u64 answer = balance(id, v4);
    __u32 uid = (__u32)answer;

    return answer == BALANCE_NONE ? NULL : bpf_map_lookup_elem(&km_backend, &uid);
}
