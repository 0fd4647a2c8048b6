// SPDX-License-Identifier: Apache-2.0
/* The topology's policies, written once at `up`. */
#include "maps/field.h"
#include "maps/policies.h"

#include <errno.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "maps/handle.h"
#include "maps/topology.h"
#include "place/bpffs.h"

#define POLICIES_MAPS (KM_CELLS + 2)

/* In the order in which they are written. */
struct policies_map {
    const char *name;
    const struct map_entries *entries;
};

static int policies_workloads(const struct topology *t, struct map_entries *out)
{
    for (size_t i = 0; i < t->n_pods; i++) {
        const struct topology_pod *pod = &t->pods[i];
        struct km_wlpolicy_value value = {0};
        int r;

        for (size_t j = 0; j < pod->n_policies; j++)
            value.policies[j] = t->policies.list[pod->policies[j]].id;
        r = pod->n_policies ? map_entries_add(out, &pod->uid, &value) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

/* The first map that has entries and is not there; NULL: none. */
static const char *policies_missing(const char *dir, const struct policies_map *maps)
{
    for (size_t i = 0; i < POLICIES_MAPS; i++) {
        _cleanup_free_ char *path = NULL;

        if (maps[i].entries->n && bpffs_path(dir, maps[i].name, &path) == 0 &&
            access(path, F_OK) < 0)
            return maps[i].name;
    }
    return NULL;
}

static int policies_write_node(const struct lab *lab, const struct topology_node *node,
                               const struct policies_map *maps)
{
    _cleanup_free_ char *dir = NULL;
    const char *missing;
    int r = maps_dir(lab, node, &dir);

    if (r < 0)
        return r;
    missing = policies_missing(dir, maps);
    if (missing) {
        log_warning("the programs of '%s' have no map '%s': the topology's policies are left out",
                    node->name, missing);
        return 0;
    }
    for (size_t i = 0; i < POLICIES_MAPS; i++) {
        r = maps[i].entries->n ? topology_write_map(lab, node, dir, maps[i].name, maps[i].entries)
                               : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

int maps_write_policies(const struct lab *lab)
{
    const struct topology *t = lab->topology;
    _cleanup_(policy_cells_free) struct policy_cells cells;
    _cleanup_(map_entries_free) struct map_entries workloads = {
        .key_size = 4, .value_size = sizeof(struct km_wlpolicy_value)};
    struct policies_map maps[POLICIES_MAPS] = {[KM_CELLS] = {"km_authz_policy", &cells.policies},
                                               [KM_CELLS + 1] = {"km_wlpolicy", &workloads}};
    int r;

    policy_cells_init(&cells);
    if (t->policies.n == 0)
        return 0;
    for (enum km_cells type = 0; type < KM_CELLS; type++)
        maps[type] = (struct policies_map){map_cells_name(type), &cells.cells[type]};
    r = policy_cells_add_all(&cells, &t->policies);
    if (r < 0)
        return r;
    r = policies_workloads(t, &workloads);
    for (size_t i = 0; r >= 0 && i < t->n_nodes; i++)
        r = policies_write_node(lab, &t->nodes[i], maps);
    return r;
}
