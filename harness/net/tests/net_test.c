// SPDX-License-Identifier: Apache-2.0
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common/tests/capture.h"
#include "net/netlink.h"
#include "net/ns.h"
#include "place/tests/fixture.h"

#define PORT 8080

/* A socket stays in the namespace it was made in; the test comes back. */
static int socket_in(const struct lab *lab, const char *name, int af)
{
    _cleanup_close_ int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    int fd;

    assert_true(here >= 0);
    assert_int_equal(net_enter(lab, name), 0);
    fd = socket(af, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(setns(here, CLONE_NEWNET), 0);
    return fd;
}

static int listen_in(const struct lab *lab, const char *name, int af)
{
    struct address_port any = {.address = {.af = af}, .port = PORT};
    int fd = socket_in(lab, name, af), on = 1;
    struct sockaddr_storage sa;
    socklen_t length = address_port_to_sockaddr(&any, &sa);

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    if (af == AF_INET6)
        assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, length), 0);
    assert_int_equal(listen(fd, 100), 0);
    return fd;
}

/* Begins a connect from the pod or node; it must be under way when this returns. */
static int begin(const struct lab *lab, const char *from, const struct address *to)
{
    struct address_port ap = {.address = *to, .port = PORT};
    int fd = socket_in(lab, from, to->af);
    struct sockaddr_storage sa;
    socklen_t length = address_port_to_sockaddr(&ap, &sa);

    if (connect(fd, (struct sockaddr *)&sa, length) < 0)
        assert_int_equal(errno, EINPROGRESS);
    return fd;
}

/* The outcome of a connect under way: 0, an errno, or ETIMEDOUT when there is none in time. */
static int outcome(int fd, int deadline_ms)
{
    struct pollfd pollfd = {.fd = fd, .events = POLLOUT};
    socklen_t size = sizeof(int);
    int code;

    if (poll(&pollfd, 1, deadline_ms) == 0)
        return ETIMEDOUT;
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size), 0);
    return code;
}

static int reach(const struct lab *lab, const char *from, const struct address *to)
{
    _cleanup_close_ int fd = begin(lab, from, to);

    /* A SYN that was lost is sent again after 1 s: that must not be needed. */
    return outcome(fd, 900);
}

static const struct topology_pod *pod(const struct lab *lab, const char *name)
{
    const struct topology_pod *found;

    assert_int_equal(lab_pod(lab, name, &found), 0);
    return found;
}

static size_t names_left(void)
{
    _cleanup_closedir_ DIR *dir = opendir(NET_NS_DIR);
    struct dirent *entry;
    size_t n = 0;

    while (dir && (entry = readdir(dir)))
        n += entry->d_name[0] != '.';
    return n;
}

static struct lab *shared; /* n0: p0, p2; n1: p1, p3 */

static int up_shared(void **state)
{
    if (fixture_sandbox(state) < 0)
        return -1;
    if (geteuid() != 0)
        return 0;
    shared = fixture_lab("shared", 2, 4);
    return net_up(shared, NULL);
}

static int down_shared(void **state)
{
    int r;

    (void)state;
    if (!shared)
        return 0;
    r = net_down(shared, NULL);
    fixture_forget(&shared);
    return r;
}

static void reach_all(int af)
{
    static const char *const names[] = {"p0", "p1", "p2", "p3"};
    int fds[4];

    for (size_t i = 0; i < 4; i++)
        fds[i] = listen_in(shared, names[i], af);
    for (size_t from = 0; from < 4; from++) {
        for (size_t to = 0; to < 4; to++) {
            const struct topology_pod *p = pod(shared, names[to]);

            assert_int_equal(reach(shared, names[from], af == AF_INET ? &p->v4 : &p->v6), 0);
        }
    }
    for (size_t i = 0; i < 4; i++)
        close(fds[i]);
}

static void every_pod_reaches_every_pod(void **state)
{
    (void)state;
    fixture_need_root();
    reach_all(AF_INET);
    reach_all(AF_INET6);
}

static void node_reaches(const char *node, const struct address *to)
{
    assert_int_equal(reach(shared, node, to), ECONNREFUSED);
}

static void nodes_reach_pods_and_nodes(void **state)
{
    (void)state;
    fixture_need_root();
    for (size_t i = 0; i < 4; i++) {
        node_reaches("n0", &shared->topology->pods[i].v4);
        node_reaches("n0", &shared->topology->pods[i].v6);
    }
    node_reaches("n0", &shared->topology->nodes[1].v4);
    node_reaches("n1", &shared->topology->nodes[0].v6);
    node_reaches("p0", &shared->topology->nodes[1].v4);
    node_reaches("p0", &shared->topology->nodes[0].v6);
}

/* What a pod sees of a connection from a node is the node's address. */
static void a_node_speaks_with_its_own_address(void **state)
{
    _cleanup_close_ int listener = -1, client = -1, accepted = -1;
    struct sockaddr_storage sa;
    socklen_t length = sizeof(sa);
    struct address_port peer;

    (void)state;
    fixture_need_root();
    listener = listen_in(shared, "p1", AF_INET6);
    client = begin(shared, "n0", &pod(shared, "p1")->v6);
    assert_int_equal(outcome(client, 900), 0);
    accepted = accept(listener, (struct sockaddr *)&sa, &length);
    assert_true(accepted >= 0);
    assert_int_equal(address_port_from_sockaddr((struct sockaddr *)&sa, length, &peer), 0);
    assert_true(address_equal(&peer.address, &shared->topology->nodes[0].v6));
}

