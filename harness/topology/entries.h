/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The services, endpoints and backends of a topology as entries of the contract's maps, in logical
 * form: lab/maps turns them into bytes.
 *
 * A map entry has room for one address of a backend and one of a waypoint. A lab is therefore
 * written for one family, V4 or V6 (a v4-mapped run uses a V4 lab): backends and waypoints get
 * their address of that family, `none` where they have none. Frontends are written for every
 * address of every service and pod, whatever the family.
 */
#pragma once

#include "topology/topology.h"

/*
 * Callbacks that are called once per entry; a negative return ends the walk and is returned. One
 * that is NULL is passed over. The order is the one in which a running datapath can be written to:
 * backends, each service behind its endpoints, frontends last, so that no entry names another that
 * is not there yet. A waypoint that has no address of the family is none: AF_UNSPEC and port 0.
 */
struct entries_visitor {
    int (*frontend)(void *data, const struct address *address, uint32_t upstream);
    int (*service)(void *data, uint32_t id, const struct topology_service *service,
                   const uint32_t counts[TOPOLOGY_PRIORITIES], const struct address_port *waypoint);
    /* `index` counts from 1 within the priority, in the file's order. */
    int (*endpoint)(void *data, uint32_t service, uint32_t priority, uint32_t index, uint32_t uid);
    int (*backend)(void *data, uint32_t uid, const struct address *address,
                   const uint32_t *services, size_t n_services,
                   const struct address_port *waypoint);
};

/* Walks the entries of `t` as written for `family` (FAMILY_MAPPED is as FAMILY_V4). The endpoints
 * of a topology on several nodes are the same on every node. */
int entries_visit(const struct topology *t, enum family family,
                  const struct entries_visitor *visitor, void *data);
