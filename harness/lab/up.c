// SPDX-License-Identifier: Apache-2.0
#include "lab/up.h"

#include <errno.h>

#include "common/cleanup.h"
#include "cgroup/cgroup.h"
#include "lab/nodeinfo.h"
#include "maps/policies.h"
#include "maps/topology.h"
#include "net/net.h"
#include "net/xfrm.h"
#include "lab/marks_witness.h"
#include "lab/other.h"
#include "lab/witness.h"
#include "place/open.h"

struct up_step {
    const char *name;
    bool bpf;
    int (*run)(const struct lab *lab, const struct lab_plan *plan);
};

static int up_network(const struct lab *lab, const struct lab_plan *plan)
{
    int r = net_xfrm_check(lab);

    if (r < 0)
        return r;
    r = net_up(lab, plan->stop);
    return r < 0 ? r : net_xfrm_up(lab);
}

static int up_cgroups(const struct lab *lab, const struct lab_plan *plan)
{
    return cgroup_up(lab, plan->stop);
}

static int up_programs(const struct lab *lab, const struct lab_plan *plan)
{
    return programs_up(lab, &plan->source);
}

static int up_witnesses(const struct lab *lab, const struct lab_plan *plan)
{
    int r = witness_up(lab);

    (void)plan;
    return r < 0 ? r : marks_witness_up(lab);
}

static int up_maps(const struct lab *lab, const struct lab_plan *plan)
{
    int r;

    (void)plan;
    r = maps_write_topology(lab);
    if (r < 0)
        return r;
    r = maps_write_policies(lab);
    return r < 0 ? r : nodeinfo_write(lab);
}

static int up_settings(const struct lab *lab, const struct lab_plan *plan)
{
    return settings_apply(lab, plan->settings, plan->n_settings, plan->source.partial);
}

static const struct up_step up_steps[] = {
    {"network", false, up_network},  {"cgroups", false, up_cgroups},
    {"programs", true, up_programs}, {"witnesses", true, up_witnesses},
    {"maps", true, up_maps},         {"settings", true, up_settings},
};

int lab_up(const struct lab *lab, const struct lab_plan *plan)
{
    for (size_t i = 0; i < ARRAY_SIZE(up_steps); i++) {
        const struct up_step *step = &up_steps[i];
        int r;

        if (step->bpf && !plan->programs)
            continue;
        r = plan->phase ? plan->phase(plan->data, step->name) : 0;
        if (r < 0)
            return r;
        r = step->run(lab, plan);
        if (r < 0)
            return r;
    }
    return 0;
}

struct lab_removal {
    const struct lab *lab;
    const struct stop *stop;
    int network; /* what down_network() returned */
    struct net_gone *gone;
};

static int down_cgroups(struct lab_removal *removal)
{
    return cgroup_down(removal->lab, removal->stop);
}

static int down_network(struct lab_removal *removal)
{
    removal->network = net_down_begin(removal->lab, removal->stop, &removal->gone);
    return removal->network;
}

static int down_witnesses(struct lab_removal *removal)
{
    int r = other_detach(removal->lab), w = witness_down(removal->lab);

    return r < 0 ? r : w;
}

static int down_programs(struct lab_removal *removal)
{
    return programs_down(removal->lab);
}

static int down_wait(struct lab_removal *removal)
{
    if (removal->network < 0)
        return removal->network;
    return net_down_end(removal->lab, removal->stop, removal->gone);
}

static void lab_removal_clear(struct lab_removal *removal)
{
    net_gone_free(&removal->gone);
}

int lab_down(struct lab *lab, const struct stop *stop)
{
    /* Processes first: they hold sockets, and with them namespaces and map entries. The kernel's
     * work on the namespaces takes longest, and the rest is done beside it. */
    static int (*const parts[])(struct lab_removal *) = {down_cgroups, down_network, down_witnesses,
                                                         down_programs, down_wait};
    _cleanup_(lab_removal_clear) struct lab_removal removal = {.lab = lab, .stop = stop};
    int first = lab_unready(lab);

    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        int asked = stop_asked(stop), r;

        if (asked < 0)
            return asked;
        r = parts[i](&removal);
        if (r < 0 && first == 0)
            first = r;
    }
    return first < 0 ? first : lab_forget(lab);
}
