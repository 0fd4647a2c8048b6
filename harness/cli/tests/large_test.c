// SPDX-License-Identifier: Apache-2.0
/*
 * Labs of some hundred pods, and signals that come while they are built or taken down: what is
 * said, and that nothing is left. A signal is sent when so many namespaces are there, or have gone.
 */
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/wait.h>

#include "cgroup/cgroup.h"
#include "cli/cli.h"
#include "net/link.h"
#include "net/ns.h"
#include "place/cgroup_root.h"
#include "place/tests/fixture.h"

#define PODS      "400"
#define NAMES     402 /* and two nodes */
#define FILE_PATH "/run/large.yaml"

static int large_sandbox(void **state)
{
    _cleanup_fclose_ FILE *file = NULL;

    if (fixture_sandbox(state) < 0)
        return -1;
    if (geteuid() != 0)
        return 0;
    file = fopen(FILE_PATH, "we");
    if (!file || net_ns_prepare() < 0)
        return -1;
    fprintf(file, "nodes: [n0, n1]\npods:\n");
    for (int i = 0; i < atoi(PODS); i++)
        fprintf(file, "  - {name: p%d, node: n%d}\n", i, i % 2);
    return 0;
}

struct verb_run {
    pid_t pid;
    int err;     /* its standard error */
    int watch;   /* inotify of /run/netns: names that come, and names that go */
    size_t more; /* events that came after signal_after() */
    char said[4096];
};

/* `waypost WORD…` in a child of its own. */
static void start(struct verb_run *run, const char *const *words)
{
    char *argv[10] = {(char *)"waypost"};
    int err[2], argc = 1;

    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)words[argc - 1];
    *run = (struct verb_run){.watch = inotify_init1(IN_CLOEXEC)};
    assert_true(inotify_add_watch(run->watch, NET_NS_DIR, IN_CREATE | IN_DELETE) >= 0);
    assert_int_equal(pipe2(err, O_CLOEXEC), 0);
    fflush(NULL);
    run->pid = fork();
    assert_true(run->pid >= 0);
    if (run->pid == 0) {
        dup2(err[1], STDERR_FILENO);
        _exit(cli_main(argc, argv));
    }
    close(err[1]);
    run->err = err[0];
}

static void start_up(struct verb_run *run)
{
    static const char *const words[] = {"up",          "large", "-t", FILE_PATH, "--no-programs",
                                        "--no-agents", NULL};

    start(run, words);
}

static void start_down(struct verb_run *run)
{
    static const char *const words[] = {"down", "--all", NULL};

    start(run, words);
}

/* Reads the events that are there, at least one when `wait`; how many. */
static size_t count_events(const struct verb_run *run, bool wait)
{
    struct pollfd ready = {.fd = run->watch, .events = POLLIN};
    _Alignas(struct inotify_event) char events[4096];
    size_t n = 0;

    while (poll(&ready, 1, wait && n == 0 ? -1 : 0) > 0) {
        ssize_t length = read(run->watch, events, sizeof(events));

        assert_true(length > 0);
        for (char *at = events; at < events + length; n++)
            at += sizeof(struct inotify_event) + ((struct inotify_event *)at)->len;
    }
    return n;
}

/*
 * When `n` names came or went, stops it, and lets it go on with the signal; how many names it was
 * then. More than it should be when this test was kept waiting: there are PODS and two of them.
 */
static size_t signal_after(const struct verb_run *run, size_t n, int signal)
{
    siginfo_t info;
    size_t seen = 0;

    while (seen < n)
        seen += count_events(run, true);
    kill(run->pid, SIGSTOP);
    assert_int_equal(waitid(P_PID, (id_t)run->pid, &info, WSTOPPED | WEXITED | WNOWAIT), 0);
    seen += count_events(run, false);
    kill(run->pid, signal);
    kill(run->pid, SIGCONT);
    return seen;
}

