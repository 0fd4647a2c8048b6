// SPDX-License-Identifier: Apache-2.0
#include "field/bundle_lab.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/spawn.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "field/bundle_uids.h"
#include "maps/encode.h"
#include "maps/field.h"
#include "maps/layout.h"
#include "maps/raw.h"
#include "maps/convert.h"
#include "net/net.h"
#include "lab/marks.h"
#include "lab/up.h"
#include "place/lock.h"
#include "place/open.h"
#include "topology/print.h"

/* The maps of policies' parts, which a lab has smaller, with room for the bundle's and as many
 * again. */
static void bundle_lab_print_cells(struct topology_printer *p, const struct bundle *bundle)
{
    for (enum km_cells type = 0; type < KM_CELLS; type++) {
        const struct bundle_map *map = bundle_map(bundle, map_cells_name(type));

        if (map && map->entries.n > KM_CELLS_LAB / 2)
            topology_print_map(p, map->name, 2 * (uint32_t)map->entries.n);
    }
}

/* Rooms that the bundle's maps had, where they are not the usual ones. */
static void bundle_lab_print_maps(struct topology_printer *p, const struct bundle *bundle)
{
    static const char *const names[] = {"km_frontend", "km_service", "km_endpoint",
                                        "km_backend",  "km_manage",  "km_socket"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        for (size_t j = 0; j < bundle->n_maps; j++) {
            const struct bundle_map *map = &bundle->maps[j];

            if (strcmp(map->name, names[i]) == 0 &&
                map->max_entries != map_layout(names[i])->entries && map->max_entries != 0 &&
                map->max_entries <= BUNDLE_ENTRIES_MAX)
                topology_print_map(p, names[i], map->max_entries);
        }
}

/* The lab has one node: there is nobody to send ESP to. */
enum topology_encryption bundle_lab_encryption(const struct bundle *bundle)
{
    return bundle_map(bundle, "km_nodeinfo") ? ENCRYPTION_MARKS : ENCRYPTION_NONE;
}

static void bundle_lab_print(FILE *f, const struct reachable *reachable,
                             const struct bundle *bundle)
{
    uint32_t uids[REACHABLE_PODS_MAX];
    struct topology_printer p;

    bundle_uids(bundle, reachable, uids);
    topology_print_begin(&p, f, NULL);
    for (size_t i = 0; i < reachable->n_pods; i++) {
        const struct reachable_pod *pod = &reachable->pods[i];

        topology_print_pod(&p, pod->name);
        topology_print_unmanaged(&p);
        topology_print_uid(&p, uids[i]);
        topology_print_addresses(&p, &pod->v4, &pod->v6);
        for (size_t j = 0; j < pod->n_ports; j++)
            topology_print_listener(&p, pod->ports[j]);
    }
    for (size_t i = 0; i < reachable->n_services; i++) {
        topology_print_service(&p, reachable->services[i].name, 0);
        topology_print_ports(&p);
        topology_print_addresses(&p, &reachable->services[i].v4, &reachable->services[i].v6);
    }
    topology_print_encryption(&p, bundle_lab_encryption(bundle));
    bundle_lab_print_maps(&p, bundle);
    bundle_lab_print_cells(&p, bundle);
    topology_print_end(&p);
}

static int bundle_lab_topology(const struct reachable *reachable, const struct bundle *bundle,
                               struct topology **out)
{
    _cleanup_free_ char *text = NULL;
    size_t length;
    FILE *f = open_memstream(&text, &length);

    if (!f)
        return err_r(errno, "cannot write a topology");
    bundle_lab_print(f, reachable, bundle);
    if (fclose(f) != 0)
        return err_r(errno, "cannot write a topology");
    return topology_parse(bundle->path, text, length, out);
}

static const struct topology_node *bundle_lab_node(const struct bundle_lab *s)
{
    return &s->lab->topology->nodes[0];
}

/* Any of the bundle's maps into the lab's of that name, when there is one of the same layout. */
static int bundle_lab_open_map(const struct bundle_lab *s, const char *name, struct map_handle *out)
{
    _cleanup_free_ char *dir = NULL, *path = NULL;
    int r = maps_dir(s->lab, bundle_lab_node(s), &dir);

    out->fd = -1;
    if (r < 0)
        return r;
    if (text_format(&path, "%s/%s", dir, name) < 0)
        return -ENOMEM;
    if (access(path, F_OK) < 0)
        return 0;
    return map_handle_open(s->lab, bundle_lab_node(s), name, out);
}

static int bundle_lab_open_cluster_map(struct bundle_lab *s, size_t i)
{
    const char *name = cluster_map_name((enum cluster_map)i);
    int r = bundle_lab_open_map(s, name, &s->handles[i]);

    if (r < 0 || s->handles[i].fd < 0)
        return r;
    if (!s->handles[i].layout)
        return err_say(EPROTO, "the programs' map '%s' has a layout that is not known", name);
    return map_read_entries(&s->handles[i], name, &s->written[i]);
}

static int bundle_lab_open_maps(struct bundle_lab *s)
{
    for (size_t i = 0; i < CLUSTER_MAPS; i++) {
        int r = bundle_lab_open_cluster_map(s, i);

        if (r < 0)
            return r;
    }
    return 0;
}

/* In the programs' own layout, which may be older than the contract's. */
static int bundle_lab_convert(const struct map_handle *handle, const char *name,
                              const struct map_entries *entries, struct map_entries *out)
{
    size_t lost = 0;
    int r = maps_convert(map_layout(name), handle->layout, entries, out, &lost);

    if (r == 0 && lost)
        log_warning("map '%s' has the layout of %s: %zu entries are left out or cut", name,
                    handle->layout->version ? handle->layout->version : "today", lost);
    return r < 0 ? r : map_entries_sort(out);
}

static int bundle_lab_write_map(struct bundle_lab *s, enum cluster_map which,
                                const struct cluster *cluster)
{
    _cleanup_(map_entries_free) struct map_entries now = {};
    const char *name = cluster_map_name(which);
    struct map_handle *handle = &s->handles[which];
    struct map_entries was;
    int r;

    if (handle->fd < 0)
        return 0;
    r = bundle_lab_convert(handle, name, &cluster->maps[which], &now);
    if (r < 0)
        return r;
    r = map_change_entries(handle, name, &s->written[which], &now);
    if (r < 0)
        return r;
    was = s->written[which];
    s->written[which] = now;
    now = was;
    return 0;
}

/* Backends before what leads to them. */
int bundle_lab_write(struct bundle_lab *lab, const struct cluster *cluster)
{
    static const enum cluster_map order[] = {CLUSTER_BACKEND, CLUSTER_ENDPOINT, CLUSTER_SERVICE,
                                             CLUSTER_FRONTEND};
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        int r = bundle_lab_write_map(lab, order[i], cluster);

        if (r < 0)
            return r;
    }
    return 0;
}

