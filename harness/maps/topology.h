/* SPDX-License-Identifier: Apache-2.0 */
/* A topology as the bytes of the contract's maps. */
#pragma once

#include "maps/entries.h"
#include "place/lab.h"

struct topology_entries {
    struct map_entries frontend, service, endpoint, backend; /* not sorted */
};

/* No kernel. Written for that family (topology/entries.h). The caller frees what is in *out. */
int topology_entries_read(const struct topology *topology, enum family family,
                          struct topology_entries *out);
void topology_entries_free(struct topology_entries *all);

/* Writes entries of the contract's own layout into a node's map below `dir` (maps_dir()), as far as
 * maps_write_topology() says. */
int topology_write_map(const struct lab *lab, const struct topology_node *node, const char *dir,
                       const char *name, const struct map_entries *entries);

/* Writes the topology's services, endpoints, backends and frontends into every node's maps. A map
 * that the programs do not have is left out; so are, with a warning, the entries that an older
 * layout has no room for. One of unknown layout is an error. */
int maps_write_topology(const struct lab *lab);
