// SPDX-License-Identifier: Apache-2.0
#include "lab/nodeinfo.h"

#include <string.h>

#include "common/cleanup.h"
#include "maps/handle.h"
#include "maps/layout.h"
#include "maps/topology.h"

/* The value: the one family that a prefix is for. */
enum nodeinfo_family { NODEINFO_V4 = 4, NODEINFO_V6 = 6 };

struct nodeinfo {
    size_t node; /* whose map it is */
    struct map_entries *entries;
};

/* What the node has to know of the others. */
static int nodeinfo_add(void *data, size_t node, const struct address *address, uint32_t bits)
{
    const struct nodeinfo *info = data;
    struct km_nodeinfo_key key = {.prefix = bits};
    uint32_t family = address->af == AF_INET ? NODEINFO_V4 : NODEINFO_V6;

    if (node == info->node)
        return 0;
    memcpy(key.address, address->bytes, sizeof(key.address));
    return map_entries_add(info->entries, &key, &family);
}

static int nodeinfo_write_node(const struct lab *lab, size_t position)
{
    const struct topology_node *node = &lab->topology->nodes[position];
    _cleanup_(map_entries_free) struct map_entries entries = {
        .key_size = sizeof(struct km_nodeinfo_key), .value_size = sizeof(uint32_t)};
    struct nodeinfo info = {.node = position, .entries = &entries};
    _cleanup_free_ char *dir = NULL;
    int r = topology_networks(lab->topology, nodeinfo_add, &info);

    if (r < 0)
        return r;
    r = maps_dir(lab, node, &dir);
    return r < 0 ? r : topology_write_map(lab, node, dir, "km_nodeinfo", &entries);
}

int nodeinfo_write(const struct lab *lab)
{
    size_t n = lab->topology->encryption == ENCRYPTION_NONE ? 0 : lab->topology->n_nodes;

    for (size_t i = 0; i < n; i++) {
        int r = nodeinfo_write_node(lab, i);

        if (r < 0)
            return r;
    }
    return 0;
}
