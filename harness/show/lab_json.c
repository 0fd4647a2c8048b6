// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>

#include "agent/ask.h"
#include "lab/managed.h"
#include "show/lab.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "lab/settings.h"
#include "maps/handle.h"
#include "place/bpffs.h"
#include "lab/xdp.h"

static const char *const show_modes[] = {
    [LISTENER_SINK] = "sink",   [LISTENER_BANNER] = "banner", [LISTENER_ECHO] = "echo",
    [LISTENER_RESET] = "reset", [LISTENER_UDP] = "udp",       [LISTENER_FASTOPEN] = "fastopen",
    [LISTENER_SWAP] = "swap",
};

/* -- Programs ---------------------------------------------------------------------------------- */

/* The pins of a directory that are programs. */
static json_t *show_programs(const char *dir)
{
    _cleanup_strings_ struct strings names = {0};
    json_t *programs = json_array();

    if (bpffs_names(dir, &names) < 0)
        return programs;
    for (size_t i = 0; i < names.n; i++) {
        struct bpf_prog_info info = {0};
        uint32_t length = sizeof(info);
        _cleanup_close_ int fd = -1;

        if (bpffs_open(dir, names.items[i], &fd) == 0 &&
            bpf_obj_get_info_by_fd(fd, &info, &length) == 0)
            json_array_append_new(programs, json_pack("{s:s, s:I}", "name", names.items[i], "id",
                                                      (json_int_t)info.id));
    }
    return programs;
}

static json_t *show_pinned(const struct lab *lab, const char *part, const char *kind)
{
    _cleanup_free_ char *dir = NULL;

    if (text_format(&dir, "%s/%s/%s", lab->bpf_dir, part, kind) < 0)
        return NULL;
    return show_programs(dir);
}

static json_t *show_maps(const struct lab *lab, const struct topology_node *node)
{
    _cleanup_strings_ struct strings names = {0};
    _cleanup_free_ char *dir = NULL;
    json_t *maps = json_array();

    if (maps_dir(lab, node, &dir) < 0 || bpffs_names(dir, &names) < 0)
        return maps;
    for (size_t i = 0; i < names.n; i++)
        json_array_append_new(maps, json_string(names.items[i]));
    return maps;
}

static json_t *show_node(const struct lab *lab, const struct topology_node *node, bool has_programs)
{
    json_t *settings = NULL;
    bool in_map = false;

    if (!has_programs || settings_list(lab, node, &settings, &in_map) < 0)
        settings = json_array();
    return json_pack("{s:s, s:o, s:o, s:o, s:b}", "name", node->name, "programs",
                     show_pinned(lab, node->name, "programs"), "maps", show_maps(lab, node),
                     "settings", settings, "settings_in_map", in_map);
}

static json_t *show_nodes(const struct lab *lab, bool has_programs)
{
    json_t *nodes = json_array();

    for (size_t i = 0; i < lab->topology->n_nodes; i++)
        json_array_append_new(nodes, show_node(lab, &lab->topology->nodes[i], has_programs));
    return nodes;
}

/* -- Pods -------------------------------------------------------------------------------------- */

static json_t *show_addresses(const struct address *addresses, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_address(&addresses[i]));
    return list;
}

static json_t *show_waypoint(const struct topology_waypoint *w)
{
    if (w->port == 0)
        return json_null();
    return json_pack("{s:o, s:o, s:i}", "ipv4", json_address(&w->v4), "ipv6", json_address(&w->v6),
                     "port", (int)w->port);
}

static json_t *show_listeners(const struct topology_pod *pod)
{
    json_t *listeners = json_array();

    for (size_t i = 0; i < pod->n_listeners; i++)
        json_array_append_new(listeners,
                              json_pack("{s:i, s:s, s:s}", "port", (int)pod->listeners[i].port,
                                        "mode", show_modes[pod->listeners[i].mode], "family",
                                        listener_family_name(pod->listeners[i].family)));
    return listeners;
}

/* null where nothing can say it: a lab without programs. */
static json_t *show_managed(const struct lab *lab, const struct topology_pod *pod,
                            bool has_programs)
{
    struct managed m;

    if (!has_programs || managed_read(lab, pod, &m) < 0)
        return json_null();
    return json_pack("{s:b, s:b, s:b}", "cookie", m.cookie, "v4", m.v4, "v6", m.v6);
}