/* begin() shows that the pod has a route; it is the node that says no, however often. */
static void what_nobody_has_is_refused_at_once(void **state)
{
    const struct address nobody[] = {{.af = AF_INET, .bytes = {10, 99, 0, 1}},
                                     {.af = AF_INET6, .bytes = {0xfd, 0, 0x99, [15] = 1}}};
    int64_t start = fixture_now_ms();

    (void)state;
    fixture_need_root();
    for (int i = 0; i < 40; i++)
        assert_int_equal(reach(shared, "p0", &nobody[i % 2]), EHOSTUNREACH);
    /* 20 ms each; a machine under load may lose an answer, which then comes after 1 s. */
    assert_true(fixture_now_ms() - start < 5000);
}

static void command_addresses_have_a_route(void **state)
{
    const struct address commands[] = {{.af = AF_INET, .bytes = {[3] = 2}},
                                       {.af = AF_INET6, .bytes = {[15] = 2}}};

    (void)state;
    fixture_need_root();
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(reach(shared, "p0", &commands[i]), EHOSTUNREACH);
}

/* Runs `fn` in a pod's namespace and comes back. */
static void in_pod(const char *name, int (*fn)(void))
{
    _cleanup_close_ int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

    assert_true(here >= 0);
    assert_int_equal(net_enter(shared, name), 0);
    assert_int_equal(fn(), 0);
    assert_int_equal(setns(here, CLONE_NEWNET), 0);
}

/* Beyond the three seconds after which the kernel would give an unanswered neighbour up. */
static void a_held_gateway_holds(void **state)
{
    _cleanup_close_ int l4 = -1, l6 = -1, c4 = -1, c6 = -1;
    int64_t released;

    (void)state;
    fixture_need_root();
    l4 = listen_in(shared, "p1", AF_INET);
    l6 = listen_in(shared, "p1", AF_INET6);
    in_pod("p0", net_gateway_hold);
    c4 = begin(shared, "p0", &pod(shared, "p1")->v4);
    c6 = begin(shared, "p0", &pod(shared, "p1")->v6);
    assert_int_equal(outcome(c4, 3300), ETIMEDOUT);
    assert_int_equal(outcome(c6, 0), ETIMEDOUT);
    /* The others are not affected. */
    assert_int_equal(reach(shared, "p2", &pod(shared, "p1")->v4), 0);

    released = fixture_now_ms();
    in_pod("p0", net_gateway_release);
    assert_int_equal(outcome(c4, 500), 0);
    assert_int_equal(outcome(c6, 500), 0);
    assert_true(fixture_now_ms() - released < 100);
}

static void a_gateway_is_held_and_released_again(void **state)
{
    _cleanup_close_ int listener = -1;

    (void)state;
    fixture_need_root();
    listener = listen_in(shared, "p1", AF_INET);
    for (int i = 0; i < 20; i++) {
        _cleanup_close_ int client = -1;

        in_pod("p0", net_gateway_hold);
        in_pod("p0", net_gateway_hold);
        client = begin(shared, "p0", &pod(shared, "p1")->v4);
        assert_int_equal(outcome(client, 5), ETIMEDOUT);
        in_pod("p0", net_gateway_release);
        assert_int_equal(outcome(client, 500), 0);
    }
    in_pod("p0", net_gateway_release);
    assert_int_equal(reach(shared, "p0", &pod(shared, "p1")->v4), 0);
}

static void cookies_tell_namespaces_apart(void **state)
{
    _cleanup_close_ int a = -1, b = -1, fd = -1;
    uint64_t cookie_a, cookie_b, again;
    socklen_t size = sizeof(again);

    (void)state;
    fixture_need_root();
    assert_int_equal(net_open_pod(shared, "p0", &a), 0);
    assert_int_equal(net_open_pod(shared, "p1", &b), 0);
    assert_int_equal(net_cookie(a, &cookie_a), 0);
    assert_int_equal(net_cookie(b, &cookie_b), 0);
    assert_true(cookie_a != cookie_b);
    fd = socket_in(shared, "p0", AF_INET);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &again, &size), 0);
    assert_true(again == cookie_a);
}

/* Every link can send when net_up() returns: the first connects lose no SYN. */
static void a_lab_is_usable_at_once(void **state)
{
    struct lab *lab;

    (void)state;
    fixture_need_root();
    for (int round = 0; round < 20; round++) {
        lab = fixture_lab("fresh", 1, 20);
        assert_int_equal(net_up(lab, NULL), 0);
        for (size_t i = 20; i-- > 0;) {
            assert_int_equal(reach(lab, "n0", &lab->topology->pods[i].v4), ECONNREFUSED);
            assert_int_equal(reach(lab, "n0", &lab->topology->pods[i].v6), ECONNREFUSED);
        }
        assert_int_equal(net_down(lab, NULL), 0);
        fixture_forget(&lab);
    }
}

