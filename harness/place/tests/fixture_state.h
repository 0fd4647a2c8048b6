/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of a lab's files, which need no root: a STATE below /tmp, and labs in it of which
 * nothing is in the kernel.
 */
#pragma once

#include <ftw.h>
#include <string.h>

#include "cgroup/cgroup.h"
#include "place/tests/fixture.h"
#include "place/cgroup_root.h"

static char fixture_dir[] = "/tmp/waypost-lab-test-XXXXXX";
static char fixture_state[64], fixture_yaml[64];

static inline int fixture_make_state(void **unused)
{
    (void)unused;
    if (!mkdtemp(fixture_dir))
        return -1;
    (void)snprintf(fixture_state, sizeof(fixture_state), "%s/state", fixture_dir);
    (void)snprintf(fixture_yaml, sizeof(fixture_yaml), "%s/topology.yaml", fixture_dir);
    setenv("WAYPOST_STATE", fixture_state, 1);
    unsetenv("WAYPOST_RUN_ID");
    unsetenv("WAYPOST_BPFFS");
    return 0;
}

/* Without a cgroup2 and without root there is no place for a lab's cgroups, and so no lab. */
static inline void fixture_need_cgroup2(void)
{
    _cleanup_free_ char *root = NULL;

    if (geteuid() == 0 || cgroup_root(&root) == 0)
        return;
    print_message("skipped: no cgroup2 is mounted, and mounting one needs root\n");
    skip();
}

static inline int fixture_remove_one(const char *path, const struct stat *st, int type,
                                     struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int fixture_remove_state(void **unused)
{
    char mounted[80];

    (void)unused;
    (void)snprintf(mounted, sizeof(mounted), "%s/.cgroup2", fixture_state);
    (void)umount2(mounted, MNT_DETACH);
    return nftw(fixture_dir, fixture_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline struct lab *fixture_make_lab(const char *name)
{
    struct topology *t = NULL;
    struct lab *lab = NULL;

    fixture_need_cgroup2();
    t = fixture_topology(fixture_yaml, 2, 3);
    assert_int_equal(lab_new(name, FAMILY_V6, &t, &lab), 0);
    assert_null(t);
    return lab;
}

static inline void fixture_make_ready(const char *name)
{
    _cleanup_(lab_free) struct lab *lab = fixture_make_lab(name);

    assert_int_equal(lab_ready(lab), 0);
}

static inline void fixture_drop(const char *name)
{
    _cleanup_(lab_free) struct lab *lab = NULL;

    assert_int_equal(lab_open_any(name, &lab), 0);
    assert_int_equal(lab_forget(lab), 0);
}

static inline char *fixture_in_lab(const char *name, const char *file)
{
    char *path = NULL;

    assert_true(asprintf(&path, "%s/%s/%s", fixture_state, name, file) > 0);
    return path;
}
