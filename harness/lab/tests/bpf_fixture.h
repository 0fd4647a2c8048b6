/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lab of the tests' own, with real kernel objects: a private mount namespace with a bpffs, a
 * network namespace, and cgroups below the cgroup2 hierarchy. Tests that need it are skipped with a
 * reason where it cannot be had.
 */
#pragma once

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "lab/programs.h"
#include "place/bpffs.h"
#include "cgroup/cgroup.h"
#include "place/cgroup_root.h"
#include "place/lab.h"

#define FIXTURE_UNUSED __attribute__((unused))

struct fixture {
    struct lab lab;
    char root[32]; /* bpffs, state and objects of this test */
    char objects[64];
    char errors[2048]; /* what was said, one sentence a line */
};

static struct fixture fixture;

static void fixture_take_error(enum log_level level, const char *message, void *data)
{
    size_t used = strlen(fixture.errors);

    (void)data;
    if (level == LOG_ERROR)
        snprintf(fixture.errors + used, sizeof(fixture.errors) - used, "%s\n", message);
}

/* NULL, or why there can be no kernel objects here. */
static const char *fixture_missing(void)
{
    char *cgroup = NULL;

    if (geteuid() != 0)
        return "needs root";
    if (cgroup_root(&cgroup) < 0)
        return "needs a cgroup2 hierarchy";
    fixture.lab.cgroup_root = cgroup;
    return NULL;
}

/* Where the test program is. Asked before it has a mount namespace of its own: in a chroot the
 * kernel names its file from the outer root afterwards. */
static char fixture_directory[PATH_MAX];

static int fixture_find_directory(void)
{
    ssize_t length = readlink("/proc/self/exe", fixture_directory, sizeof(fixture_directory) - 1);

    if (length <= 0)
        return -1;
    fixture_directory[length] = '\0';
    *strrchr(fixture_directory, '/') = '\0';
    return 0;
}

/* Once per test program: what is mounted from here on is seen by nobody else. */
FIXTURE_UNUSED static int fixture_private(void **state)
{
    (void)state;
    if (fixture_find_directory() < 0)
        return -1;
    /* Of a run that these tests are part of. */
    unsetenv("WAYPOST_RESULTS");
    unsetenv("WAYPOST_NOTES");
    if (geteuid() == 0 && (unshare(CLONE_NEWNS | CLONE_NEWNET) < 0 ||
                           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0))
        return -1;
    return 0;
}

static void fixture_mount(void)
{
    char path[64];

    strcpy(fixture.root, "/tmp/waypost-test-XXXXXX");
    assert_non_null(mkdtemp(fixture.root));
    assert_int_equal(mount("tmpfs", fixture.root, "tmpfs", 0, NULL), 0);
    snprintf(path, sizeof(path), "%s/bpf", fixture.root);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_int_equal(mount("bpf", path, "bpf", 0, NULL), 0);
    snprintf(path, sizeof(path), "%s/state", fixture.root);
    assert_int_equal(mkdir(path, 0755), 0);
    snprintf(fixture.objects, sizeof(fixture.objects), "%s/objects", fixture.root);
    assert_int_equal(mkdir(fixture.objects, 0755), 0);
}

static void fixture_lab(const char *topology)
{
    struct lab *lab = &fixture.lab;

    lab->name = strdup("t");
    lab->family = FAMILY_V4;
    lab->lock_fd = -1;
    assert_int_equal(topology_parse("t.yaml", topology, strlen(topology), &lab->topology), 0);
    assert_true(asprintf(&lab->state_dir, "%s/state", fixture.root) > 0);
    assert_true(asprintf(&lab->bpffs, "%s/bpf", fixture.root) > 0);
    assert_true(asprintf(&lab->bpf_dir, "%s/waypost/t", lab->bpffs) > 0);
    assert_true(asprintf(&lab->run, "test-%d", getpid()) > 0);
    assert_true(asprintf(&lab->cgroup_dir, "%s/waypost/%s/t", lab->cgroup_root, lab->run) > 0);
}

