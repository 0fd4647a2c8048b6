// SPDX-License-Identifier: Apache-2.0
#include "net/xfrm.h"

#include <errno.h>
#include <linux/xfrm.h>
#include <sched.h>
#include <string.h>
#include <sys/random.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "net/esp.h"
#include "net/net.h"
#include "net/netlink.h"
#include "net/ns.h"

#define XFRM_SPI_FIRST 0x1000

static const struct address xfrm_any[] = {{.af = AF_INET}, {.af = AF_INET6}};

struct xfrm_build {
    const struct lab *lab;
    struct netlink *nodes[TOPOLOGY_NODES_MAX];
};

static void xfrm_clear(struct xfrm_build *b)
{
    for (size_t i = 0; i < ARRAY_SIZE(b->nodes); i++)
        netlink_free(&b->nodes[i]);
}

static const char *xfrm_name(const struct xfrm_build *b, size_t node)
{
    return b->lab->topology->nodes[node].name;
}

static const struct address *xfrm_end(const struct xfrm_build *b, size_t node, int af)
{
    const struct topology_node *n = &b->lab->topology->nodes[node];

    return af == AF_INET ? &n->v4 : &n->v6;
}

static struct esp_tunnel xfrm_tunnel(const struct xfrm_build *b, size_t from, size_t to, int af)
{
    return (struct esp_tunnel){
        .from = xfrm_end(b, from, af),
        .to = xfrm_end(b, to, af),
        .spi = XFRM_SPI_FIRST + (uint32_t)(from * TOPOLOGY_NODES_MAX + to),
    };
}

/* One direction: the same key at both ends. */
static int xfrm_put_states(struct xfrm_build *b, size_t from, size_t to, int af)
{
    struct esp_tunnel tunnel = xfrm_tunnel(b, from, to, af);
    uint8_t key[ESP_KEY_SIZE];

    /* So few bytes are not cut short. */
    if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
        return err_r(errno, "cannot make a key for '%s' and '%s'", xfrm_name(b, from),
                     xfrm_name(b, to));
    tunnel.key = key;
    esp_put_state(netlink_request(b->nodes[from], XFRM_MSG_NEWSA, NLM_F_CREATE | NLM_F_EXCL,
                                  "xfrm state", xfrm_name(b, from)),
                  &tunnel, false);
    esp_put_state(netlink_request(b->nodes[to], XFRM_MSG_NEWSA, NLM_F_CREATE | NLM_F_EXCL,
                                  "xfrm state", xfrm_name(b, to)),
                  &tunnel, true);
    explicit_bzero(key, sizeof(key));
    return 0;
}

static int xfrm_put_all_states(struct xfrm_build *b)
{
    size_t n = b->lab->topology->n_nodes;

    for (size_t i = 0; i < n * n; i++) {
        int r;

        if (i / n == i % n)
            continue;
        r = xfrm_put_states(b, i / n, i % n, AF_INET);
        if (r == 0)
            r = xfrm_put_states(b, i / n, i % n, AF_INET6);
        if (r < 0)
            return r;
    }
    return 0;
}

static void xfrm_put_policy(struct xfrm_build *b, size_t node, uint8_t dir,
                            const struct esp_tunnel *tunnel, const struct address *network,
                            uint32_t bits)
{
    esp_put_policy(netlink_request(b->nodes[node], XFRM_MSG_NEWPOLICY, NLM_F_CREATE | NLM_F_EXCL,
                                   "xfrm policy", xfrm_name(b, node)),
                   dir, tunnel, network, bits);
}

/* What goes to a network of the node `to`, on all the others. */
static int xfrm_put_out(void *data, size_t to, const struct address *network, uint32_t bits)
{
    struct xfrm_build *b = data;

    for (size_t i = 0; i < b->lab->topology->n_nodes; i++) {
        struct esp_tunnel tunnel = xfrm_tunnel(b, i, to, network->af);

        if (i != to)
            xfrm_put_policy(b, i, XFRM_POLICY_OUT, &tunnel, network, bits);
    }
    return 0;
}

/* What comes out of a tunnel, from whichever node: for the node itself, or for one of its pods. */
static void xfrm_put_in(struct xfrm_build *b, size_t node)
{
    for (size_t i = 0; i < ARRAY_SIZE(xfrm_any); i++) {
        const struct address *any = &xfrm_any[i];
        struct esp_tunnel tunnel = {.from = any, .to = xfrm_end(b, node, any->af)};

        xfrm_put_policy(b, node, XFRM_POLICY_IN, &tunnel, any, 0);
        xfrm_put_policy(b, node, XFRM_POLICY_FWD, &tunnel, any, 0);
    }
}

