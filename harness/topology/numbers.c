// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "topology/build.h"

/* A pod's uid where the file gives none: 1000 + its position, counted from 1. */
#define NUMBERS_FIRST_UID 1001

/* "uid 7 of the pod 'b' is that of the pod 'a'": the one that the file gives is blamed. */
static int numbers_duplicate(const struct build *b, const char *key, size_t first, size_t second,
                             bool second_given, uint32_t number)
{
    const struct topology *t = b->topology;
    size_t base = t->n_nodes + (key[0] == 'u' ? 0 : t->n_pods);
    struct build_owner wrong = build_owner(t, base + (second_given ? second : first));
    struct build_owner other = build_owner(t, base + (second_given ? first : second));

    return build_error(b, build_at(&wrong, key), "%s %u of the %s '%s' is that of the %s '%s' too",
                       key, number, build_kind_name(wrong.kind), wrong.name,
                       build_kind_name(other.kind), other.name);
}

static int numbers_uids(struct build *b)
{
    _cleanup_index_ struct index index = {0};
    struct topology *t = b->topology;
    size_t first, second;
    int r = index_init(&index, t->n_pods);

    if (r < 0)
        return r;
    for (size_t i = 0; i < t->n_pods; i++) {
        uint32_t given = b->spec->pods[i].uid;

        t->pods[i].uid = given ? given : (uint32_t)(NUMBERS_FIRST_UID + i);
        index_add(&index, &t->pods[i].uid, sizeof(t->pods[i].uid), i);
    }
    index_sort(&index);
    if (index_duplicate(&index, &first, &second))
        return numbers_duplicate(b, "uid", first, second, b->spec->pods[second].uid != 0,
                                 t->pods[first].uid);
    return 0;
}

static int numbers_ids(struct build *b)
{
    _cleanup_index_ struct index index = {0};
    struct topology *t = b->topology;
    size_t first, second;
    int r = index_init(&index, t->n_services);

    if (r < 0)
        return r;
    for (size_t i = 0; i < t->n_services; i++) {
        uint32_t given = b->spec->services[i].id;

        t->services[i].id = given ? given : (uint32_t)(1 + i);
        index_add(&index, &t->services[i].id, sizeof(t->services[i].id), i);
    }
    index_sort(&index);
    if (index_duplicate(&index, &first, &second))
        return numbers_duplicate(b, "id", first, second, b->spec->services[second].id != 0,
                                 t->services[first].id);
    return 0;
}

static struct build_place numbers_port_at(const char *list, size_t index, const char *inner,
                                          size_t inner_index)
{
    return (struct build_place){list, index, "port", inner, inner_index};
}

static bool numbers_same_port(const struct spec_listener *one, const struct spec_listener *two)
{
    bool apart =
        one->family != two->family && one->family != LISTENER_DUAL && two->family != LISTENER_DUAL;

    return one->port == two->port && !apart &&
           listener_is_udp(one->mode) == listener_is_udp(two->mode);
}

/* TCP and UDP have ports of their own: DNS listens on one of both. */
static int numbers_listeners(const struct build *b, size_t pod)
{
    const struct spec_pod *p = &b->spec->pods[pod];

    for (size_t i = 0; i < p->n_listeners; i++) {
        for (size_t j = 0; j < i; j++) {
            const struct spec_listener *one = &p->listeners[j], *two = &p->listeners[i];

            if (numbers_same_port(one, two))
                return build_error(b, numbers_port_at("pods", pod, "listeners", i),
                                   "port %u of the pod '%s' has a listener already, on line %zu",
                                   two->port, p->name,
                                   build_line(b, numbers_port_at("pods", pod, "listeners", j)));
        }
    }
    return 0;
}

static int numbers_ports(const struct build *b, size_t service)
{
    const struct spec_service *s = &b->spec->services[service];

    for (size_t i = 0; i < s->n_ports; i++) {
        for (size_t j = 0; j < i; j++) {
            if (s->ports[j].port == s->ports[i].port)
                return build_error(b, numbers_port_at("services", service, "ports", i),
                                   "port %u of the service '%s' stands twice, first on line %zu",
                                   s->ports[i].port, s->name,
                                   build_line(b, numbers_port_at("services", service, "ports", j)));
        }
    }
    return 0;
}

int build_numbers(struct build *b)
{
    int r = numbers_uids(b);

    if (r < 0)
        return r;
    r = numbers_ids(b);
    if (r < 0)
        return r;
    for (size_t i = 0; i < b->topology->n_pods; i++) {
        r = numbers_listeners(b, i);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < b->topology->n_services; i++) {
        r = numbers_ports(b, i);
        if (r < 0)
            return r;
    }
    return 0;
}
