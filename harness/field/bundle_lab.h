/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lab for a bundle: pods where the flows can come, the programs, and the maps' raw bytes as they
 * were. Its maps can be changed as a whole, at the price of the difference.
 */
#pragma once

#include "field/cluster.h"
#include "field/reachable.h"
#include "field/settings.h"
#include "maps/handle.h"
#include "place/lab.h"
#include "lab/programs.h"

struct bundle_lab {
    struct lab *lab;
    const struct reachable *reachable;
    const struct bundle *bundle;
    struct map_handle handles[CLUSTER_MAPS];  /* fd -1: the programs do not have the map */
    struct map_entries written[CLUSTER_MAPS]; /* in the layout that the programs have */
    /* Flows that were driven, this one too: their sockets' names have it, since a socket of an
     * earlier flow that went wrong half-way is not this one's. */
    unsigned int drives;
};

/* Whether the bundle's node marks packets for encryption: it has a km_nodeinfo. */
enum topology_encryption bundle_lab_encryption(const struct bundle *bundle);
/* Builds it; on failure nothing is left. -EINVAL and the like after a sentence. */
int bundle_lab_up(const char *name, const struct bundle *bundle, const struct cluster *cluster,
                  const struct reachable *reachable, const struct field_settings *settings,
                  const struct programs_source *source, struct bundle_lab **out);
/* Makes the maps hold this. */
int bundle_lab_write(struct bundle_lab *lab, const struct cluster *cluster);
/* Takes the lab down. Takes NULL; clears *lab. */
void bundle_lab_down(struct bundle_lab **lab);
