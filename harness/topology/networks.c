// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "topology/topology.h"

static const char *const networks_encryptions[] = {
    [ENCRYPTION_NONE] = "none", [ENCRYPTION_MARKS] = "marks", [ENCRYPTION_ESP] = "esp"};

const char *topology_encryption_name(enum topology_encryption encryption)
{
    return networks_encryptions[encryption];
}

int topology_encryption_from_name(const char *name, enum topology_encryption *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(networks_encryptions); i++) {
        if (strcmp(networks_encryptions[i], name) != 0)
            continue;
        *out = (enum topology_encryption)i;
        return 0;
    }
    return -EINVAL;
}

/* Unless it is of the node's network, which is there as a whole. */
static int networks_add(const struct topology *t, const struct topology_frontend *f,
                        topology_network_fn fn, void *data)
{
    const struct topology_node *node = &t->nodes[f->pod->node];
    bool v4 = f->address.af == AF_INET;
    const struct address *network = v4 ? &node->pods_v4 : &node->pods_v6;
    size_t bits = v4 ? TOPOLOGY_PODS_BITS_V4 : TOPOLOGY_PODS_BITS_V6;

    if (memcmp(f->address.bytes, network->bytes, bits / 8) == 0)
        return 0;
    return fn(data, f->pod->node, &f->address, v4 ? 32 : 128);
}

int topology_networks(const struct topology *t, topology_network_fn fn, void *data)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < t->n_nodes; i++) {
        r = fn(data, i, &t->nodes[i].pods_v4, TOPOLOGY_PODS_BITS_V4);
        if (r >= 0)
            r = fn(data, i, &t->nodes[i].pods_v6, TOPOLOGY_PODS_BITS_V6);
    }
    for (size_t i = 0; r >= 0 && i < t->n_frontends; i++)
        r = t->frontends[i].pod ? networks_add(t, &t->frontends[i], fn, data) : 0;
    return r < 0 ? r : 0;
}
