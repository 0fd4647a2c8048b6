// SPDX-License-Identifier: Apache-2.0
#include "field/reachable_find.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "field/bundle_namespace.h"
#include "field/reachable_walk.h"

static bool reachable_is_managed(const struct bundle_map *manage, const void *key)
{
    return !manage || map_entries_find(&manage->entries, key) >= 0;
}

/* Without a word on namespaces the cookie is taken to be where the address is. */
static void reachable_manage(const struct reachable_work *w, struct reachable_pod *pod,
                             const char *text)
{
    const struct bundle_map *manage = bundle_map(w->bundle, "km_manage");
    const json_t *ns = bundle_namespace(w->bundle, NULL, text);
    json_int_t cookie = json_integer_value(json_object_get(ns, "cookie"));
    uint64_t key[2] = {(uint64_t)cookie, 0};

    pod->in_v4 = pod->v4.af != AF_UNSPEC && reachable_is_managed(manage, pod->v4.bytes);
    pod->in_v6 = pod->v6.af != AF_UNSPEC && reachable_is_managed(manage, pod->v6.bytes);
    pod->cookie = cookie ? reachable_is_managed(manage, key) : pod->in_v4 || pod->in_v6;
}

static int reachable_client(struct reachable_work *w, const char *from, size_t *out)
{
    struct address address;
    const json_t *ns = bundle_namespace(w->bundle, from, NULL), *first;
    char text[ADDRESS_TEXT_MAX];
    struct reachable_pod *pod;

    if (address_parse(from, &address) < 0 && topology_name_check(from) < 0)
        return err_say(EINVAL, "a flow is from an address, or from a pod that the bundle names");
    if (address_parse(from, &address) < 0) {
        first = json_array_get(json_object_get(ns, "addresses"), 0);
        if (!json_is_string(first) || address_parse(json_string_value(first), &address) < 0)
            return err_say(EINVAL,
                           "the bundle knows no pod '%.60s'; a flow is from an address, or "
                           "from a pod that it names",
                           from);
    }
    address = address_unmapped(&address);
    if (!address_fits_lab(&address))
        return err_say(EINVAL, "no pod of a lab can have the address %s",
                       address_text(&address, text));
    pod = reachable_add_pod(w, &address, "client");
    if (!pod)
        return err_say(EINVAL, "%s is a service's address, not a client's",
                       address_text(&address, text));
    if (!pod->is_client)
        reachable_manage(w, pod, address_text(&address, text));
    pod->is_client = true;
    *out = (size_t)(pod - w->reachable->pods);
    return 0;
}

/* 0.0.0.2 and [::2], 929 and 930: it would change km_manage under the flows behind it. */
static bool reachable_is_command(const struct address_port *ap)
{
    static const struct address v4 = {AF_INET, {[3] = 2}}, v6 = {AF_INET6, {[15] = 2}};
    struct address plain = address_unmapped(&ap->address);

    return (ap->port == 929 || ap->port == 930) &&
           (address_equal(&plain, &v4) || address_equal(&plain, &v6));
}

static int reachable_read_to(const json_t *to, struct reachable_flow *flow)
{
    const char *text = json_string_value(to);
    struct address_port *ap = &flow->to[flow->n_to];

    if (flow->n_to >= REACHABLE_CONNECTS_MAX || !text || address_port_parse(text, ap) < 0)
        return err_say(EINVAL, "a flow's 'to' is a list of at most %d ADDRESS:PORT",
                       REACHABLE_CONNECTS_MAX);
    if (flow->n_to++ == 0)
        flow->family = ap->address.af == AF_INET                      ? FAMILY_V4
                       : address_unmapped(&ap->address).af == AF_INET ? FAMILY_MAPPED
                                                                      : FAMILY_V6;
    if (reachable_is_command(ap))
        return err_say(EINVAL,
                       "a flow to %s is a command that manages a pod, and goes nowhere; which pods "
                       "are managed is in the bundle's km_manage",
                       text);
    if ((ap->address.af == AF_INET) != (flow->family == FAMILY_V4))
        return err_say(EINVAL, "the connects of one flow are of one family");
    return 0;
}

static int reachable_flow(struct reachable_work *w, const json_t *j)
{
    struct reachable_flow *flow = &w->reachable->flows[w->reachable->n_flows];
    const json_t *to = json_object_get(j, "to"), *entry;
    const char *from;
    size_t i;
    int r = json_get_string(j, "from", &from);

    if (r < 0)
        return r;
    if (w->reachable->n_flows >= REACHABLE_FLOWS_MAX)
        return err_say(EINVAL, "at most %d flows at once", REACHABLE_FLOWS_MAX);
    if (!json_is_array(to) || json_array_size(to) == 0)
        return err_say(EINVAL, "a flow's 'to' is a list of at most %d ADDRESS:PORT",
                       REACHABLE_CONNECTS_MAX);
    json_array_foreach (to, i, entry) {
        r = reachable_read_to(entry, flow);
        if (r < 0)
            return r;
    }
    r = reachable_client(w, from, &flow->client);
    if (r < 0)
        return r;
    w->reachable->n_flows++;
    return 0;
}

int reachable_find(const struct bundle *bundle, const struct cluster *cluster, const json_t *flows,
                   struct reachable **out)
{
    _cleanup_free_ struct reachable *reachable = calloc(1, sizeof(*reachable));
    struct reachable_work w = {.bundle = bundle, .cluster = cluster, .reachable = reachable};
    const json_t *flow;
    size_t i;

    if (!reachable)
        return err_r(ENOMEM, "cannot plan the lab");
    json_array_foreach (flows, i, flow) {
        int r = reachable_flow(&w, flow);

        if (r < 0)
            return r;
    }
    for (i = 0; i < reachable->n_flows; i++)
        for (size_t j = 0; j < reachable->flows[i].n_to; j++)
            reachable_walk(&w, &reachable->flows[i].to[j]);
    if (reachable->cut)
        log_warning("the flows can reach more than %d pods; the others are map entries only",
                    REACHABLE_PODS_MAX);
    *out = TAKE_PTR(reachable);
    return 0;
}
