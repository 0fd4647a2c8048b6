// SPDX-License-Identifier: Apache-2.0
#include "field/predict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "topology/topology.h"

/* Endpoints looked at for one connect. A service whose every endpoint has a waypoint with as many
 * of its own is hostile, not large. */
#define PREDICT_STEPS_MAX (1u << 20)

/* A connect being thought through. */
struct predict_work {
    const struct cluster *cluster;
    struct address_port asked; /* unmapped */
    struct prediction *out;
    size_t steps;
    int error;
};

void prediction_release(struct prediction *p)
{
    free(p->outcomes);
    *p = (struct prediction){};
}

bool prediction_has(const struct prediction *p, enum outcome_kind kind,
                    const struct address_port *to)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->outcomes[i].kind == kind &&
            (kind == OUTCOME_REFUSED || address_port_equal(&p->outcomes[i].to, to)))
            return true;
    return false;
}

static void predict_add(struct predict_work *w, enum outcome_kind kind,
                        const struct address_port *to)
{
    struct prediction *p = w->out;
    struct outcome *more;

    if (prediction_has(p, kind, to))
        return;
    if (p->n >= PREDICT_MAX) {
        p->cut = true;
        return;
    }
    more = reallocarray(p->outcomes, p->n + 1, sizeof(*more));
    if (!more) {
        w->error = err_r(ENOMEM, "cannot predict a flow");
        return;
    }
    p->outcomes = more;
    p->outcomes[p->n++] = (struct outcome){.kind = kind, .to = to ? *to : w->asked};
}

static void predict_untouched(struct predict_work *w)
{
    predict_add(w, OUTCOME_UNTOUCHED, &w->asked);
}

static bool predict_same_family(const struct predict_work *w, const struct address *a)
{
    return a->af == w->asked.address.af;
}

/* What a choice of an endpoint leads to: called for every one that could be chosen. */
typedef void (*predict_fn)(struct predict_work *w, const struct km_backend_value *backend,
                           uint16_t target);

/* The endpoints of one priority. *whole is false when one of them cannot be used. */
static size_t predict_priority(struct predict_work *w, uint32_t id, uint32_t priority,
                               uint32_t count, uint16_t target, predict_fn fn, bool *whole)
{
    size_t usable = 0;

    *whole = true;
    for (uint32_t i = 1; i <= count && !w->out->cut && w->error == 0; i++) {
        struct km_backend_value backend;
        struct address address;
        uint32_t uid;
        bool found = cluster_endpoint(w->cluster, id, priority, i, &uid) &&
                     cluster_backend(w->cluster, uid, &backend);

        if (++w->steps > PREDICT_STEPS_MAX)
            w->out->cut = true;
        address = found ? address_from_map(backend.address) : (struct address){};
        if (!found || !predict_same_family(w, &address)) {
            *whole = false;
            /* A count far beyond the table: every further one is a hole, too. */
            if (i > w->cluster->maps[CLUSTER_ENDPOINT].n + 1)
                break;
            continue;
        }
        usable++;
        fn(w, &backend, target);
    }
    return usable;
}

/*
 * Calls fn for every endpoint that may be chosen; false when none may. *sure is false where the
 * contract lets a connect also find none (LB-5).
 */
static bool predict_endpoints(struct predict_work *w, uint32_t id,
                              const struct km_service_value *service, uint16_t target,
                              predict_fn fn, bool *sure)
{
    uint32_t priorities = service->policy == LB_FAILOVER ? KM_PRIORITIES : 1;
    bool any = false;

    *sure = false;
    if (service->policy > LB_FAILOVER || target == 0)
        return false;
    for (uint32_t p = 0; p < priorities; p++) {
        bool whole;
        size_t n = predict_priority(w, id, p, service->counts[p], target, fn, &whole);

        any = any || n;
        /* A priority without a hole ends the search. LB-6: one with holes may be left for the next.
         */
        if (n && whole) {
            *sure = true;
            break;
        }
    }
    return any;
}

static uint16_t predict_target(const struct km_service_value *service, uint16_t port)
{
    for (size_t i = 0; i < KM_SERVICE_PORTS; i++)
        if (port && maps_cell_port(service->ports[i]) == port)
            return maps_cell_port(service->targets[i]);
    return 0;
}

static void predict_waypoint_pod(struct predict_work *w, const struct km_backend_value *backend,
                                 uint16_t target)
{
    struct address_port to = {address_from_map(backend->address), target};

    predict_add(w, OUTCOME_WAYPOINT, &to);
}

