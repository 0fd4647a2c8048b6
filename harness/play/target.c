// SPDX-License-Identifier: Apache-2.0
#include "play/target.h"

#include <errno.h>

#include "agent/tlv.h"
#include "common/log.h"

/* The pod at out->listen. */
static int target_at_pod(const struct lab *lab, struct play_target *out)
{
    out->at = topology_pod_by_address(lab->topology, &out->listen.address);
    return out->at ? 0 : err_say(EINVAL, "no pod of the lab is where '%s' leads", out->name);
}

static int target_at_waypoint(const struct lab *lab, const struct topology_waypoint *waypoint,
                              struct play_target *out)
{
    out->waypoint = true;
    out->listen.address = out->listen.address.af == AF_INET ? waypoint->v4 : waypoint->v6;
    out->listen.port = waypoint->port;
    return target_at_pod(lab, out);
}

static int target_port(const struct topology_service *service, struct play_target *out)
{
    for (size_t i = 0; i < service->n_ports; i++) {
        if (service->ports[i].port == out->listen.port) {
            out->listen.port = service->ports[i].target;
            return 0;
        }
    }
    return err_say(EINVAL, "service '%s' has no port %u", service->name, out->listen.port);
}

static int target_of_pod(const struct lab *lab, const struct topology_pod *pod,
                         struct play_target *out)
{
    out->at = pod;
    return pod->waypoint.port ? target_at_waypoint(lab, &pod->waypoint, out) : 0;
}

static int target_of_service(const struct lab *lab, const struct topology_service *service,
                             struct play_target *out)
{
    const struct topology_pod *pod;
    int r;

    if (service->waypoint.port)
        return target_at_waypoint(lab, &service->waypoint, out);
    if (service->n_endpoints != 1)
        return err_say(EINVAL, "service '%s' has %zu endpoints: a script needs one that has one",
                       service->name, service->n_endpoints);
    r = target_port(service, out);
    if (r < 0)
        return r;
    pod = &lab->topology->pods[service->endpoints[0].pod];
    out->listen.address = out->listen.address.af == AF_INET ? pod->v4 : pod->v6;
    return target_of_pod(lab, pod, out);
}

int play_target_find(const struct lab *lab, const char *name, enum family family,
                     struct play_target *out)
{
    const struct topology_frontend *frontend;
    int r;

    *out = (struct play_target){.name = name};
    r = topology_resolve(lab->topology, name, family, &out->asked);
    if (r < 0)
        return r;
    out->listen = out->asked;
    out->listen.address = address_unmapped(&out->asked.address);
    frontend = topology_frontend(lab->topology, &out->listen.address);
    if (frontend && frontend->service)
        return target_of_service(lab, frontend->service, out);
    r = target_at_pod(lab, out);
    return r < 0 ? r : target_of_pod(lab, out->at, out);
}

size_t play_target_tlv(const struct play_target *target)
{
    if (!target->waypoint)
        return 0;
    return target->asked.address.af == AF_INET ? TLV_SIZE_V4 : TLV_SIZE_V6;
}