static int bundle_lab_add_address(struct map_entries *e, const struct address *a)
{
    static const uint32_t zero;

    return a->af == AF_UNSPEC ? 0 : map_entries_add(e, a->bytes, &zero);
}

/* A namespace has another cookie here than it had there. */
static int bundle_lab_add_cookie(const struct bundle_lab *s, const struct reachable_pod *pod,
                                 struct map_entries *e)
{
    static const uint32_t zero;
    _cleanup_close_ int netns = -1;
    uint64_t key[2] = {};
    int r = net_open_pod(s->lab, pod->name, &netns);

    if (r < 0)
        return r;
    r = net_cookie(netns, &key[0]);
    return r < 0 ? r : map_entries_add(e, key, &zero);
}

/* As encode_manage() tells them apart; other namespaces' cookies mean nothing here. */
static bool bundle_lab_is_address(const uint8_t *key)
{
    _cleanup_json_ json_t *j =
        map_encode_json(map_layout("km_manage")->key, PORT_ORDER_HOST, key, 16);

    return json_object_get(j, "address") != NULL;
}

/* What km_manage has of a client. Without the map in the bundle its addresses count as managed. */
static int bundle_lab_manage_client(const struct bundle_lab *s, const struct reachable_pod *pod,
                                    bool addresses, struct map_entries *e)
{
    int r = pod->cookie ? bundle_lab_add_cookie(s, pod, e) : 0;

    if (r < 0 || !addresses)
        return r;
    r = bundle_lab_add_address(e, &pod->v4);
    return r < 0 ? r : bundle_lab_add_address(e, &pod->v6);
}

static int bundle_lab_manage_entries(const struct bundle_lab *s, struct map_entries *e)
{
    const struct bundle_map *manage = bundle_map(s->bundle, "km_manage");
    int r = 0;

    for (size_t i = 0; manage && i < manage->entries.n; i++) {
        if (!bundle_lab_is_address(map_entries_key(&manage->entries, i)))
            continue;
        r = map_entries_add(e, map_entries_key(&manage->entries, i),
                            map_entries_value(&manage->entries, i));
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < s->reachable->n_pods; i++) {
        const struct reachable_pod *pod = &s->reachable->pods[i];

        r = pod->is_client ? bundle_lab_manage_client(s, pod, !manage, e) : 0;
        if (r < 0)
            return r;
    }
    return map_entries_sort(e);
}

