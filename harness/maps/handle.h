/* SPDX-License-Identifier: Apache-2.0 */
/* The maps that a lab's programs have, pinned below the lab's directory, and how they are opened.
 */
#pragma once

#include <linux/bpf.h>

#include "maps/layout.h"
#include "place/lab.h"

/* A map that was opened, and what its bytes mean. */
struct map_handle {
    int fd;
    struct bpf_map_info info;
    const struct map_layout *layout; /* the one that its sizes tell; NULL: none that is known */
    enum port_order order;           /* of the lab that it was opened in */
};

/* Takes one with fd -1. */
void map_handle_close(struct map_handle *handle);
/* A map of that name, however it was found; of no lab, hence in the contract's order of ports.
 * Takes ownership of the fd, also on failure. */
int map_handle_from_fd(int fd, const char *name, struct map_handle *out);
/* -ENOENT with the maps that there are, as map_open(). */
int map_handle_open(const struct lab *lab, const struct topology_node *node, const char *name,
                    struct map_handle *out);
/* The node's pinned map. The caller owns the fd. -ENOENT with the maps that there are. */
int map_open(const struct lab *lab, const struct topology_node *node, const char *name,
             int *out_fd);
/* The fields of a key and of a value; NULL where the layout is not known. */
const struct map_field *map_handle_key_fields(const struct map_handle *handle);
const struct map_field *map_handle_value_fields(const struct map_handle *handle);
/* BPFFS/waypost/LAB/NODE/maps; the caller frees it. */
int maps_dir(const struct lab *lab, const struct topology_node *node, char **out);
