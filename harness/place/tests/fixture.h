/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of labs share: a private place for their state, namespaces and cgroups, and labs
 * of a number of nodes and pods. A test's failure leaves the rest to the end of the process.
 */
#pragma once

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "place/open.h"

#define fixture_need_root()                                                                        \
    do {                                                                                           \
        if (geteuid() != 0) {                                                                      \
            print_message("skipped: it makes namespaces, which needs root\n");                     \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

static inline int64_t fixture_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* As root: a mount and a network namespace of the test's own, with an empty /run and a STATE in it.
 * A cmocka group set-up. */
static inline int fixture_sandbox(void **state)
{
    char run[32];

    (void)state;
    if (geteuid() != 0)
        return 0;
    if (unshare(CLONE_NEWNS | CLONE_NEWNET) < 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", "/run", "tmpfs", 0, "mode=755") < 0)
        return -1;
    (void)snprintf(run, sizeof(run), "test-%d", (int)getpid());
    setenv("WAYPOST_STATE", "/run/waypost-test", 1);
    setenv("WAYPOST_RUN_ID", run, 1);
    return 0;
}

static inline void fixture_write(const char *path, const char *text)
{
    _cleanup_fclose_ FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
}

/* Nodes n0…, pods p0… in turn on the nodes; written to `path` and read from there. */
static inline struct topology *fixture_topology(const char *path, size_t nodes, size_t pods)
{
    _cleanup_fclose_ FILE *file = fopen(path, "we");
    struct topology *t = NULL;

    assert_non_null(file);
    fprintf(file, "nodes: [n0");
    for (size_t i = 1; i < nodes; i++)
        fprintf(file, ", n%zu", i);
    fprintf(file, "]\npods:\n");
    for (size_t i = 0; i < pods; i++)
        fprintf(file, "  - {name: p%zu, node: n%zu}\n", i, i % nodes);
    assert_int_equal(fflush(file), 0);
    assert_int_equal(topology_read(path, &t), 0);
    return t;
}

/* A lab that is prepared and not yet up. */
static inline struct lab *fixture_lab(const char *name, size_t nodes, size_t pods)
{
    struct topology *t = fixture_topology("/run/topology.yaml", nodes, pods);
    struct lab *lab = NULL;

    assert_int_equal(lab_new(name, FAMILY_V4, &t, &lab), 0);
    assert_null(t);
    return lab;
}

static inline void fixture_forget(struct lab **lab)
{
    assert_int_equal(lab_forget(*lab), 0);
    lab_free(lab);
}