static json_t *show_agent(const struct lab *lab, const struct topology_pod *pod)
{
    pid_t pid;

    if (ask_pid(lab, pod->name, &pid) < 0)
        return json_pack("{s:n, s:b}", "pid", "alive", false);
    return json_pack("{s:i, s:b}", "pid", (int)pid, "alive", true);
}

static json_t *show_pod(const struct lab *lab, const struct topology_pod *pod, bool has_programs)
{
    _cleanup_free_ char *netns = NULL;
    _cleanup_free_ char *cgroup = NULL;

    if (lab_netns_name(lab, pod->name, &netns) < 0 || lab_pod_cgroup(lab, pod, &cgroup) < 0)
        return NULL;
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:I, s:o, s:b, s:o, s:o, s:o, s:s, s:s}", "name",
                     pod->name, "node", lab->topology->nodes[pod->node].name, "ipv4",
                     json_address(&pod->v4), "ipv6", json_address(&pod->v6), "more",
                     show_addresses(pod->more, pod->n_more), "uid", (json_int_t)pod->uid, "managed",
                     show_managed(lab, pod, has_programs), "xdp", xdp_is_attached(lab, pod),
                     "agent", show_agent(lab, pod), "waypoint", show_waypoint(&pod->waypoint),
                     "listeners", show_listeners(pod), "netns", netns, "cgroup", cgroup);
}

static json_t *show_pods(const struct lab *lab, bool has_programs)
{
    json_t *pods = json_array();

    for (size_t i = 0; i < lab->topology->n_pods; i++)
        json_array_append_new(pods, show_pod(lab, &lab->topology->pods[i], has_programs));
    return pods;
}

/* -- Services ---------------------------------------------------------------------------------- */

static json_t *show_ports(const struct topology_service *service)
{
    json_t *ports = json_array();

    for (size_t i = 0; i < service->n_ports; i++)
        json_array_append_new(ports, json_pack("{s:i, s:i}", "port", (int)service->ports[i].port,
                                               "target", (int)service->ports[i].target));
    return ports;
}

static json_t *show_endpoints(const struct topology *t, const struct topology_service *service)
{
    json_t *endpoints = json_array();

    for (size_t i = 0; i < service->n_endpoints; i++)
        json_array_append_new(
            endpoints, json_pack("{s:s, s:i}", "pod", t->pods[service->endpoints[i].pod].name,
                                 "priority", (int)service->endpoints[i].priority));
    return endpoints;
}

/* "strict", or a number that has no name as text. */
static json_t *show_policy(uint32_t policy)
{
    const char *name = lb_policy_name(policy);

    return name ? json_string(name) : json_sprintf("%u", policy);
}

static json_t *show_services(const struct topology *t)
{
    json_t *services = json_array();

    for (size_t i = 0; i < t->n_services; i++) {
        const struct topology_service *s = &t->services[i];

        json_array_append_new(
            services,
            json_pack("{s:s, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o}", "name", s->name, "ipv4",
                      json_address(&s->v4), "ipv6", json_address(&s->v6), "more",
                      show_addresses(s->more, s->n_more), "id", (json_int_t)s->id, "policy",
                      show_policy(s->policy), "ports", show_ports(s), "endpoints",
                      show_endpoints(t, s), "waypoint", show_waypoint(&s->waypoint)));
    }
    return services;
}

int show_lab_json(const struct lab *lab, json_t **out)
{
    bool has_programs = access(lab->bpf_dir, F_OK) == 0;
    json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "lab", lab->name, "family",
                          family_name(lab->family), "state", lab->state_dir, "encryption",
                          topology_encryption_name(lab->topology->encryption), "nodes",
                          show_nodes(lab, has_programs), "witness",
                          show_pinned(lab, "_witness", "programs"), "pods",
                          show_pods(lab, has_programs), "services", show_services(lab->topology));

    if (!j)
        return err_r(ENOMEM, "cannot show lab '%s'", lab->name);
    *out = j;
    return 0;
}