static int bundle_lab_manage(const struct bundle_lab *s)
{
    _cleanup_(map_entries_free) struct map_entries now = {.key_size = 16, .value_size = 4};
    _cleanup_(map_handle_close) struct map_handle handle = {.fd = -1};
    int r = bundle_lab_open_map(s, "km_manage", &handle);

    if (r < 0 || handle.fd < 0)
        return r;
    r = bundle_lab_manage_entries(s, &now);
    return r < 0 ? r : map_write_entries(&handle, "km_manage", &now);
}

/* A map of the bundle as it was. Nothing where either side has not got it. */
static int bundle_lab_write_whole(const struct bundle_lab *s, const char *name)
{
    _cleanup_(map_handle_close) struct map_handle handle = {.fd = -1};
    const struct bundle_map *map = bundle_map(s->bundle, name);
    int r;

    if (!map || map->entries.n == 0)
        return 0;
    r = bundle_lab_open_map(s, name, &handle);
    if (r < 0 || handle.fd < 0 || !handle.layout || handle.layout != map->layout)
        return r;
    return map_write_entries(&handle, name, &map->entries);
}

/* Parts first, then what leads to them. km_auth_res is not written: its answers are for connections
 * that will not come again. */
static int bundle_lab_policies(const struct bundle_lab *s)
{
    int r = 0;

    for (enum km_cells type = 0; r >= 0 && type < KM_CELLS; type++)
        r = bundle_lab_write_whole(s, map_cells_name(type));
    if (r < 0)
        return r;
    r = bundle_lab_write_whole(s, "km_authz_policy");
    return r < 0 ? r : bundle_lab_write_whole(s, "km_wlpolicy");
}

/* What leaves the clients is marked as on the bundle's node. */
static int bundle_lab_marks(const struct bundle_lab *s)
{
    int r = bundle_lab_write_whole(s, "km_nodeinfo");

    for (size_t i = 0; r >= 0 && i < s->reachable->n_pods; i++) {
        const struct reachable_pod *pod = &s->reachable->pods[i];

        if (pod->is_client && (pod->cookie || pod->in_v4 || pod->in_v6))
            r = marks_attach_pod(s->lab, &s->lab->topology->pods[i]);
    }
    return r;
}

static int bundle_lab_build(struct bundle_lab *s, const struct cluster *cluster,
                            const struct field_settings *settings,
                            const struct programs_source *source)
{
    struct lab_plan plan = {
        .programs = true, .source = *source, .settings = settings->list, .n_settings = settings->n};
    int r = lab_up(s->lab, &plan);

    if (r < 0)
        return r;
    r = spawn_agents(s->lab, true, NULL);
    if (r < 0)
        return r;
    r = bundle_lab_open_maps(s);
    if (r < 0)
        return r;
    r = bundle_lab_write(s, cluster);
    if (r < 0)
        return r;
    r = bundle_lab_policies(s);
    if (r < 0)
        return r;
    r = bundle_lab_manage(s);
    if (r < 0)
        return r;
    r = bundle_lab_marks(s);
    return r < 0 ? r : lab_ready(s->lab);
}

/* The lab's directories, and the topology of what the flows can reach. */
static int bundle_lab_claim(const char *name, const struct reachable *reachable,
                            const struct bundle *bundle, struct lab **out)
{
    _cleanup_(topology_free) struct topology *topology = NULL;
    enum family family =
        reachable->n_flows && reachable->flows[0].family == FAMILY_V6 ? FAMILY_V6 : FAMILY_V4;
    int r = bundle_lab_topology(reachable, bundle, &topology);

    return r < 0 ? r : lab_new(name, family, &topology, out);
}

int bundle_lab_up(const char *name, const struct bundle *bundle, const struct cluster *cluster,
                  const struct reachable *reachable, const struct field_settings *settings,
                  const struct programs_source *source, struct bundle_lab **out)
{
    _cleanup_(bundle_lab_down) struct bundle_lab *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return err_r(ENOMEM, "cannot build a lab");
    s->reachable = reachable;
    s->bundle = bundle;
    for (size_t i = 0; i < CLUSTER_MAPS; i++)
        s->handles[i].fd = -1;
    r = bundle_lab_claim(name, reachable, bundle, &s->lab);
    if (r < 0)
        return r;
    r = bundle_lab_build(s, cluster, settings, source);
    if (r < 0)
        return r;
    *out = TAKE_PTR(s);
    return 0;
}

void bundle_lab_down(struct bundle_lab **lab)
{
    struct bundle_lab *s = TAKE_PTR(*lab);

    if (!s)
        return;
    for (size_t i = 0; i < CLUSTER_MAPS; i++) {
        map_handle_close(&s->handles[i]);
        map_entries_free(&s->written[i]);
    }
    if (s->lab) {
        if (lab_lock(s->lab, LAB_LOCK_EXCLUSIVE) == 0)
            (void)lab_down(s->lab, NULL);
        lab_free(&s->lab);
    }
    free(s);
}
