// SPDX-License-Identifier: Apache-2.0
#include "lab/nodeinfo.h"

#include <string.h>

#include "common/cleanup.h"
#include "maps/handle.h"
#include "maps/layout.h"
#include "maps/topology.h"

/* The value: the one family that a prefix is for. */
enum nodeinfo_family { NODEINFO_V4 = 4, NODEINFO_V6 = 6 };

static int nodeinfo_add(struct map_entries *out, const struct address *address, uint32_t bits)
{
    struct km_nodeinfo_key key = {.prefix = bits};
    uint32_t family = address->af == AF_INET ? NODEINFO_V4 : NODEINFO_V6;

    memcpy(key.address, address->bytes, sizeof(key.address));
    return map_entries_add(out, &key, &family);
}

/* Unless it is of the node's network, which is there as a whole. */
static int nodeinfo_add_pod(struct map_entries *out, const struct topology_node *node,
                            const struct address *address)
{
    bool v4 = address->af == AF_INET;
    const struct address *network = v4 ? &node->pods_v4 : &node->pods_v6;
    size_t bits = v4 ? TOPOLOGY_PODS_BITS_V4 : TOPOLOGY_PODS_BITS_V6;

    if (memcmp(address->bytes, network->bytes, bits / 8) == 0)
        return 0;
    return nodeinfo_add(out, address, v4 ? 32 : 128);
}

static int nodeinfo_add_node(struct map_entries *out, const struct topology_node *node)
{
    int r = nodeinfo_add(out, &node->pods_v4, TOPOLOGY_PODS_BITS_V4);

    return r < 0 ? r : nodeinfo_add(out, &node->pods_v6, TOPOLOGY_PODS_BITS_V6);
}

/* What the node at this position has to know of the others. */
static int nodeinfo_entries(const struct topology *t, size_t position, struct map_entries *out)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < t->n_nodes; i++)
        r = i == position ? 0 : nodeinfo_add_node(out, &t->nodes[i]);
    for (size_t i = 0; r >= 0 && i < t->n_frontends; i++) {
        const struct topology_frontend *f = &t->frontends[i];
        const struct topology_node *node = f->pod ? &t->nodes[f->pod->node] : NULL;

        if (!f->pod || f->pod->node == position)
            continue;
        r = nodeinfo_add_pod(out, node, &f->address);
    }
    return r;
}

static int nodeinfo_write_node(const struct lab *lab, size_t position)
{
    const struct topology_node *node = &lab->topology->nodes[position];
    _cleanup_(map_entries_free) struct map_entries entries = {
        .key_size = sizeof(struct km_nodeinfo_key), .value_size = sizeof(uint32_t)};
    _cleanup_free_ char *dir = NULL;
    int r = nodeinfo_entries(lab->topology, position, &entries);

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
