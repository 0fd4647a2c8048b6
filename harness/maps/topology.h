/* SPDX-License-Identifier: Apache-2.0 */
/* A topology as the bytes of the contract's maps. No kernel. */
#pragma once

#include "maps/raw.h"

struct topology_entries {
    struct map_entries frontend, service, endpoint, backend; /* not sorted */
};

/* Written for that family (topology/entries.h). The caller frees what is in *out. */
int topology_entries_read(const struct topology *topology, enum family family,
                          struct topology_entries *out);
void topology_entries_free(struct topology_entries *all);
