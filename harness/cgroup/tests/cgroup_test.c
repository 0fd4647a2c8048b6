// SPDX-License-Identifier: Apache-2.0
#include "cgroup/cgroup.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "common/patience.h"
#include "common/tests/capture.h"
#include "common/tests/load.h"
#include "cgroup/tree.h"
#include "place/tests/fixture.h"
#include "place/cgroup_root.h"

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static bool pod_exists(const struct lab *lab, size_t pod)
{
    _cleanup_free_ char *path = NULL;

    assert_int_equal(lab_pod_cgroup(lab, &lab->topology->pods[pod], &path), 0);
    return exists(path);
}

static bool run_exists(const struct lab *lab)
{
    _cleanup_free_ char *path = NULL;

    assert_true(asprintf(&path, "%s/waypost/%s", lab->cgroup_root, lab->run) > 0);
    return exists(path);
}

/* A process in the pod's cgroup that forks children of its own, all deaf to SIGTERM. */
static pid_t run_in_pod(const struct lab *lab, size_t pod)
{
    int ready[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGTERM, SIG_IGN);
        if (cgroup_enter_pod(lab, &lab->topology->pods[pod]) < 0)
            _exit(1);
        (void)!fork();
        (void)!fork();
        (void)!write(ready[1], "r", 1);
        for (;;)
            pause();
    }
    for (int i = 0; i < 4; i++)
        assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

static void was_killed(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void up_makes_the_tree_and_down_removes_it(void **state)
{
    int fd = -1;
    struct lab *lab;

    (void)state;
    fixture_need_root();
    lab = fixture_lab("tree", 2, 3);
    assert_int_equal(cgroup_up(lab, NULL), 0);
    for (size_t i = 0; i < 3; i++)
        assert_true(pod_exists(lab, i));
    assert_int_equal(cgroup_open_lab(lab, &fd), 0);
    close(fd);
    assert_int_equal(cgroup_open_node(lab, &lab->topology->nodes[1], &fd), 0);
    close(fd);
    assert_int_equal(cgroup_open_pod(lab, &lab->topology->pods[2], &fd), 0);
    close(fd);
    assert_int_equal(cgroup_down(lab, NULL), 0);
    assert_false(exists(lab->cgroup_dir));
    assert_false(run_exists(lab));
    assert_int_equal(cgroup_down(lab, NULL), 0);
    fixture_forget(&lab);
}

static void down_kills_what_runs(void **state)
{
    struct lab *lab;
    pid_t a, b;

    (void)state;
    fixture_need_root();
    lab = fixture_lab("killed", 2, 2);
    assert_int_equal(cgroup_up(lab, NULL), 0);
    a = run_in_pod(lab, 0);
    b = run_in_pod(lab, 1);
    assert_int_equal(cgroup_down(lab, NULL), 0);
    was_killed(a);
    was_killed(b);
    assert_false(exists(lab->cgroup_dir));
    fixture_forget(&lab);
}

/* What kernels without cgroup.kill need works on every kernel. */
static void killing_one_by_one_kills_all(void **state)
{
    _cleanup_close_ int fd = -1;
    bool populated = true;
    struct lab *lab;
    pid_t pid;

    (void)state;
    fixture_need_root();
    lab = fixture_lab("each", 1, 2);
    assert_int_equal(cgroup_up(lab, NULL), 0);
    pid = run_in_pod(lab, 1);
    assert_int_equal(cgroup_open_lab(lab, &fd), 0);
    assert_int_equal(cgroup_tree_kill_each(fd, "each", 5000), 0);
    was_killed(pid);
    assert_int_equal(cgroup_tree_populated(fd, "each", &populated), 0);
    assert_false(populated);
    assert_int_equal(cgroup_down(lab, NULL), 0);
    fixture_forget(&lab);
}

/* A process in the pod's cgroup that does not end when it is killed: it stops on the way out, until
 * it is let go of. */
static pid_t held_in_pod(const struct lab *lab, size_t pod)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (cgroup_enter_pod(lab, &lab->topology->pods[pod]) < 0)
            _exit(1);
        raise(SIGSTOP);
        for (;;)
            pause();
    }
    assert_int_equal(waitpid(pid, NULL, WUNTRACED), pid);
    assert_int_equal(ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACEEXIT), 0);
    return pid;
}