/* CN-9: a waypoint's address may be a service's, whose own waypoint is not asked. */
static void predict_at_waypoint(struct predict_work *w, const struct address_port *waypoint)
{
    struct km_service_value service;
    bool sure = false;
    uint32_t id;

    if (cluster_frontend(w->cluster, &waypoint->address, &id) &&
        cluster_service(w->cluster, id, &service))
        predict_endpoints(w, id, &service, predict_target(&service, waypoint->port),
                          predict_waypoint_pod, &sure);
    if (!sure)
        predict_add(w, OUTCOME_WAYPOINT, waypoint);
}

/* False when there is no waypoint: a port without an address is none, and the other way round. */
static bool predict_waypoint(struct predict_work *w, const uint8_t address[16], uint32_t cell)
{
    struct address_port waypoint = {address_from_map(address), maps_cell_port(cell)};

    if (waypoint.address.af == AF_UNSPEC || waypoint.port == 0)
        return false;
    if (predict_same_family(w, &waypoint.address)) {
        predict_at_waypoint(w, &waypoint);
    } else {
        /* CN-17 says what must not be: another family's bytes, and passing by. */
        predict_untouched(w);
        predict_add(w, OUTCOME_REFUSED, NULL);
    }
    return true;
}

static void predict_backend(struct predict_work *w, const struct km_backend_value *backend,
                            uint16_t target)
{
    struct address_port to = {address_from_map(backend->address), target};

    if (predict_waypoint(w, backend->waypoint, backend->waypoint_port))
        w->out->row = "CN-7";
    else
        predict_add(w, OUTCOME_BACKEND, &to);
}

static void predict_service(struct predict_work *w, uint32_t id,
                            const struct km_service_value *service)
{
    uint16_t target = predict_target(service, w->asked.port);
    bool sure;

    w->out->row = "CN-2";
    if (predict_waypoint(w, service->waypoint, service->waypoint_port))
        return;
    w->out->row = target ? "CN-3" : "CN-4";
    if (!predict_endpoints(w, id, service, target, predict_backend, &sure)) {
        if (target)
            w->out->row = service->policy == LB_STRICT ? "LB-3" : "LB-2";
        predict_untouched(w);
    } else if (!sure) {
        w->out->row = service->policy == LB_FAILOVER ? "LB-6" : "LB-5";
        predict_untouched(w);
    } else if (service->policy == LB_FAILOVER) {
        w->out->row = "LB-4";
    }
    w->out->each = w->out->n > 1 && sure && !w->out->cut;
}

/* An IPv6 address whose last 12 bytes are zero would be an IPv4 address in the maps, and all zero
 * is none: no frontend can mean it (CN-17). */
static bool predict_can_be_frontend(const struct predict_work *w)
{
    struct address a = address_from_map(w->asked.address.bytes);

    return predict_same_family(w, &a);
}

static void predict_managed(struct predict_work *w)
{
    struct km_service_value service;
    struct km_backend_value backend;
    uint32_t id;

    w->out->row = "CN-1";
    if (!predict_can_be_frontend(w)) {
        predict_untouched(w);
        return;
    }
    if (!cluster_frontend(w->cluster, &w->asked.address, &id)) {
        predict_untouched(w);
    } else if (cluster_service(w->cluster, id, &service)) {
        predict_service(w, id, &service);
    } else if (!cluster_backend(w->cluster, id, &backend)) {
        w->out->row = "CN-8";
        predict_untouched(w);
    } else {
        w->out->row = "CN-5";
        if (!predict_waypoint(w, backend.waypoint, backend.waypoint_port)) {
            w->out->row = "CN-6";
            predict_untouched(w);
        }
    }
}

/* DN-3: true when the DNS proxy takes it, whatever frontend the server's address is. No waypoint
 * is asked, the proxy's own neither. */
static bool predict_dns(struct predict_work *w)
{
    struct km_backend_value proxy;
    struct address_port to = {.port = 53};

    if (w->asked.port != 53 || !cluster_backend(w->cluster, 0, &proxy))
        return false;
    to.address = address_from_map(proxy.address);
    if (!predict_same_family(w, &to.address))
        return false;
    w->out->row = "DN-3";
    predict_add(w, OUTCOME_BACKEND, &to);
    return true;
}

int predict(const struct cluster *cluster, const struct predict_client *client,
            const struct address_port *asked, struct prediction *out)
{
    struct prediction p = {.row = "MG-5"};
    struct predict_work w = {
        .cluster = cluster, .asked = {address_unmapped(&asked->address), asked->port}, .out = &p};

    if (client->cookie || client->address) {
        /* What no map can name may be a server's address all the same. */
        if (!predict_dns(&w))
            predict_managed(&w);
        else if (!predict_can_be_frontend(&w))
            predict_untouched(&w);
    }
    if (client->cookie != client->address)
        p.row = "CN-16"; /* both or neither */
    if (!client->cookie || !client->address) {
        p.each = false;
        predict_untouched(&w);
    }
    if (w.error < 0) {
        prediction_release(&p);
        return w.error;
    }
    *out = p;
    return 0;
}
