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

/* Parts of it. */

/* The pinned map as an entry of a bundle; with contents where capture.h says so. *is_map is false
 * for a pin that is no map. */
int capture_map_open(const char *dir, const char *name, struct bundle_map *out, bool *is_map);
/* The same from a file that bpftool wrote. */
int capture_map_parse(const char *path, const char *name, struct bundle_map *out);
/* Programs that use one of these maps (`node` is capture_node()'s), where they are attached, and
 * their global variables:
 * [{"id", "name", "type", "tag", "attached": [{"type", "cgroup", "map" or "interface"…}…], "maps":
 * [id…]}…] and {name: number, address, null for none, or list}. */
int capture_programs(const uint32_t *map_ids, size_t n, const json_t *node, json_t **programs,
                     json_t **settings);
/* The global variables of one loaded program, added to `settings`. */
int capture_settings(const uint32_t *map_ids, size_t n, json_t *settings);
/* {"kernel", "machine", "cgroup", "namespaces": [{"inode", "cookie", "addresses", "xdp",
 * "name"?}…]}
 */
/* `netns` as in the plan. */
int capture_node(const char *netns, json_t **out);
/* Adds {"interface", "program": id} for each XDP program in the calling thread's namespace. */
int capture_xdp(json_t *out);
/* Where cgroup2 is mounted; the caller frees it, NULL: nowhere. */
char *capture_cgroup_root(void);
