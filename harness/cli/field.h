/* SPDX-License-Identifier: Apache-2.0 */
/* What `waypost repro` and `waypost shrink` have in common. */
#pragma once

#include "cli/cli.h"
#include "cli/programs.h"
#include "field/drive.h"

/* A bundle, its cluster, and the flows asked for. */
struct field {
    struct bundle *bundle;
    struct cluster cluster;
    struct reach *reach;
    json_t *flows; /* those of reach */
};

enum { FIELD_FLOW = 600 };
#define FIELD_FLOW_OPTION                                                                          \
    {                                                                                              \
        "flow", FIELD_FLOW, "FROM ADDRESS:PORT", 0,                                                \
            "A flow from a pod's address or name, instead of the bundle's; ADDRESS:PORT,"          \
            "ADDRESS:PORT are connects of one socket; may be repeated",                            \
            0                                                                                      \
    }

/* Reads the bundle; `flows` empty: the bundle's own. Fills source->dir with the bundle's objects
 * where no others were asked for. -EINVAL after a sentence. */
int field_open(const char *path, const json_t *flows, struct programs_source *source,
               struct field *out);
void field_release(struct field *field);
/* The address or name of a flow's client, for people. */
const char *field_from(const struct field *field, size_t flow);