/* A lab of that topology with its cgroups, and an empty directory for objects. */
FIXTURE_UNUSED static struct lab *fixture_up(const char *topology)
{
    const char *missing = fixture_missing();

    if (missing) {
        print_message("skipped: %s\n", missing);
        skip();
    }
    fixture.errors[0] = '\0';
    log_set_sink(fixture_take_error, NULL);
    fixture_mount();
    fixture_lab(topology);
    assert_int_equal(cgroup_up(&fixture.lab, NULL), 0);
    return &fixture.lab;
}

/* Teardown of every test, of those that failed too. */
FIXTURE_UNUSED static int fixture_down(void **state)
{
    struct lab *lab = &fixture.lab;
    char path[64];

    (void)state;
    log_set_sink(NULL, NULL);
    if (lab->topology)
        cgroup_down(lab, NULL);
    snprintf(path, sizeof(path), "%s/bpf", fixture.root);
    if (fixture.root[0] && (umount2(path, MNT_DETACH) < 0 ||
                            umount2(fixture.root, MNT_DETACH) < 0 || rmdir(fixture.root) < 0))
        return -1;
    topology_free(&lab->topology);
    free(lab->name);
    free(lab->state_dir);
    free(lab->bpffs);
    free(lab->bpf_dir);
    free(lab->run);
    free(lab->cgroup_dir);
    free(lab->cgroup_root);
    memset(&fixture, 0, sizeof(fixture));
    return 0;
}

/* Puts one of the tests' own objects (tests/bpf, built beside the test) into the directory. */
FIXTURE_UNUSED static void fixture_object(const char *name, const char *as)
{
    char from[PATH_MAX + 64], to[128];

    snprintf(from, sizeof(from), "%s/bpf/lab/%s.bpf.o", fixture_directory, name);
    snprintf(to, sizeof(to), "%s/%s.bpf.o", fixture.objects, as ? as : name);
    assert_int_equal(access(from, R_OK), 0);
    assert_int_equal(symlink(from, to), 0);
}

/* The programs of a directory and nothing of the suite's own; NULL: the suite's own programs. */
FIXTURE_UNUSED static int fixture_programs(const struct lab *lab, const char *dir)
{
    const struct programs_source source = {.dir = dir};

    return programs_up(lab, &source);
}

/* The node's programs, as STATE/LAB/programs.json has them; none where there is no such file. */
FIXTURE_UNUSED static json_t *fixture_attached(const struct lab *lab,
                                               const struct topology_node *node)
{
    _cleanup_json_ json_t *record = NULL;
    char path[128];
    json_t *list;

    snprintf(path, sizeof(path), "%s/programs.json", lab->state_dir);
    if (access(path, F_OK) < 0)
        return json_array();
    assert_int_equal(json_read_file(path, JSON_OWN_MAX, &record), 0);
    list =
        json_object_get(json_object_get(json_object_get(record, "nodes"), node->name), "programs");
    assert_true(json_is_array(list));
    return json_incref(list);
}

FIXTURE_UNUSED static void fixture_all_objects(void)
{
    static const char *const names[] = {"connect4", "connect6", "sockops", "sendmsg"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        fixture_object(names[i], NULL);
}

/* Fails unless something was said that has `text` in it. */
FIXTURE_UNUSED static void fixture_expect_error(const char *text)
{
    if (!strstr(fixture.errors, text))
        fail_msg("expected an error with '%s', got: %s", text, fixture.errors);
    fixture.errors[0] = '\0';
}

FIXTURE_UNUSED static void fixture_loopback_up(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &lo), 0);
}

/* Runs `fn` in a child inside the pod's cgroup; its return value is the exit code. */
FIXTURE_UNUSED static int fixture_in_pod(const char *pod, int (*fn)(void *data), void *data)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        const struct topology_pod *p = topology_pod(fixture.lab.topology, pod);

        _exit(p && cgroup_enter_pod(&fixture.lab, p) == 0 ? fn(data) : 99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
