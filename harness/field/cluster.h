/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four maps that say where a connection goes, in the contract's own layout, whatever layout the
 * bundle's objects have: looked things up in, and changed as a whole. No kernel.
 */
#pragma once

#include "bundle/bundle.h"
#include "common/address.h"
#include "maps/entries.h"
#include "maps/layout.h"

enum cluster_map {
    CLUSTER_FRONTEND,
    CLUSTER_SERVICE,
    CLUSTER_ENDPOINT,
    CLUSTER_BACKEND,
    CLUSTER_MAPS,
};

struct cluster {
    struct map_entries maps[CLUSTER_MAPS]; /* sorted */
};

/* "km_frontend", … */
const char *cluster_map_name(enum cluster_map map);
/* Four empty ones. */
void cluster_init(struct cluster *cluster);
/* A map that the bundle does not have is empty; one of unknown layout is an error. */
int cluster_from_bundle(const struct bundle *bundle, struct cluster *out);
void cluster_free(struct cluster *cluster);
size_t cluster_entries(const struct cluster *cluster);

/* NULL or false when there is none. */
bool cluster_frontend(const struct cluster *cluster, const struct address *address, uint32_t *id);
bool cluster_service(const struct cluster *cluster, uint32_t id, struct km_service_value *out);
bool cluster_endpoint(const struct cluster *cluster, uint32_t service, uint32_t priority,
                      uint32_t index, uint32_t *uid);
bool cluster_backend(const struct cluster *cluster, uint32_t uid, struct km_backend_value *out);
