/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be repeated: a bundle, its cluster, the flows that were asked for, and what of the
 * cluster they can reach.
 */
#pragma once

#include "field/drive.h"

struct reproduction {
    struct bundle *bundle;
    struct cluster cluster;
    struct field_settings settings;
    struct reachable *reachable;
    json_t *flows; /* those of reachable, as in flows.json */
};

/*
 * Reads the bundle. Without flows its own are taken. -EINVAL and the like after a sentence. The
 * caller releases *out, which is all zero before, also after an error.
 */
int reproduction_open(const char *path, const json_t *flows, struct reproduction *out);
void reproduction_release(struct reproduction *what);
/* bundle_lab_up() of it. */
int reproduction_up(const struct reproduction *what, const char *lab_name,
                    const struct programs_source *source, struct bundle_lab **out);
/* The address or name of a flow's client, for people. */
const char *reproduction_client(const struct reproduction *what, size_t flow);
