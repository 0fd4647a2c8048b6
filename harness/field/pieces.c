// SPDX-License-Identifier: Apache-2.0
#include "field/pieces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

struct pieces {
    const struct cluster *cluster;
    bool *keep[CLUSTER_MAPS];
    uint16_t *ports; /* of each service, a bit for each pair that is kept */
    size_t *order;   /* the endpoints, by service, priority and index */
    size_t n_endpoints;
};

/* In this order they are tried: what stands for most first. */
static const enum cluster_map pieces_order[] = {CLUSTER_SERVICE, CLUSTER_FRONTEND, CLUSTER_ENDPOINT,
                                                CLUSTER_BACKEND};

static struct km_endpoint_key pieces_key(const struct cluster *c, size_t i)
{
    struct km_endpoint_key key;

    memcpy(&key, map_entries_key(&c->maps[CLUSTER_ENDPOINT], i), sizeof(key));
    return key;
}

static int pieces_compare(const void *a, const void *b, void *data)
{
    struct km_endpoint_key x = pieces_key(data, *(const size_t *)a);
    struct km_endpoint_key y = pieces_key(data, *(const size_t *)b);

    if (x.service != y.service)
        return x.service < y.service ? -1 : 1;
    if (x.priority != y.priority)
        return x.priority < y.priority ? -1 : 1;
    return x.index < y.index ? -1 : x.index > y.index;
}

int pieces_new(const struct cluster *cluster, struct pieces **out)
{
    _cleanup_(pieces_free) struct pieces *p = calloc(1, sizeof(*p));
    bool whole = p != NULL;

    for (size_t i = 0; whole && i < CLUSTER_MAPS; i++) {
        p->keep[i] = malloc(cluster->maps[i].n + 1);
        whole = p->keep[i] != NULL;
        if (whole)
            memset(p->keep[i], true, cluster->maps[i].n);
    }
    if (whole) {
        p->cluster = cluster;
        p->n_endpoints = cluster->maps[CLUSTER_ENDPOINT].n;
        p->ports = calloc(cluster->maps[CLUSTER_SERVICE].n + 1, sizeof(*p->ports));
        p->order = calloc(p->n_endpoints + 1, sizeof(*p->order));
    }
    if (!whole || !p->ports || !p->order)
        return err_r(ENOMEM, "cannot shrink");
    for (size_t i = 0; i < cluster->maps[CLUSTER_SERVICE].n; i++)
        p->ports[i] = (1u << KM_SERVICE_PORTS) - 1;
    for (size_t i = 0; i < p->n_endpoints; i++)
        p->order[i] = i;
    qsort_r(p->order, p->n_endpoints, sizeof(*p->order), pieces_compare, (void *)cluster);
    *out = TAKE_PTR(p);
    return 0;
}

void pieces_free(struct pieces **pieces)
{
    struct pieces *p = TAKE_PTR(*pieces);

    if (!p)
        return;
    for (size_t i = 0; i < CLUSTER_MAPS; i++)
        free(p->keep[i]);
    free(p->ports);
    free(p->order);
    free(p);
}

static size_t pieces_entries(const struct pieces *p)
{
    return cluster_entries(p->cluster);
}

size_t pieces_count(const struct pieces *p)
{
    return pieces_entries(p) + p->cluster->maps[CLUSTER_SERVICE].n * KM_SERVICE_PORTS;
}

/* The flag of an entry's piece; NULL for a pair of ports. */
static bool *pieces_entry(const struct pieces *p, size_t piece)
{
    for (size_t i = 0; i < ARRAY_SIZE(pieces_order); i++) {
        size_t n = p->cluster->maps[pieces_order[i]].n;

        if (piece < n)
            return &p->keep[pieces_order[i]][piece];
        piece -= n;
    }
    return NULL;
}

bool pieces_has(const struct pieces *p, size_t piece)
{
    const bool *entry = pieces_entry(p, piece);
    size_t pair = piece - pieces_entries(p), service = pair / KM_SERVICE_PORTS;
    struct km_service_value value;

    if (entry)
        return *entry;
    memcpy(&value, map_entries_value(&p->cluster->maps[CLUSTER_SERVICE], service), sizeof(value));
    return p->keep[CLUSTER_SERVICE][service] && value.ports[pair % KM_SERVICE_PORTS] &&
           (p->ports[service] >> (pair % KM_SERVICE_PORTS) & 1);
}

void pieces_set(struct pieces *p, size_t piece, bool keep)
{
    bool *entry = pieces_entry(p, piece);
    size_t pair = piece - pieces_entries(p);
    uint16_t bit = (uint16_t)(1u << pair % KM_SERVICE_PORTS);

    if (entry)
        *entry = keep;
    else if (keep)
        p->ports[pair / KM_SERVICE_PORTS] |= bit;
    else
        p->ports[pair / KM_SERVICE_PORTS] &= (uint16_t)~bit;
}

static bool pieces_reaches_service(const struct reachable *reachable, uint32_t id)
{
    for (size_t i = 0; i < reachable->n_services; i++)
        if (reachable->services[i].id == id)
            return true;
    return false;
}

