/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small cluster and a flow as what a person commits: a topology and a bats test. A topology says
 * less than maps can hold (every pod is a backend and a frontend, no table has holes); the rest are
 * lines of the test.
 */
#pragma once

#include <stdio.h>

#include "field/drive.h"

struct emit {
    const struct cluster *cluster;
    const struct field_settings *settings;
    const struct reachable *reachable; /* of this cluster and the one flow */
    const struct driven *driven;       /* how it went */
    enum topology_encryption encryption;
    const char *name; /* of the topology, as in `lab_up NAME` */
};

/* Writes the topology. What cannot be said in one is left out. */
void emit_topology(FILE *f, const struct emit *emit);
/* What the maps of that topology, read from `path`, hold. The caller frees *out. */
int emit_cluster(const char *path, enum family family, struct cluster *out);
/* The topology's entries and those of `wanted` that it does not have; its own stay as they are. */
int emit_join(const struct cluster *topology, const struct cluster *wanted, struct cluster *out);
/* Writes the test. With `from` and `to`, the lines that make the first of the second stand in its
 * setup(). */
void emit_test(FILE *f, const struct emit *emit, const struct cluster *from,
               const struct cluster *to);
