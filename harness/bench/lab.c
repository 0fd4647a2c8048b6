// SPDX-License-Identifier: Apache-2.0
/*
 * `make bench-lab`: what the network of a lab costs, against the same namespaces, links and
 * addresses (without our routes and neighbours) made by `ip netns add` and `ip -batch`. To be run
 * by lab.sh, in namespaces that are thrown away.
 *
 * "gone" is when the kernel has really taken the namespaces apart: told by links from here into
 * some of them. `waypost down` waits for that, `ip` does not.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/terminal.h"
#include "place/open.h"
#include "net/net.h"
#include "net/link.h"
#include "net/ns.h"

#define BENCH_DIR    "/run/bench"
#define BENCH_ROUNDS 5
#define BENCH_MARKS  4
#define BENCH_SIDES  3
#define BENCH_CANNOT 3

struct bench_time {
    double up, down, gone; /* ms; down and gone from the beginning of the taking down */
};

struct bench_side {
    const char *name;
    const char *prefix; /* of the namespaces' names */
    size_t pods;
    int (*up)(void *data);
    int (*down)(void *data);
    void *data;
    struct bench_time median;
};

static double bench_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int bench_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double bench_median(double values[BENCH_ROUNDS])
{
    qsort(values, BENCH_ROUNDS, sizeof(*values), bench_compare);
    return values[BENCH_ROUNDS / 2];
}

/* A veth from here into the namespace; it dies with it. */
static int bench_mark(struct netlink *nl, const char *prefix, size_t pod, int mark)
{
    _cleanup_close_ int fd = -1;
    char name[64], link[16];
    struct net_end here, there;
    int r;

    (void)snprintf(name, sizeof(name), "%s.pod%zu", prefix, pod);
    (void)snprintf(link, sizeof(link), "mark%d", mark);
    r = net_ns_open(name, &fd);
    if (r < 0)
        return r;
    here = (struct net_end){link, 10 + mark, {{2, 9, 9, 9, 0, (uint8_t)mark}}, -1};
    there = (struct net_end){link, 500, {{2, 9, 9, 9, 1, (uint8_t)mark}}, fd};
    net_link_veth(nl, &here, &there, name);
    return netlink_flush(nl);
}

static int bench_count_gone(const struct nlmsghdr *nlh, void *data)
{
    if (nlh->nlmsg_type == RTM_DELLINK)
        (*(int *)data)++;
    return 0;
}

static int bench_wait_gone(struct netlink *events)
{
    int gone = 0, r = 0;

    while (r == 0 && gone < BENCH_MARKS)
        r = netlink_listen(events, 30000, bench_count_gone, &gone);
    return r < 0 ? err_r(r, "the namespaces did not go away") : 0;
}

static int bench_take_down(const struct bench_side *side, struct bench_time *time)
{
    _cleanup_(netlink_free) struct netlink *nl = NULL, *events = NULL;
    double start;
    int r = netlink_new(0, &nl);

    for (int i = 0; r == 0 && i < BENCH_MARKS; i++)
        r = bench_mark(nl, side->prefix, (side->pods - 1) * (size_t)i / (BENCH_MARKS - 1), i);
    if (r == 0)
        r = netlink_new(RTMGRP_LINK, &events);
    if (r < 0)
        return r;
    start = bench_now();
    r = side->down(side->data);
    time->down = bench_now() - start;
    if (r == 0)
        r = bench_wait_gone(events);
    time->gone = bench_now() - start;
    return r;
}

static int bench_round(const struct bench_side *side, struct bench_time *time)
{
    double start = bench_now();
    int r = side->up(side->data);

    time->up = bench_now() - start;
    return r < 0 ? r : bench_take_down(side, time);
}

static int bench_run(struct bench_side sides[BENCH_SIDES])
{
    double up[BENCH_SIDES][BENCH_ROUNDS], down[BENCH_SIDES][BENCH_ROUNDS];
    double gone[BENCH_SIDES][BENCH_ROUNDS];
    int r = 0;

    /* In turn, so that whatever else goes on meets every side alike. */
    for (size_t round = 0; round < BENCH_ROUNDS; round++) {
        for (size_t i = 0; r == 0 && i < BENCH_SIDES; i++) {
            struct bench_time time = {0, 0, 0};

            r = bench_round(&sides[i], &time);
            up[i][round] = time.up;
            down[i][round] = time.down;
            gone[i][round] = time.gone;
        }
    }
    for (size_t i = 0; r == 0 && i < BENCH_SIDES; i++)
        sides[i].median =
            (struct bench_time){bench_median(up[i]), bench_median(down[i]), bench_median(gone[i])};
    return r;
}

static int bench_lab_up(void *data)
{
    return net_up(data, NULL);
}

static int bench_lab_down(void *data)
{
    return net_down(data, NULL);
}

static int bench_lab(const char *name, size_t pods, struct lab **out)
{
    const char *path = BENCH_DIR "/topology.yaml";
    _cleanup_(topology_free) struct topology *topology = NULL;
    FILE *file = fopen(path, "we");
    int r;

    if (!file)
        return err_r(errno, "cannot write '%s'", path);
    fprintf(file, "nodes: [node]\npods:\n");
    for (size_t i = 0; i < pods; i++)
        fprintf(file, "  - name: pod%zu\n", i);
    if (fclose(file) != 0)
        return err_r(errno, "cannot write '%s'", path);
    r = topology_read(path, &topology);
    return r < 0 ? r : lab_new(name, FAMILY_V4, &topology, out);
}

