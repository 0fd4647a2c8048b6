// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "topology/build.h"

const struct topology_pod *topology_pod(const struct topology *t, const char *name)
{
    for (size_t i = 0; i < t->n_pods; i++) {
        if (strcmp(t->pods[i].name, name) == 0)
            return &t->pods[i];
    }
    return NULL;
}

const struct topology_service *topology_service(const struct topology *t, const char *name)
{
    for (size_t i = 0; i < t->n_services; i++) {
        if (strcmp(t->services[i].name, name) == 0)
            return &t->services[i];
    }
    return NULL;
}

const struct topology_node *topology_node(const struct topology *t, const char *name)
{
    for (size_t i = 0; i < t->n_nodes; i++) {
        if (strcmp(t->nodes[i].name, name) == 0)
            return &t->nodes[i];
    }
    return NULL;
}

const struct topology_frontend *topology_frontend(const struct topology *t,
                                                  const struct address *address)
{
    struct address wanted = address_unmapped(address);

    for (size_t i = 0; i < t->n_frontends; i++) {
        if (address_equal(&t->frontends[i].address, &wanted))
            return &t->frontends[i];
    }
    return NULL;
}

const struct topology_pod *topology_pod_by_address(const struct topology *t,
                                                   const struct address *address)
{
    const struct topology_frontend *found = topology_frontend(t, address);

    return found ? found->pod : NULL;
}

static int resolve_unknown(const struct topology *t, const char *name)
{
    _cleanup_free_ char *names = build_list(t, t->n_nodes, t->n_pods + t->n_services);

    return err_say(EINVAL, "no pod or service '%s'; there are: %s", name, names ? names : "(?)");
}

/* The address in the form that a client of that family uses. */
static int resolve_for_family(const char *target, const struct address *address, enum family family,
                              struct address *out)
{
    bool mapped = address_unmapped(address).af != address->af;

    if (family == FAMILY_V4 && address->af == AF_INET)
        *out = *address;
    else if (family == FAMILY_V6 && address->af == AF_INET6 && !mapped)
        *out = *address;
    else if (family == FAMILY_MAPPED && (address->af == AF_INET || mapped))
        *out = address_mapped(address);
    else
        return err_say(EINVAL, "'%s' has no address for family %s", target, family_name(family));
    return 0;
}

static int resolve_name(const struct topology *t, const char *target, const char *colon,
                        enum family family, struct address *out)
{
    _cleanup_free_ char *name = strndup(target, (size_t)(colon - target));
    const struct topology_service *service;
    const struct topology_pod *pod;

    if (!name)
        return err_r(ENOMEM, "cannot resolve '%s'", target);
    pod = topology_pod(t, name);
    service = pod ? NULL : topology_service(t, name);
    if (!pod && !service)
        return resolve_unknown(t, name);
    if (family == FAMILY_V6)
        return resolve_for_family(target, pod ? &pod->v6 : &service->v6, family, out);
    return resolve_for_family(target, pod ? &pod->v4 : &service->v4, family, out);
}

int topology_resolve(const struct topology *t, const char *target, enum family family,
                     struct address_port *out)
{
    const char *colon = strrchr(target, ':');
    struct address_port given;
    char probe[ADDRESS_TEXT_MAX];
    int r;

    if (address_port_parse(target, &given) == 0) {
        r = resolve_for_family(target, &given.address, family, &given.address);
    } else {
        /* The port is read by the one function that reads ports. */
        if (!colon || (size_t)snprintf(probe, sizeof(probe), "0.0.0.0%s", colon) >= sizeof(probe) ||
            address_port_parse(probe, &given) < 0)
            return err_say(EINVAL, "'%s' is no target, must be NAME:PORT, IPV4:PORT or [IPV6]:PORT",
                           target);
        r = resolve_name(t, target, colon, family, &given.address);
    }
    if (r < 0)
        return r;
    *out = given;
    return 0;
}
