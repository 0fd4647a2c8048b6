// SPDX-License-Identifier: Apache-2.0
/*
 * `make bench-large`: what 10,000 pods cost, up and down, against as many bare network namespaces
 * that are closed at once; the best of the rounds of each, because the kernel's worker and whatever
 * else the machine does share the processors. lab.sh runs it in namespaces that are thrown away;
 * run by itself, with a bpffs at hand, it measures what there is outside of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/log.h"
#include "common/terminal.h"
#include "net/gone.h"
#include "net/ns.h"

#define LARGE_FILE     "/run/waypost-bench.yaml"
#define LARGE_STATE    "/run/waypost-bench"
#define LARGE_LIMIT_MS 600000
#define LARGE_CANNOT   3
#define LARGE_UP_MS    1.0 /* a pod */
#define LARGE_DOWN     1.3 /* by bare namespaces */

struct large_best {
    double true_ms, bare_up, bare_down, up, down;
};

static double large_now(void)
{
    return (double)clock_ns() / 1e6;
}

static void large_keep(double *best, double since)
{
    double took = large_now() - since;

    if (*best == 0 || took < *best)
        *best = took;
}

static int large_write(size_t pods)
{
    _cleanup_fclose_ FILE *file = fopen(LARGE_FILE, "we");

    if (!file)
        return err_r(errno, "cannot write '%s'", LARGE_FILE);
    fprintf(file, "nodes: [node]\npods:\n");
    for (size_t i = 0; i < pods; i++)
        fprintf(file, "  - name: pod%zu\n", i);
    return 0;
}

struct large_bare {
    int *fds;
    size_t n;
};

static int large_bare_make(void *data)
{
    const struct large_bare *bare = data;

    for (size_t i = 0; i < bare->n; i++) {
        if (unshare(CLONE_NEWNET) < 0)
            return err_r(errno, "cannot make a network namespace");
        bare->fds[i] = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        if (bare->fds[i] < 0)
            return err_r(errno, "cannot open a network namespace");
    }
    return 0;
}

static int large_bare(size_t n, struct large_best *best)
{
    _cleanup_(net_gone_free) struct net_gone *gone = NULL;
    _cleanup_free_ int *fds = calloc(n, sizeof(*fds));
    struct large_bare bare = {.fds = fds, .n = n};
    double start = large_now();
    int r = fds ? net_ns_call(large_bare_make, &bare) : -ENOMEM;

    large_keep(&best->bare_up, start);
    if (r < 0)
        return r;
    r = net_gone_new(LARGE_LIMIT_MS, &gone);
    if (r < 0)
        return r;
    start = large_now();
    for (size_t i = 0; i < n; i++)
        close(fds[i]);
    net_gone_begin(gone);
    r = net_gone_wait(gone, NULL);
    large_keep(&best->bare_down, start);
    return r;
}

static int large_command(const char *const *words, double *best)
{
    double start = large_now();
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        execv(words[0], (char *const *)words);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
        return err_say(EIO, "`%s %s` failed", words[0], words[1] ? words[1] : "");
    large_keep(best, start);
    return 0;
}

static int large_round(const char *waypost, size_t pods, struct large_best *best)
{
    const char *const nothing[] = {"/bin/true", NULL};
    const char *const up[] = {waypost, "up", "bench", "-t", LARGE_FILE, "--no-agents", NULL};
    const char *const down[] = {waypost, "down", "bench", NULL};
    int r = large_command(nothing, &best->true_ms);

    if (r == 0)
        r = large_bare(pods, best);
    if (r == 0)
        r = large_command(up, &best->up);
    return r < 0 ? r : large_command(down, &best->down);
}

static bool large_bound(const char *what, double value, double bound)
{
    printf("%-46s %6.3f, at most %5.3f: %s\n", what, value, bound,
           value <= bound ? "kept" : "MISSED");
    return value <= bound;
}

static int large_report(size_t pods, int rounds, const struct large_best *best)
{
    double up = best->up / (double)pods, down = best->down / best->bare_down;
    bool kept;

    printf("%zu pods, best of %d; /bin/true took %.1f ms\n", pods, rounds, best->true_ms);
    printf("  bare namespaces: up %8.0f ms, gone %8.0f ms\n", best->bare_up, best->bare_down);
    printf("  waypost:         up %8.0f ms, down %8.0f ms\n", best->up, best->down);
    kept = large_bound("up, ms a pod", up, LARGE_UP_MS);
    kept &= large_bound("down, by bare namespaces", down, LARGE_DOWN);
    return kept ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    size_t pods = argc > 2 ? strtoul(argv[2], NULL, 10) : 10000;
    int rounds = argc > 3 ? atoi(argv[3]) : 3;
    struct rlimit limit = {pods + 100, pods + 100};
    struct large_best best = {0};
    int r = 0;

    if (terminal_start() < 0)
        return LARGE_CANNOT;
    if (argc < 2) {
        fprintf(stderr, "usage: large WAYPOST [PODS [ROUNDS]]\n");
        return LARGE_CANNOT;
    }
    setenv("WAYPOST_STATE", LARGE_STATE, 1);
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || large_write(pods) < 0)
        return LARGE_CANNOT;
    for (int i = 0; r == 0 && i < rounds; i++)
        r = large_round(argv[1], pods, &best);
    unlink(LARGE_FILE);
    return r < 0 ? LARGE_CANNOT : large_report(pods, rounds, &best);
}
