// SPDX-License-Identifier: Apache-2.0
#include "field/cluster.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "maps/entries.h"
#include "maps/layout.h"
#include "maps/convert.h"

static const char *const cluster_names[CLUSTER_MAPS] = {
    [CLUSTER_FRONTEND] = "km_frontend",
    [CLUSTER_SERVICE] = "km_service",
    [CLUSTER_ENDPOINT] = "km_endpoint",
    [CLUSTER_BACKEND] = "km_backend",
};

const char *cluster_map_name(enum cluster_map map)
{
    return cluster_names[map];
}

void cluster_init(struct cluster *c)
{
    for (size_t i = 0; i < CLUSTER_MAPS; i++) {
        const struct map_layout *layout = map_layout(cluster_names[i]);

        c->maps[i] =
            (struct map_entries){.key_size = layout->key_size, .value_size = layout->value_size};
    }
}

void cluster_free(struct cluster *c)
{
    for (size_t i = 0; i < CLUSTER_MAPS; i++)
        map_entries_free(&c->maps[i]);
}

static int cluster_take(const struct bundle_map *map, enum cluster_map which, struct cluster *c)
{
    const struct map_layout *layout = map_layout(cluster_names[which]);
    size_t lost = 0;
    int r;

    if (!map->layout)
        return err_say(EINVAL,
                       "the bundle's map '%s' has key %u and value %u, a layout that is not known",
                       map->name, map->key_size, map->value_size);
    /* The same table: this only copies. */
    r = maps_convert(map->layout, layout, &map->entries, &c->maps[which], &lost);
    return r < 0 ? r : map_entries_sort(&c->maps[which]);
}

int cluster_from_bundle(const struct bundle *bundle, struct cluster *out)
{
    _cleanup_(cluster_free) struct cluster c = {};
    int r = 0;

    cluster_init(&c);
    for (size_t i = 0; r == 0 && i < CLUSTER_MAPS; i++) {
        const struct bundle_map *map = bundle_map(bundle, cluster_names[i]);

        if (map)
            r = cluster_take(map, (enum cluster_map)i, &c);
    }
    if (r < 0)
        return r;
    *out = c;
    c = (struct cluster){};
    return 0;
}

size_t cluster_entries(const struct cluster *c)
{
    size_t n = 0;

    for (size_t i = 0; i < CLUSTER_MAPS; i++)
        n += c->maps[i].n;
    return n;
}

static bool cluster_find(const struct cluster *c, enum cluster_map which, const void *key,
                         void *value)
{
    const struct map_entries *e = &c->maps[which];
    ssize_t at = map_entries_find(e, key);

    if (at >= 0)
        memcpy(value, map_entries_value(e, (size_t)at), e->value_size);
    return at >= 0;
}

bool cluster_frontend(const struct cluster *c, const struct address *address, uint32_t *id)
{
    struct address plain = address_unmapped(address);

    return cluster_find(c, CLUSTER_FRONTEND, plain.bytes, id);
}

bool cluster_service(const struct cluster *c, uint32_t id, struct km_service_value *out)
{
    return cluster_find(c, CLUSTER_SERVICE, &id, out);
}

bool cluster_endpoint(const struct cluster *c, uint32_t service, uint32_t priority, uint32_t index,
                      uint32_t *uid)
{
    struct km_endpoint_key key = {service, priority, index};

    return cluster_find(c, CLUSTER_ENDPOINT, &key, uid);
}

bool cluster_backend(const struct cluster *c, uint32_t uid, struct km_backend_value *out)
{
    return cluster_find(c, CLUSTER_BACKEND, &uid, out);
}
