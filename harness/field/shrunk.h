/* SPDX-License-Identifier: Apache-2.0 */
/* What a flow was shrunk to, as files that a person commits: PREFIX.yaml, a topology, and
 * PREFIX.bats, a test. */
#pragma once

#include "field/reproduction.h"

struct shrunk {
    const struct reproduction *from;
    size_t flow; /* which of its flows */
    const struct cluster *cluster;
    const struct driven *driven; /* how the flow went in it; it parted from the contract */
};

/*
 * Writes both files, and tries in a lab of the topology's pods whether they show it: the topology
 * alone where that does, else with the entries that it does not have, else the maps exactly as they
 * are. *out has what the flow reaches in the cluster; the caller frees it with free().
 */
int shrunk_write(const struct shrunk *shrunk, const char *prefix, const char *lab_name,
                 const struct programs_source *source, struct reachable **out);