static int bench_command(const char *command)
{
    return system(command) == 0 ? 0 : err_say(EIO, "`%s` failed", command);
}

static int bench_ip_up(void *data)
{
    (void)data;
    return bench_command("sh " BENCH_DIR "/up.sh");
}

static int bench_ip_down(void *data)
{
    (void)data;
    return bench_command("ip -batch " BENCH_DIR "/down");
}

static void bench_write_ip_pod(const struct topology_pod *pod, size_t index)
{
    char path[64], v4[ADDRESS_TEXT_MAX], v6[ADDRESS_TEXT_MAX];
    _cleanup_fclose_ FILE *file = NULL;

    (void)snprintf(path, sizeof(path), BENCH_DIR "/pod%zu", index);
    file = fopen(path, "we");
    if (!file)
        return;
    fprintf(file, "link set lo up\nlink set eth0 up\n");
    fprintf(file, "address add %s/32 dev eth0\n", address_text(&pod->v4, v4));
    fprintf(file, "address add %s/128 dev eth0 nodad\n", address_text(&pod->v6, v6));
}

/* One batch makes the namespaces and links, one in the node's sets its ends up, and one in each
 * pod's does the rest: `ip` can be in one namespace at a time. */
static int bench_write_ip(const struct topology *t)
{
    _cleanup_fclose_ FILE *make = fopen(BENCH_DIR "/make", "we");
    _cleanup_fclose_ FILE *node = fopen(BENCH_DIR "/node", "we");
    _cleanup_fclose_ FILE *up = fopen(BENCH_DIR "/up.sh", "we");
    _cleanup_fclose_ FILE *down = fopen(BENCH_DIR "/down", "we");

    if (!make || !node || !up || !down)
        return err_r(errno, "cannot write to '%s'", BENCH_DIR);
    fprintf(make, "netns add ip.node\n");
    fprintf(node, "link set lo up\n");
    fprintf(down, "netns delete ip.node\n");
    fprintf(up, "set -e\nip -batch " BENCH_DIR "/make\nip -n ip.node -batch " BENCH_DIR "/node\n");
    for (size_t i = 0; i < t->n_pods; i++) {
        fprintf(make, "netns add ip.pod%zu\n", i);
        fprintf(make,
                "link add p%zu netns ip.node numtxqueues 1 numrxqueues 1 type veth peer name eth0 "
                "netns ip.pod%zu numtxqueues 1 numrxqueues 1\n",
                i, i);
        fprintf(node, "link set p%zu up\n", i);
        fprintf(up, "ip -n ip.pod%zu -batch " BENCH_DIR "/pod%zu\n", i, i);
        fprintf(down, "netns delete ip.pod%zu\n", i);
        bench_write_ip_pod(&t->pods[i], i);
    }
    return 0;
}

static void bench_print(const struct bench_side *side)
{
    printf("%6zu  %-10s %9.1f %9.3f %9.1f %9.1f\n", side->pods, side->name, side->median.up,
           side->median.up / (double)side->pods, side->median.down, side->median.gone);
}

static bool bench_bound(const char *what, double value, double bound)
{
    bool kept = value <= bound;

    printf("%-46s %6.3f, at most %5.3f: %s\n", what, value, bound, kept ? "kept" : "MISSED");
    return kept;
}

static int bench_report(const struct bench_side *ip, const struct bench_side *small,
                        const struct bench_side *large)
{
    double per_small = small->median.up / (double)small->pods;
    double per_large = large->median.up / (double)large->pods;
    bool kept;

    printf("  pods  by             up ms    ms/pod   down ms   gone ms   (medians of %d)\n",
           BENCH_ROUNDS);
    bench_print(ip);
    bench_print(small);
    bench_print(large);
    kept = bench_bound("up, waypost by ip -batch", small->median.up / ip->median.up, 1.0 / 3);
    kept &= bench_bound("up per pod, large by small", per_large / per_small, 1.6);
    kept &= bench_bound("gone, waypost by ip -batch", small->median.gone / ip->median.gone, 1);
    return kept ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void)
{
    _cleanup_(lab_free) struct lab *small = NULL, *large = NULL;
    int r;

    if (terminal_start() < 0)
        return BENCH_CANNOT;
    setenv("WAYPOST_STATE", "/run/waypost", 1);
    if (mkdir(BENCH_DIR, 0700) < 0)
        return BENCH_CANNOT;
    if (bench_lab("small", 100, &small) < 0 || bench_lab("large", 1000, &large) < 0 ||
        bench_write_ip(small->topology) < 0 || net_ns_prepare() < 0)
        return BENCH_CANNOT;

    struct bench_side sides[BENCH_SIDES] = {
        {"ip -batch", "ip", 100, bench_ip_up, bench_ip_down, NULL, {0, 0, 0}},
        {"waypost", "waypost.small", 100, bench_lab_up, bench_lab_down, small, {0, 0, 0}},
        {"waypost", "waypost.large", 1000, bench_lab_up, bench_lab_down, large, {0, 0, 0}},
    };

    r = bench_run(sides);
    return r < 0 ? BENCH_CANNOT : bench_report(&sides[0], &sides[1], &sides[2]);
}
