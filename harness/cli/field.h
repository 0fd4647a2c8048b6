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
    struct field_settings settings;
    struct reachable *reachable;
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

void field_release(struct field *field);
/*
 * The command line and the bundle that it names: CODE_DONE, or the exit code after a sentence.
 * `options` is the command's own; `source` and `flows` are members of it. Without flows those of
 * the bundle are taken, without a directory of objects the bundle's.
 */
int field_parse(const struct cli_command *command, int argc, char **argv, void *options,
                struct programs_source *source, const json_t *flows, struct field *out);
/* The address or name of a flow's client, for people. */
const char *field_from(const struct field *field, size_t flow);