void pieces_keep_reachable(struct pieces *p, const struct reachable *reachable)
{
    const struct map_entries *maps = p->cluster->maps;

    for (size_t i = 0; i < maps[CLUSTER_FRONTEND].n; i++) {
        struct address a = address_from_map(map_entries_key(&maps[CLUSTER_FRONTEND], i));

        p->keep[CLUSTER_FRONTEND][i] =
            reachable_pod(reachable, &a) || reachable_service(reachable, &a);
    }
    for (size_t i = 0; i < maps[CLUSTER_SERVICE].n; i++) {
        uint32_t id;

        memcpy(&id, map_entries_key(&maps[CLUSTER_SERVICE], i), sizeof(id));
        p->keep[CLUSTER_SERVICE][i] = pieces_reaches_service(reachable, id);
    }
    for (size_t i = 0; i < maps[CLUSTER_ENDPOINT].n; i++)
        p->keep[CLUSTER_ENDPOINT][i] =
            pieces_reaches_service(reachable, pieces_key(p->cluster, i).service);
    for (size_t i = 0; i < maps[CLUSTER_BACKEND].n; i++) {
        struct km_backend_value value;
        struct address a;

        memcpy(&value, map_entries_value(&maps[CLUSTER_BACKEND], i), sizeof(value));
        a = address_from_map(value.address);
        p->keep[CLUSTER_BACKEND][i] = a.af == AF_UNSPEC || reachable_pod(reachable, &a);
    }
}

static int pieces_copy(const struct pieces *p, enum cluster_map which, struct cluster *out)
{
    const struct map_entries *e = &p->cluster->maps[which];
    int r = 0;

    for (size_t i = 0; r == 0 && i < e->n; i++)
        if (p->keep[which][i])
            r = map_entries_add(&out->maps[which], map_entries_key(e, i), map_entries_value(e, i));
    return r;
}

/* Without the pairs that were taken: the others stay where they are, because programs may go by
 * their place. */
static int pieces_copy_services(const struct pieces *p, struct cluster *out)
{
    struct map_entries *e = &out->maps[CLUSTER_SERVICE];
    int r = pieces_copy(p, CLUSTER_SERVICE, out);
    size_t at = 0;

    for (size_t i = 0; r == 0 && i < p->cluster->maps[CLUSTER_SERVICE].n; i++) {
        struct km_service_value *value;

        if (!p->keep[CLUSTER_SERVICE][i])
            continue;
        value = (struct km_service_value *)(void *)(e->values + at++ * e->value_size);
        for (size_t pair = 0; pair < KM_SERVICE_PORTS; pair++)
            if (!(p->ports[i] >> pair & 1))
                value->ports[pair] = value->targets[pair] = 0;
    }
    return r;
}

static struct km_service_value *pieces_service(struct cluster *out, uint32_t id)
{
    struct map_entries *e = &out->maps[CLUSTER_SERVICE];
    ssize_t at = map_entries_find(e, &id);

    return at < 0 ? NULL
                  : (struct km_service_value *)(void *)(e->values + (size_t)at * e->value_size);
}

/* The services are there already. A gap that was in the table stays, one that is made closes. */
static int pieces_copy_endpoints(const struct pieces *p, struct cluster *out)
{
    const struct map_entries *e = &p->cluster->maps[CLUSTER_ENDPOINT];
    struct km_endpoint_key before = {};
    uint32_t gone = 0;
    int r = 0;

    for (size_t n = 0; r == 0 && n < p->n_endpoints; n++) {
        size_t i = p->order[n];
        struct km_endpoint_key key = pieces_key(p->cluster, i);
        struct km_service_value *service = pieces_service(out, key.service), original;
        bool counted;

        if (key.service != before.service || key.priority != before.priority)
            gone = 0;
        before = key;
        counted = service && key.priority < KM_PRIORITIES && key.index >= 1 &&
                  cluster_service(p->cluster, key.service, &original) &&
                  key.index <= original.counts[key.priority];
        if (!p->keep[CLUSTER_ENDPOINT][i]) {
            if (counted) {
                gone++;
                service->counts[key.priority]--;
            }
            continue;
        }
        key.index -= gone;
        r = map_entries_add(&out->maps[CLUSTER_ENDPOINT], &key, map_entries_value(e, i));
    }
    return r < 0 ? r : map_entries_sort(&out->maps[CLUSTER_ENDPOINT]);
}

int pieces_render(const struct pieces *p, struct cluster *out)
{
    _cleanup_(cluster_free) struct cluster c;
    int r;

    cluster_init(&c);
    r = pieces_copy(p, CLUSTER_FRONTEND, &c);
    if (r < 0)
        return r;
    r = pieces_copy(p, CLUSTER_BACKEND, &c);
    if (r < 0)
        return r;
    r = pieces_copy_services(p, &c);
    if (r < 0)
        return r;
    r = pieces_copy_endpoints(p, &c);
    if (r < 0)
        return r;
    *out = c;
    c = (struct cluster){};
    return 0;
}
