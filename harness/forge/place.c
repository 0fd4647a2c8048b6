// SPDX-License-Identifier: Apache-2.0
#include "forge/place.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "net/plan.h"

int forge_place_find(const struct lab *lab, const char *name, enum family family,
                     struct forge_place *out)
{
    struct forge_place place = {.lab = lab, .node = topology_node(lab->topology, name)};
    int r = place.node ? 0 : lab_pod(lab, name, &place.pod);

    if (r < 0)
        return r;
    if (place.pod)
        place.node = &lab->topology->nodes[place.pod->node];
    if (place.pod && place.pod->host)
        return err_say(EINVAL,
                       "'%s' is a host pod and has no interface of its own; name a pod or '%s'",
                       name, place.node->name);
    place.af = family == FAMILY_V6 ? AF_INET6 : AF_INET;
    *out = place;
    return 0;
}

static int place_of_family(const struct address *v4, const struct address *v6, int af,
                           struct address *out)
{
    const struct address *address = af == AF_INET6 ? v6 : v4;

    if (address->af == AF_UNSPEC)
        return -ENOENT;
    *out = *address;
    return 0;
}

static int place_host(const void *data, const char *name, int af, struct address *out)
{
    const struct forge_place *place = data;
    const struct topology *t = place->lab->topology;
    const struct topology_pod *pod = topology_pod(t, name);
    const struct topology_service *service = topology_service(t, name);
    const struct topology_node *node = topology_node(t, name);

    if (af == AF_UNSPEC)
        af = place->af;
    if (pod)
        return place_of_family(&pod->v4, &pod->v6, af, out);
    if (service)
        return place_of_family(&service->v4, &service->v6, af, out);
    return node ? place_of_family(&node->v4, &node->v6, af, out) : -ENOENT;
}

size_t forge_pod_index(const struct forge_place *place)
{
    return (size_t)(place->pod - place->lab->topology->pods);
}

static const char *place_name(const struct forge_place *place)
{
    return place->pod ? place->pod->name : place->node->name;
}

static struct net_mac place_mac(const struct forge_place *place)
{
    struct net_pair pair;

    if (!place->pod)
        return net_gateway_mac;
    net_plan_pod(&pair, forge_pod_index(place), -1);
    return pair.far.mac;
}

struct packet_scene forge_arrives(const struct forge_place *place)
{
    struct packet_scene scene = {.to = place_name(place), .host = place_host, .data = place};
    struct net_mac own = place_mac(place);

    memcpy(scene.source_mac, net_gateway_mac.bytes, sizeof(scene.source_mac));
    memcpy(scene.destination_mac, own.bytes, sizeof(scene.destination_mac));
    return scene;
}

struct packet_scene forge_leaves(const struct forge_place *place)
{
    struct packet_scene scene = {.from = place_name(place), .host = place_host, .data = place};
    struct net_mac own = place_mac(place);

    memcpy(scene.source_mac, own.bytes, sizeof(scene.source_mac));
    memcpy(scene.destination_mac, net_gateway_mac.bytes, sizeof(scene.destination_mac));
    return scene;
}