static uint64_t own_namespace(void)
{
    struct stat st;

    assert_int_equal(stat("/proc/thread-self/ns/net", &st), 0);
    return st.st_ino;
}

static void what_a_failure_leaves_comes_down(void **state)
{
    uint64_t before = 0;
    struct capture said;
    struct lab *lab;
    size_t names;

    (void)state;
    fixture_need_root();
    before = own_namespace();
    names = names_left();
    lab = fixture_lab("failing", 2, 4);
    /* Two pods of one address: the second host route is refused, when all else is made. */
    lab->topology->frontends[2 * 2].address = lab->topology->pods[0].v4;
    capture_start(&said);
    assert_int_equal(net_up(lab, NULL), -EEXIST);
    capture_end(&said);
    assert_non_null(strstr(said.last, "'p2'"));
    assert_true(own_namespace() == before);
    assert_int_equal(net_down(lab, NULL), 0);
    assert_int_equal(names_left(), names);
    fixture_forget(&lab);
}

static void half_a_lab_comes_down(void **state)
{
    struct lab *lab;
    size_t names;

    (void)state;
    fixture_need_root();
    names = names_left();
    lab = fixture_lab("half", 1, 3);
    assert_int_equal(net_down(lab, NULL), 0);
    assert_int_equal(net_up(lab, NULL), 0);
    assert_int_equal(net_ns_remove("waypost.half.p1"), 0);
    fixture_write(NET_NS_DIR "/waypost.half.p9", "");
    assert_int_equal(net_down(lab, NULL), 0);
    assert_int_equal(names_left(), names);
    assert_int_equal(net_down(lab, NULL), 0);
    fixture_forget(&lab);
}

static int count_multicast(const struct nlmsghdr *nlh, void *data)
{
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);

    if (nlh->nlmsg_type == RTM_NEWROUTE && rtm->rtm_type == RTN_MULTICAST)
        (*(size_t *)data)++;
    return 0;
}

static void count_multicast_of(const char *node, size_t *out)
{
    _cleanup_close_ int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    _cleanup_(netlink_free) struct netlink *nl = NULL;

    assert_int_equal(net_enter(shared, node), 0);
    assert_int_equal(netlink_new(0, &nl), 0);
    assert_int_equal(setns(here, CLONE_NEWNET), 0);
    assert_int_equal(netlink_dump(nl, RTM_GETROUTE, count_multicast, out), 0);
}

/* The kernel adds one for each link to a list that it goes through time and again. */
static void nodes_have_no_multicast_routes(void **state)
{
    size_t n = 0;

    (void)state;
    fixture_need_root();
    count_multicast_of("n0", &n);
    count_multicast_of("n1", &n);
    assert_int_equal(n, 0);
}

/* Not more than 40 files, and no right to change that. */
static void limit_files(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];
    const struct rlimit limit = {40, 40};

    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(syscall(SYS_capget, &header, caps), 0);
    caps[0].effective &= ~(1U << CAP_SYS_RESOURCE);
    caps[0].permitted &= ~(1U << CAP_SYS_RESOURCE);
    assert_int_equal(syscall(SYS_capset, &header, caps), 0);
}

static void names_go_without_enough_files(void **state)
{
    struct lab *lab;
    size_t names;
    int status;
    pid_t pid;

    (void)state;
    fixture_need_root();
    names = names_left();
    lab = fixture_lab("poor", 1, 60);
    assert_int_equal(net_up(lab, NULL), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        limit_files();
        _exit(net_down(lab, NULL) < 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(names_left(), names);
    fixture_forget(&lab);
}

static void names_of_another_lab_stay(void **state)
{
    struct lab *lab;

    (void)state;
    fixture_need_root();
    lab = fixture_lab("share", 1, 1);
    assert_int_equal(net_up(lab, NULL), 0);
    assert_int_equal(net_down(lab, NULL), 0);
    fixture_forget(&lab);
    assert_int_equal(reach(shared, "p0", &pod(shared, "p1")->v4), ECONNREFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pod_reaches_every_pod),
        cmocka_unit_test(nodes_reach_pods_and_nodes),
        cmocka_unit_test(a_node_speaks_with_its_own_address),
        cmocka_unit_test(what_nobody_has_is_refused_at_once),
        cmocka_unit_test(command_addresses_have_a_route),
        cmocka_unit_test(a_held_gateway_holds),
        cmocka_unit_test(a_gateway_is_held_and_released_again),
        cmocka_unit_test(cookies_tell_namespaces_apart),
        cmocka_unit_test(a_lab_is_usable_at_once),
        cmocka_unit_test(what_a_failure_leaves_comes_down),
        cmocka_unit_test(half_a_lab_comes_down),
        cmocka_unit_test(nodes_have_no_multicast_routes),
        cmocka_unit_test(names_go_without_enough_files),
        cmocka_unit_test(names_of_another_lab_stay),
    };

    return cmocka_run_group_tests(tests, up_shared, down_shared);
}
