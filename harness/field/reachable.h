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

#define REACHABLE_PODS_MAX     400
#define REACHABLE_PORTS_MAX    TOPOLOGY_LISTENERS_MAX
#define REACHABLE_SERVICES_MAX 64
#define REACHABLE_CONNECTS_MAX 8
#define REACHABLE_FLOWS_MAX    64

struct reachable_pod {
    char name[TOPOLOGY_NAME_MAX + 1];
    struct address v4, v6;
    uint16_t ports[REACHABLE_PORTS_MAX];
    size_t n_ports;
    bool is_client;
    /* Of a client: what the bundle's km_manage has of it. */
    bool cookie, in_v4, in_v6;
};

struct reachable_service {
    char name[TOPOLOGY_NAME_MAX + 1];
    uint32_t id;
    struct address v4, v6;
};

/* One socket's connects, one after the other. */
struct reachable_flow {
    size_t client; /* index of a pod */
    enum family family;
    struct address_port to[REACHABLE_CONNECTS_MAX]; /* as the socket sees them */
    size_t n_to;
};

struct reachable {
    struct reachable_pod pods[REACHABLE_PODS_MAX];
    size_t n_pods;
    struct reachable_service services[REACHABLE_SERVICES_MAX];
    size_t n_services;
    struct reachable_flow flows[REACHABLE_FLOWS_MAX];
    size_t n_flows;
    bool cut; /* there were more than REACHABLE_PODS_MAX */
};

/* The pod that has the address; NULL when none has. */
const struct reachable_pod *reachable_pod(const struct reachable *reachable,
                                          const struct address *address);
const struct reachable_service *reachable_service(const struct reachable *reachable,
                                                  const struct address *address);
/* What counts for a client's connect: its namespace, and its address of that family. */
struct predict_client reachable_managed(const struct reachable_pod *pod, enum family family);
/* Whether a lab's service may have the address, which may be a reserved one. */
bool address_fits_service(const struct address *address);
/* Whether a lab's pod may have the address (topologies: docs/topologies.md). */
bool address_fits_lab(const struct address *address);