static void let_go(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
        ptrace(PTRACE_CONT, pid, NULL, NULL);
    assert_true(WIFSIGNALED(status));
}

/* Twenty times 200 ms are the least that a wait may last. */
static void what_has_no_turn_to_end_is_not_said_to_stay(void **state)
{
    _cleanup_close_ int fd = -1;
    struct capture said;
    struct lab *lab;
    int quiet, starved;
    pid_t pid;

    (void)state;
    fixture_need_root();
    lab = fixture_lab("held", 1, 1);
    assert_int_equal(cgroup_up(lab, NULL), 0);
    pid = held_in_pod(lab, 0);
    assert_int_equal(cgroup_open_lab(lab, &fd), 0);
    capture_start(&said);
    quiet = cgroup_tree_kill(fd, "held", 200);
    load_plant();
    starved = cgroup_tree_kill(fd, "held", 200);
    load_remove();
    capture_end(&said);
    let_go(pid);
    assert_int_equal(quiet, -ETIMEDOUT);
    assert_int_equal(starved, -PATIENCE_STARVED);
    assert_non_null(strstr(said.last, PATIENCE_WORD "whether what runs in the cgroup ends: in "));
    assert_int_equal(cgroup_down(lab, NULL), 0);
    fixture_forget(&lab);
}

static void labs_of_a_run_do_not_disturb_each_other(void **state)
{
    struct lab *a, *b;
    pid_t pid;

    (void)state;
    fixture_need_root();
    a = fixture_lab("a", 1, 1);
    b = fixture_lab("b", 1, 1);
    assert_int_equal(cgroup_up(a, NULL), 0);
    assert_int_equal(cgroup_up(b, NULL), 0);
    pid = run_in_pod(b, 0);
    assert_int_equal(cgroup_down(a, NULL), 0);
    assert_int_equal(kill(pid, 0), 0);
    assert_true(pod_exists(b, 0));
    assert_int_equal(cgroup_down(b, NULL), 0);
    was_killed(pid);
    assert_false(run_exists(b));
    fixture_forget(&a);
    fixture_forget(&b);
}

/* Two wayposts make and remove labs of one run at the same time, over and over. */
static void making_and_removing_at_once(void **state)
{
    struct lab *labs[2];
    pid_t pids[2];

    (void)state;
    fixture_need_root();
    labs[0] = fixture_lab("x", 1, 1);
    labs[1] = fixture_lab("y", 1, 1);
    for (size_t i = 0; i < 2; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        for (int n = 0; pids[i] == 0 && n < 200; n++)
            if (cgroup_up(labs[i], NULL) < 0 || cgroup_down(labs[i], NULL) < 0)
                _exit(1);
        if (pids[i] == 0)
            _exit(0);
    }
    for (size_t i = 0; i < 2; i++) {
        int status;

        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
        fixture_forget(&labs[i]);
    }
}

static void what_a_killed_run_left_is_cleared(void **state)
{
    struct capture said;
    struct lab *lab;
    pid_t pid;

    (void)state;
    fixture_need_root();
    lab = fixture_lab("left", 1, 1);
    assert_int_equal(cgroup_up(lab, NULL), 0);
    assert_int_equal(cgroup_up(lab, NULL), 0);
    pid = run_in_pod(lab, 0);
    capture_start(&said);
    assert_int_equal(cgroup_up(lab, NULL), -EEXIST);
    capture_end(&said);
    assert_int_equal(said.messages, 1);
    assert_int_equal(kill(pid, 0), 0);
    assert_int_equal(cgroup_down(lab, NULL), 0);
    was_killed(pid);
    fixture_forget(&lab);
}