static int xfrm_flush_requests(struct xfrm_build *b)
{
    for (size_t i = 0; i < b->lab->topology->n_nodes; i++) {
        int r = netlink_flush(b->nodes[i]);

        if (r < 0)
            return r;
    }
    return 0;
}

static int xfrm_make(struct xfrm_build *b)
{
    const struct topology *t = b->lab->topology;
    int r = xfrm_put_all_states(b);

    if (r < 0)
        return r;
    r = topology_networks(t, xfrm_put_out, b);
    for (size_t i = 0; i < t->n_nodes; i++)
        xfrm_put_in(b, i);
    return r < 0 ? r : xfrm_flush_requests(b);
}

/* Leaves this thread in the last node's namespace. */
static int xfrm_open(struct xfrm_build *b)
{
    const struct topology *t = b->lab->topology;

    for (size_t i = 0; i < t->n_nodes; i++) {
        int r = net_enter(b->lab, t->nodes[i].name);

        if (r < 0)
            return r;
        r = netlink_new_xfrm(&b->nodes[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

static int xfrm_up_job(void *data)
{
    struct xfrm_build *b = data;
    int r = xfrm_open(b);

    return r < 0 ? r : xfrm_make(b);
}

int net_xfrm_up(const struct lab *lab)
{
    _cleanup_(xfrm_clear) struct xfrm_build b = {.lab = lab};

    return lab->topology->encryption == ENCRYPTION_ESP ? net_ns_call(xfrm_up_job, &b) : 0;
}

/* -- Back to what the topology says --------------------------------------------------------------
 */

static void xfrm_remove(struct xfrm_build *b, size_t node)
{
    const char *name = xfrm_name(b, node);
    struct nlmsghdr *nlh;

    (void)netlink_request(b->nodes[node], XFRM_MSG_FLUSHPOLICY, 0, "xfrm policies", name);
    nlh = netlink_request(b->nodes[node], XFRM_MSG_FLUSHSA, 0, "xfrm states", name);
    mnl_nlmsg_put_extra_header(nlh, sizeof(struct xfrm_usersa_flush));
}

static int xfrm_reset_job(void *data)
{
    struct xfrm_build *b = data;
    int r = xfrm_open(b);

    if (r < 0)
        return r;
    for (size_t i = 0; i < b->lab->topology->n_nodes; i++)
        xfrm_remove(b, i);
    r = xfrm_flush_requests(b);
    if (r < 0 || b->lab->topology->encryption != ENCRYPTION_ESP)
        return r;
    return xfrm_make(b);
}

static bool xfrm_is_there(void)
{
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_XFRM, SOCK_CLOEXEC);

    if (!socket)
        return errno != EPROTONOSUPPORT;
    mnl_socket_close(socket);
    return true;
}

int net_xfrm_reset(const struct lab *lab)
{
    _cleanup_(xfrm_clear) struct xfrm_build b = {.lab = lab};

    if (lab->topology->encryption == ENCRYPTION_NONE || !xfrm_is_there())
        return 0;
    return net_ns_call(xfrm_reset_job, &b);
}

/* -- Whether it can be ---------------------------------------------------------------------------
 */

struct xfrm_check {
    int refused;
    char why[ESP_WHY_MAX];
};

static int xfrm_check_job(void *data)
{
    struct xfrm_check *check = data;

    if (unshare(CLONE_NEWNET) < 0)
        return err_r(errno, "cannot make a network namespace to try ESP in");
    check->refused = esp_try(check->why);
    return 0;
}

int net_xfrm_check(const struct lab *lab)
{
    struct xfrm_check check = {.refused = 0};
    int r = lab->topology->encryption == ENCRYPTION_ESP ? net_ns_call(xfrm_check_job, &check) : 0;

    if (r < 0 || check.refused >= 0)
        return r;
    return err_r(check.refused,
                 "lab '%s' cannot have 'encryption: esp': this kernel has no ESP with AES-GCM, get "
                 "it with: " ESP_REMEDY "%s%s",
                 lab->name, *check.why ? "; it says: " : "", check.why);
}
