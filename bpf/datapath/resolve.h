/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a connection goes: the destination that was asked for, looked up as frontend, service and
 * backend. CN-1 … CN-9, CN-17, CN-18.
 */
#pragma once

#include "datapath/balance.h"
#include "datapath/dns.h"
#include "datapath/maps_frontend.h"

struct destination {
    struct ip ip; /* unmapped */
    __be16 port;
    bool v4; /* how ip is read */
};

enum verdict {
    VERDICT_UNTOUCHED,
    VERDICT_BACKEND,  /* connect to `to`, no TLV */
    VERDICT_WAYPOINT, /* connect to `to`, with a TLV */
    VERDICT_REFUSED,  /* there is a waypoint, but none that this socket can reach */
};

/* The waypoint of a service or backend. One of another family is not made into an address of this
 * one, and not passed by either: the connection is refused. */
static __always_inline enum verdict resolve_waypoint(const struct ip *ip, __be16 port, bool v4,
                                                     struct destination *to)
{
    if (!port || (!ip->word[0] && !ip_has_tail(ip)))
        return VERDICT_UNTOUCHED;
    if (!(v4 ? ip_is_v4(ip) : ip_is_v6(ip)))
        return VERDICT_REFUSED;
    to->ip = *ip;
    to->port = port;
    return VERDICT_WAYPOINT;
}

/* The target port that pairs with a service port; 0 when the service has no such port. */
static __always_inline __be16 resolve_target(const struct service *service, __be16 port)
{
    for (int i = 0; i < SERVICE_PORTS; i++) {
        if (service->ports[i].port == port && port)
            return service->targets[i].port;
    }
    return 0;
}

static __always_inline enum verdict resolve_endpoint(__u32 id, const struct service *service,
                                                     bool waypoints, struct destination *to)
{
    __be16 target = resolve_target(service, to->port);
    struct backend *backend = target ? balance_backend(id, to->v4) : NULL;
    enum verdict verdict;

    if (!backend)
        return VERDICT_UNTOUCHED;
    verdict = waypoints
                  ? resolve_waypoint(&backend->waypoint, backend->waypoint_port.port, to->v4, to)
                  : VERDICT_UNTOUCHED;
    if (verdict != VERDICT_UNTOUCHED)
        return verdict;
    to->ip = backend->address;
    to->port = target;
    return VERDICT_BACKEND;
}

static __always_inline enum verdict resolve_first(struct destination *to)
{
    __u32 *id = bpf_map_lookup_elem(&km_frontend, &to->ip);
    struct service *service;
    struct backend *backend;
    enum verdict verdict;

    if (!id)
        return VERDICT_UNTOUCHED;
    service = bpf_map_lookup_elem(&km_service, id);
    if (service) {
        verdict = resolve_waypoint(&service->waypoint, service->waypoint_port.port, to->v4, to);
        return verdict == VERDICT_UNTOUCHED ? resolve_endpoint(*id, service, true, to) : verdict;
    }
    backend = bpf_map_lookup_elem(&km_backend, id);
    if (!backend)
        return VERDICT_UNTOUCHED;
    return resolve_waypoint(&backend->waypoint, backend->waypoint_port.port, to->v4, to);
}

/* A waypoint's address may itself be a service's; its own waypoints are not asked again, so that
 * one that names itself ends here. */
static __always_inline void resolve_waypoint_service(struct destination *to)
{
    __u32 *id = bpf_map_lookup_elem(&km_frontend, &to->ip);
    struct service *service = id ? bpf_map_lookup_elem(&km_service, id) : NULL;

    if (service)
        resolve_endpoint(*id, service, false, to);
}

/* DN-3. The proxy answers for every server itself: no waypoint is asked, its own entry's neither,
 * as UDP could not go there. */
static __always_inline bool resolve_dns(struct destination *to)
{
    struct backend *proxy = to->port == DNS_PORT ? dns_proxy_backend() : NULL;

    if (!proxy || !(to->v4 ? ip_is_v4(&proxy->address) : ip_is_v6(&proxy->address)))
        return false;
    to->ip = proxy->address;
    return true;
}

static __always_inline enum verdict resolve(struct destination *to)
{
    enum verdict verdict;

    /* No address, or an IPv6 one whose form in the maps would be an IPv4 address. */
    if (!(to->v4 ? ip_is_v4(&to->ip) : ip_is_v6(&to->ip)))
        return VERDICT_UNTOUCHED;
    if (resolve_dns(to))
        return VERDICT_BACKEND;
    verdict = resolve_first(to);
    if (verdict == VERDICT_WAYPOINT)
        resolve_waypoint_service(to);
    return verdict;
}
