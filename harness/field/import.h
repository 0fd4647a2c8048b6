/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration dump → a topology. The dump is what Kmesh's status server prints for its
 * dual-engine mode:
 *
 *   {"workloads": [{"name", "namespace", "addresses", "node", "services": ["NS/HOST"…], "waypoint":
 *                   "NETWORK/IP" or "NS/HOST", "status", "network", "clusterId", "locality"}…],
 *    "services": [{"name", "namespace", "hostname", "vips": ["NETWORK/IP"…], "ports":
 *                  [{"service_port", "target_port"?}…], "waypoint": {"destination"}?,
 *                  "loadBalancer": {"mode", "routingPreferences"}?}…]}
 *
 * Names become names of a lab, addresses stay. What a topology has no room for is left out, and
 * said.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "topology/topology.h"

struct import_options {
    uint16_t waypoint_port; /* the dump does not say it; 15008 */
    const char *node; /* whose view it is: localities are next to this node's; NULL: no view */
    enum topology_encryption encryption; /* the dump does not say it */
};

/* Reads the file, lets a confined child (confine/confine.h) make the topology, and writes that.
 * -EINVAL with a sentence for what is no such dump. */
int import_run(const char *path, const struct import_options *options, FILE *out);
/* The same in this process, of bytes; `path` is for messages. */
int import_bytes(const char *path, const uint8_t *bytes, size_t size,
                 const struct import_options *options, FILE *out);
