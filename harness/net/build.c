// SPDX-License-Identifier: Apache-2.0
#include "net/build.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/neighbour.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "net/addresses.h"
#include "net/carrier.h"
#include "net/flush.h"
#include "net/ns.h"
#include "net/plan.h"
#include "net/netlink.h"

/* So many pods are made before their nodes' multicast routes are removed. */
#define NET_POD_WAVE   200
#define NET_CARRIER_MS 5000

struct net_build_node {
    const char *name;
    int netns_fd;
    struct netlink *nl;
};

struct net_build {
    const struct lab *lab;
    const struct stop *stop;
    struct net_build_node *nodes;
    int file_fd; /* of net_ns_new() */
};

static void net_build_clear(struct net_build *b)
{
    for (size_t i = 0; b->nodes && i < b->lab->topology->n_nodes; i++) {
        netlink_free(&b->nodes[i].nl);
        cleanup_close(&b->nodes[i].netns_fd);
    }
    free(b->nodes);
    cleanup_close(&b->file_fd);
}

/* Moves this thread into a new namespace, with a request socket in it. */
static int net_build_namespace(struct net_build *b, const char *name, struct netlink **out_nl,
                               int *out_fd)
{
    _cleanup_(netlink_free) struct netlink *nl = NULL;
    _cleanup_free_ char *full = NULL;
    _cleanup_close_ int fd = -1;
    int r = lab_netns_name(b->lab, name, &full);

    if (r < 0)
        return r;
    r = net_ns_new(full, &b->file_fd);
    if (r < 0)
        return r;
    fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_r(errno, "cannot open the network namespace of '%s'", name);
    r = netlink_new(0, &nl);
    if (r < 0)
        return r;
    *out_nl = TAKE_PTR(nl);
    *out_fd = TAKE_FD(fd);
    return 0;
}

struct net_setting {
    const char *path, *value;
};

/* What a node's namespace may have inherited from the machine it runs on is set back, too. */
static const struct net_setting net_build_node_settings[] = {
    {"/proc/sys/net/ipv4/ip_forward", "1"},
    {"/proc/sys/net/ipv6/conf/all/forwarding", "1"},
    {"/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1"},
    {"/proc/sys/net/ipv4/conf/all/rp_filter", "0"},
    {"/proc/sys/net/ipv4/conf/default/rp_filter", "0"},
    /* Every refusal is said, however many there are: no test may depend on a token bucket. */
    {"/proc/sys/net/ipv4/icmp_ratelimit", "0"},
    {"/proc/sys/net/ipv4/icmp_ratemask", "0"},
    {"/proc/sys/net/ipv6/icmp/ratelimit", "0"},
    {"/proc/sys/net/ipv6/icmp/ratemask", "\n"},
    {NULL, NULL},
};

/* One question, 20 ms for the answer. */
static const struct net_setting net_build_void_settings[] = {
    {"/proc/sys/net/ipv4/neigh/void/mcast_solicit", "1"},
    {"/proc/sys/net/ipv6/neigh/void/mcast_solicit", "1"},
    {"/proc/sys/net/ipv4/neigh/void/retrans_time_ms", "20"},
    {"/proc/sys/net/ipv6/neigh/void/retrans_time_ms", "20"},
    {NULL, NULL},
};