/* Its exit code, or the negative signal that it died of. */
static int finish(struct verb_run *run)
{
    size_t used = 0;
    ssize_t n;
    int status;

    while ((n = read(run->err, run->said + used, sizeof(run->said) - 1 - used)) > 0)
        used += (size_t)n;
    close(run->err);
    assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
    run->more = count_events(run, false);
    close(run->watch);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static size_t entries(const char *path)
{
    _cleanup_closedir_ DIR *dir = opendir(path);
    struct dirent *entry;
    size_t n = 0;

    while (dir && (entry = readdir(dir)))
        n += entry->d_name[0] != '.';
    return n;
}

static void nothing_is_left(void)
{
    _cleanup_free_ char *root = NULL, *cgroups = NULL;
    _cleanup_fclose_ FILE *mounts = fopen("/proc/self/mounts", "re");
    char line[4096];

    assert_int_equal(entries(NET_NS_DIR), 0);
    assert_int_equal(entries("/run/waypost-test"), 0);
    while (mounts && fgets(line, sizeof(line), mounts))
        assert_null(strstr(line, "waypost.large"));
    assert_int_equal(cgroup_root(&root), 0);
    assert_true(asprintf(&cgroups, "%s/waypost/%s", root, getenv("WAYPOST_RUN_ID")) > 0);
    assert_int_equal(access(cgroups, F_OK), -1);
    (void)umount2("/run/waypost-test/.cgroup2", MNT_DETACH);
}

static void said(const struct verb_run *run, const char *sentence)
{
    if (!strstr(run->said, sentence))
        fail_msg("'%s' is not in what was said: %s", sentence, run->said);
}

static void down_all(void)
{
    struct verb_run run;

    start_down(&run);
    assert_int_equal(finish(&run), CODE_DONE);
    assert_string_equal(run.said, "");
    nothing_is_left();
}

/* A link from here into the pod; it dies with the pod's namespace. */
static void mark(const char *pod, const char *link, int index)
{
    _cleanup_(netlink_free) struct netlink *nl = NULL;
    _cleanup_close_ int fd = -1;
    struct net_end here = {link, index, {{2, 9, 9, 9, 0, (uint8_t)index}}, -1}, there;

    assert_int_equal(net_ns_open(pod, &fd), 0);
    assert_int_equal(netlink_new(0, &nl), 0);
    there = (struct net_end){link, 500, {{2, 9, 9, 9, 1, (uint8_t)index}}, fd};
    net_link_veth(nl, &here, &there, pod);
    assert_int_equal(netlink_flush(nl), 0);
}

static void down_returns_when_all_is_gone(void **state)
{
    struct verb_run run;

    (void)state;
    fixture_need_root();
    start_up(&run);
    assert_int_equal(finish(&run), CODE_DONE);
    assert_int_equal(entries(NET_NS_DIR), NAMES);
    mark("waypost.large.p0", "mark0", 10);
    mark("waypost.large.p200", "mark1", 11);
    mark("waypost.large.p399", "mark2", 12);
    assert_int_equal(if_nametoindex("mark1"), 11);
    down_all();
    assert_int_equal(if_nametoindex("mark0"), 0);
    assert_int_equal(if_nametoindex("mark1"), 0);
    assert_int_equal(if_nametoindex("mark2"), 0);
}

/* Whether it came while the network was built; then no more than the pod in hand was made. */
static bool interrupt_up(size_t n, int signal)
{
    struct verb_run run;
    size_t seen;

    start_up(&run);
    seen = signal_after(&run, n, signal);
    if (seen >= NAMES) {
        (void)finish(&run);
        down_all();
        return false;
    }
    assert_int_equal(finish(&run), CODE_FAILED);
    said(&run,
         signal == SIGTERM ? "SIGTERM in the phase 'network'" : "SIGINT in the phase 'network'");
    said(&run, "of " PODS " pods: taking down what was built of lab 'large'");
    said(&run, "what was built of lab 'large' was taken down again");
    assert_in_range(run.more, seen, seen + 2); /* one more comes, and all go */
    nothing_is_left();
    return true;
}

static void a_signal_ends_up_and_leaves_nothing(void **state)
{
    size_t in_time = 0;

    (void)state;
    fixture_need_root();
    in_time += interrupt_up(1, SIGINT);
    in_time += interrupt_up(3, SIGTERM);
    in_time += interrupt_up(50, SIGINT);
    in_time += interrupt_up(200, SIGTERM);
    assert_true(in_time > 0);
}

static void what_a_killed_up_left_goes(void **state)
{
    static const size_t when[] = {1, 2, 40, 300};

    (void)state;
    fixture_need_root();
    for (size_t i = 0; i < ARRAY_SIZE(when); i++) {
        struct verb_run run;

        start_up(&run);
        (void)signal_after(&run, when[i], SIGKILL);
        (void)finish(&run);
        assert_true(entries(NET_NS_DIR) >= when[i]);
        down_all();
    }
}

static void a_signal_ends_down_which_can_go_on(void **state)
{
    static const char *const use[] = {"exec", "large", "p0", "--", "true", NULL};
    struct verb_run run;
    size_t seen;
    int code;

    (void)state;
    fixture_need_root();
    start_up(&run);
    assert_int_equal(finish(&run), CODE_DONE);
    start_down(&run);
    seen = signal_after(&run, 5, SIGTERM);
    code = finish(&run);
    /* How many more names go until the signal is heard is the machine's affair: one at least of
     * most of them is left. */
    if (seen < NAMES / 2) {
        assert_true(seen + run.more < NAMES);
        assert_int_equal(code, CODE_FAILED);
        said(&run,
             "SIGTERM: lab 'large' is half down: `waypost down large` takes down what is left");
        start(&run, use);
        assert_int_equal(finish(&run), CODE_MISTAKE);
        said(&run, "lab 'large' is half made: `waypost down large` removes what there is");
    }
    down_all();
}

static void what_a_killed_down_left_goes(void **state)
{
    struct verb_run run;

    (void)state;
    fixture_need_root();
    start_up(&run);
    assert_int_equal(finish(&run), CODE_DONE);
    start_down(&run);
    (void)signal_after(&run, 100, SIGKILL);
    (void)finish(&run);
    down_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(down_returns_when_all_is_gone),
        cmocka_unit_test(a_signal_ends_up_and_leaves_nothing),
        cmocka_unit_test(what_a_killed_up_left_goes),
        cmocka_unit_test(a_signal_ends_down_which_can_go_on),
        cmocka_unit_test(what_a_killed_down_left_goes),
    };

    return cmocka_run_group_tests(tests, large_sandbox, NULL);
}