static void half_a_tree_comes_down(void **state)
{
    struct lab *lab;

    (void)state;
    fixture_need_root();
    lab = fixture_lab("half", 2, 2);
    assert_int_equal(cgroup_down(lab, NULL), 0);
    assert_int_equal(cgroup_up(lab, NULL), 0);
    topology_free(&lab->topology);
    lab->topology = calloc(1, sizeof(*lab->topology));
    assert_int_equal(cgroup_down(lab, NULL), 0);
    assert_false(exists(lab->cgroup_dir));
    fixture_forget(&lab);
}

static void elsewhere_is_refused(void **state)
{
    struct capture said;
    struct lab *lab;

    (void)state;
    fixture_need_root();
    lab = fixture_lab("wrong", 1, 1);
    free(lab->cgroup_root);
    lab->cgroup_root = strdup("/run");
    capture_start(&said);
    assert_int_equal(cgroup_down(lab, NULL), -EINVAL);
    assert_int_equal(cgroup_up(lab, NULL), -EINVAL);
    capture_end(&said);
    assert_non_null(strstr(said.last, "'/run' is not a cgroup2 hierarchy"));
    assert_true(exists("/run/waypost-test/wrong"));
    fixture_forget(&lab);
}

static void a_given_hierarchy_is_checked(void **state)
{
    struct capture said;
    char *root = NULL;

    (void)state;
    setenv("WAYPOST_CGROUP", "/proc", 1);
    capture_start(&said);
    assert_int_equal(cgroup_root(&root), -ENOENT);
    assert_non_null(strstr(said.last, "'/proc' is not a cgroup2 hierarchy"));
    setenv("WAYPOST_CGROUP", "proc", 1);
    assert_int_equal(cgroup_root(&root), -EINVAL);
    capture_end(&said);
    unsetenv("WAYPOST_CGROUP");
    assert_null(root);
}

static void unmount_every_cgroup2(void)
{
    unsigned int n = 0;

    for (;;) {
        _cleanup_free_ char *root = NULL;

        assert_int_equal(cgroup_root(&root), 0);
        if (strstr(root, "/.cgroup2"))
            return;
        assert_int_equal(umount2(root, MNT_DETACH), 0);
        assert_true(++n < 10);
    }
}

/* Last: it takes the cgroup2 hierarchies of this process's mount namespace away. */
static void where_none_is_mounted_one_is(void **state)
{
    struct lab *lab;
    pid_t pid;

    (void)state;
    fixture_need_root();
    unmount_every_cgroup2();
    lab = fixture_lab("private", 1, 1);
    assert_string_equal(lab->cgroup_root, "/run/waypost-test/.cgroup2");
    assert_int_equal(cgroup_up(lab, NULL), 0);
    pid = run_in_pod(lab, 0);
    assert_int_equal(cgroup_down(lab, NULL), 0);
    was_killed(pid);
    assert_false(exists("/run/waypost-test/.cgroup2"));
    fixture_forget(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(up_makes_the_tree_and_down_removes_it),
        cmocka_unit_test(down_kills_what_runs),
        cmocka_unit_test(killing_one_by_one_kills_all),
        cmocka_unit_test(what_has_no_turn_to_end_is_not_said_to_stay),
        cmocka_unit_test(labs_of_a_run_do_not_disturb_each_other),
        cmocka_unit_test(making_and_removing_at_once),
        cmocka_unit_test(what_a_killed_run_left_is_cleared),
        cmocka_unit_test(half_a_tree_comes_down),
        cmocka_unit_test(elsewhere_is_refused),
        cmocka_unit_test(a_given_hierarchy_is_checked),
        cmocka_unit_test(where_none_is_mounted_one_is),
    };

    return cmocka_run_group_tests(tests, fixture_sandbox, NULL);
}