/* /proc/sys/net shows the namespace of the thread that opens a file in it. */
static int net_build_set(const struct net_setting *setting)
{
    _cleanup_close_ int fd = open(setting->path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return err_r(errno, "cannot open '%s'", setting->path);
    if (write(fd, setting->value, strlen(setting->value)) < 0)
        return err_r(errno, "cannot write '%s' to '%s'", setting->value, setting->path);
    return 0;
}

static int net_build_set_all(const struct net_setting *settings)
{
    for (size_t i = 0; settings[i].path; i++) {
        int r = net_build_set(&settings[i]);

        if (r < 0)
            return r;
    }
    return 0;
}

/*
 * Where a node sends what nobody has: a link on which no neighbour ever answers, so that the sender
 * hears "host unreachable" after 20 ms. Without a route the refusal would come at once, and be
 * lost: a connect() that is still under way holds its socket, and the kernel drops an ICMP error
 * then.
 */
static int net_build_void(struct netlink *nl, const char *subject)
{
    struct net_pair pair;
    int r;

    net_plan_void(&pair);
    net_link_veth(nl, &pair.near, &pair.far, subject);
    net_link_set_up(nl, pair.far.index, subject);
    net_link_route(nl, AF_INET, NULL, NULL, pair.near.index, subject);
    net_link_route(nl, AF_INET6, NULL, NULL, pair.near.index, subject);
    r = netlink_flush(nl);
    return r < 0 ? r : net_build_set_all(net_build_void_settings);
}

static int net_build_node(struct net_build *b, size_t index)
{
    const struct topology_node *named = &b->lab->topology->nodes[index];
    struct net_build_node *node = &b->nodes[index];
    int r;

    node->name = named->name;
    r = net_build_namespace(b, node->name, &node->nl, &node->netns_fd);
    if (r < 0)
        return r;
    r = net_build_set_all(net_build_node_settings);
    if (r < 0)
        return r;
    net_link_set_up(node->nl, NET_LO_INDEX, node->name);
    net_addresses_node(node->nl, b->lab->topology, index);
    return net_build_void(node->nl, node->name);
}

/* The gateway is the other end of the link, whatever kind of end that is. */
static void net_build_gateway(struct netlink *nl, int index, const struct net_mac *mac,
                              const char *subject)
{
    net_link_neighbour(nl, index, &net_gateway_v4, mac, NUD_PERMANENT, subject);
    net_link_neighbour(nl, index, &net_gateway_v6, mac, NUD_PERMANENT, subject);
}

static void net_build_pod_side(struct netlink *nl, const struct topology_pod *pod)
{
    net_link_set_up(nl, NET_LO_INDEX, pod->name);
    net_link_no_auto_address(nl, NET_ETH0_INDEX, pod->name);
    net_link_set_up(nl, NET_ETH0_INDEX, pod->name);
    net_addresses_pod(nl, pod);
    net_build_gateway(nl, NET_ETH0_INDEX, &net_gateway_mac, pod->name);
    net_link_route(nl, AF_INET, NULL, &net_gateway_v4, NET_ETH0_INDEX, pod->name);
    net_link_route(nl, AF_INET6, NULL, &net_gateway_v6, NET_ETH0_INDEX, pod->name);
}

/* A host pod is in its node's namespace, which gets the pod's name besides its own. */
static int net_build_host_pod(struct net_build *b, const struct topology_pod *pod)
{
    _cleanup_free_ char *full = NULL;
    int r = lab_netns_name(b->lab, pod->name, &full);

    if (r < 0)
        return r;
    r = net_ns_enter(b->nodes[pod->node].netns_fd, b->nodes[pod->node].name);
    return r < 0 ? r : net_ns_name(full, &b->file_fd);
}

/* The node's end comes first: it is up when the pod's end comes up, which therefore can send. */
static int net_build_pod(struct net_build *b, size_t index)
{
    _cleanup_(netlink_free) struct netlink *nl = NULL;
    const struct topology_pod *pod = &b->lab->topology->pods[index];
    struct netlink *node = b->nodes[pod->node].nl;
    _cleanup_close_ int fd = -1;
    struct net_pair pair;
    int r;

    if (pod->host)
        return net_build_host_pod(b, pod);
    r = net_build_namespace(b, pod->name, &nl, &fd);
    if (r < 0)
        return r;
    net_plan_pod(&pair, index, fd);
    net_link_veth(node, &pair.near, &pair.far, pod->name);
    r = netlink_flush(node);
    if (r < 0)
        return r;
    net_build_pod_side(nl, pod);
    return netlink_flush(nl);
}

static int net_build_each(struct net_build *b, size_t n, int (*step)(struct net_build *, size_t))
{
    for (size_t i = 0; i < n; i++) {
        int r = stop_asked(b->stop);

        if (r < 0)
            return r;
        r = step(b, i);
        if (r < 0)
            return r;
    }
    return 0;
}

static int net_build_calm_node(struct net_build *b, size_t node)
{
    return net_flush_multicast(b->nodes[node].nl, b->nodes[node].name);
}

static int net_build_pods(struct net_build *b)
{
    size_t n_pods = b->lab->topology->n_pods;

    for (size_t i = 0; i < n_pods; i++) {
        int r = stop_asked(b->stop);

        if (r == 0)
            r = net_build_pod(b, i);
        if (r == 0 && i % NET_POD_WAVE == 0)
            r = net_build_each(b, b->lab->topology->n_nodes, net_build_calm_node);
        if (r < 0)
            return r;
    }
    return 0;
}

static void net_build_pod_route(struct netlink *nl, size_t index, const struct topology_pod *pod,
                                const struct address *address)
{
    struct net_pair pair;

    net_plan_pod(&pair, index, -1);
    net_link_neighbour(nl, pair.near.index, address, &pair.far.mac, NUD_PERMANENT, pod->name);
    net_link_route(nl, address->af, address, NULL, pair.near.index, pod->name);
}

static void net_build_far_route(struct netlink *nl, size_t node, const struct address *address,
                                const char *subject)
{
    net_link_route(nl, address->af, address,
                   address->af == AF_INET ? &net_gateway_v4 : &net_gateway_v6,
                   net_plan_node_index(node), subject);
}

/*
 * A service's address is no pod's. What the programs do not redirect ends at the client's node,
 * where nobody listens: the client is refused at once, by a reset. (A node without a route would
 * answer by ICMP, which comes while connect() holds the socket; TCP then believes it only after the
 * first retransmission, a second later.)
 */
static void net_build_service_route(struct netlink *nl, const struct topology_frontend *f)
{
    net_link_local_route(nl, &f->address, NET_LO_INDEX, f->service->name);
}

/* Host routes only: any pod may have any address, wherever it is. */
static int net_build_routes(struct net_build *b, size_t node)
{
    const struct topology *t = b->lab->topology;
    struct netlink *nl = b->nodes[node].nl;

    for (size_t i = 0; i < t->n_nodes; i++) {
        if (i == node)
            continue;
        net_build_far_route(nl, i, &t->nodes[i].v4, t->nodes[i].name);
        net_build_far_route(nl, i, &t->nodes[i].v6, t->nodes[i].name);
    }
    for (size_t i = 0; i < t->n_frontends; i++) {
        const struct topology_frontend *f = &t->frontends[i];

        if (!f->pod)
            net_build_service_route(nl, f);
        else if (f->pod->host && (f->pod->node == node ||
                                  topology_is_node_address(&t->nodes[f->pod->node], &f->address)))
            continue;
        else if (f->pod->node == node)
            net_build_pod_route(nl, (size_t)(f->pod - t->pods), f->pod, &f->address);
        else
            net_build_far_route(nl, f->pod->node, &f->address, f->pod->name);
    }
    return netlink_flush(nl);
}

static int net_build_join(struct net_build *b, size_t near, size_t far)
{
    struct net_build_node *a = &b->nodes[near], *z = &b->nodes[far];
    struct net_pair pair;
    int r;

    net_plan_nodes(&pair, near, far, z->netns_fd);
    net_link_veth(a->nl, &pair.near, &pair.far, a->name);
    net_build_gateway(a->nl, pair.near.index, &pair.far.mac, a->name);
    r = netlink_flush(a->nl);
    if (r < 0)
        return r;
    net_link_set_up(z->nl, pair.far.index, z->name);
    net_build_gateway(z->nl, pair.far.index, &pair.near.mac, z->name);
    return netlink_flush(z->nl);
}

/* With those before it: each pair is joined once. */
static int net_build_joins(struct net_build *b, size_t node)
{
    for (size_t i = 0; i < node; i++) {
        int r = net_build_join(b, i, node);

        if (r < 0)
            return r;
    }
    return 0;
}

static int net_build_finish(struct net_build *b, size_t node)
{
    int r = net_build_routes(b, node);

    if (r < 0)
        return r;
    r = net_ns_enter(b->nodes[node].netns_fd, b->nodes[node].name);
    if (r < 0)
        return r;
    r = net_carrier_wait(b->nodes[node].nl, b->nodes[node].name, NET_CARRIER_MS);
    return r < 0 ? r : net_build_calm_node(b, node);
}

int net_build(const struct lab *lab, const struct stop *stop)
{
    const struct topology *t = lab->topology;
    _cleanup_(net_build_clear) struct net_build b = {.lab = lab, .stop = stop, .file_fd = -1};
    int r;

    b.nodes = calloc(t->n_nodes, sizeof(*b.nodes));
    if (!b.nodes)
        return err_r(ENOMEM, "cannot make the network of lab '%s'", lab->name);
    for (size_t i = 0; i < t->n_nodes; i++)
        b.nodes[i].netns_fd = -1;
    r = net_build_each(&b, t->n_nodes, net_build_node);
    if (r < 0)
        return r;
    r = net_build_each(&b, t->n_nodes, net_build_joins);
    if (r < 0)
        return r;
    r = net_build_pods(&b);
    return r < 0 ? r : net_build_each(&b, t->n_nodes, net_build_finish);
}
