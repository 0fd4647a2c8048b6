/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a cluster has to be there for some flows: a pod for the client and for every backend and
 * waypoint that a right or wrong program could send them to (all of a service's endpoints, at every
 * target port that it has), and a route for the services' addresses. Everything else is map
 * entries.
 */
#pragma once

#include "field/cluster.h"
#include "field/predict.h"
#include "topology/topology.h"

#define REACH_PODS_MAX     400
#define REACH_PORTS_MAX    TOPOLOGY_LISTENERS_MAX
#define REACH_SERVICES_MAX 64
#define REACH_CONNECTS_MAX 8
#define REACH_FLOWS_MAX    64

struct reach_pod {
    char name[TOPOLOGY_NAME_MAX + 1];
    struct address v4, v6;
    uint16_t ports[REACH_PORTS_MAX];
    size_t n_ports;
    bool is_client;
    /* Of a client: what the bundle's km_manage has of it. */
    bool cookie, in_v4, in_v6;
};

struct reach_service {
    char name[TOPOLOGY_NAME_MAX + 1];
    uint32_t id;
    struct address v4, v6;
};

/* One socket's connects, one after the other. */
struct reach_flow {
    size_t client; /* index of a pod */
    enum family family;
    struct address_port to[REACH_CONNECTS_MAX]; /* as the socket sees them */
    size_t n_to;
};

struct reach {
    struct reach_pod pods[REACH_PODS_MAX];
    size_t n_pods;
    struct reach_service services[REACH_SERVICES_MAX];
    size_t n_services;
    struct reach_flow flows[REACH_FLOWS_MAX];
    size_t n_flows;
    bool cut; /* there were more than REACH_PODS_MAX */
};

/*
 * `flows` as in flows.json. -EINVAL with a sentence for a flow that cannot be read or a client that
 * nobody knows. The caller frees *out with free().
 */
int reach_new(const struct bundle *bundle, const struct cluster *cluster, const json_t *flows,
              struct reach **out);
/* The pod that has the address; NULL when none has. */
const struct reach_pod *reach_pod(const struct reach *reach, const struct address *address);
const struct reach_service *reach_service(const struct reach *reach, const struct address *address);
/* What counts for a client's connect: its namespace, and its address of that family. */
struct predict_client reach_managed(const struct reach_pod *pod, enum family family);
/* Whether a lab's pod may have the address (topologies: docs/topologies.md). */
bool reach_fits(const struct address *address);
