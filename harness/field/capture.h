/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capturing: a node's datapath → a bundle. Nothing on the node changes: pins are opened read-only,
 * programs and namespaces are only looked at, and what the capture opened it closes.
 *
 * Contents are taken of the maps that the contract names and of small arrays; of the others, the
 * million-entry scratch maps among them, only the description. Memory is that of the largest map,
 * never that of all of them.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "bundle/bundle.h"

/* Where Kmesh pins the maps of its dual-engine mode. */
#define CAPTURE_PINS "/sys/fs/bpf/bpf_kmesh_workload/map"

struct capture_plan {
    const char *pins;     /* a directory of pinned maps */
    const char *bpftool;  /* instead: a directory of NAME.json, saved from `bpftool map dump -j` */
    const char *objects;  /* a directory whose *.o go into the bundle; NULL: none */
    const char *topology; /* a file that goes into the bundle; NULL: none */
    const json_t *flows;  /* for flows.json; NULL: none */
    const json_t *pods;   /* {"IP": "name"}: names for addresses; NULL: none */
    const char *netns;    /* look only into namespaces whose name begins so; NULL: into all */
    bool redact;
};

/* Writes the bundle. -ENOENT with a sentence when there are no maps. */
int capture_run(const struct capture_plan *capture, const char *out);
