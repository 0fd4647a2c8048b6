// SPDX-License-Identifier: Apache-2.0
/* The loader, with real programs in a real cgroup. */
#include "lab/tests/bpf_fixture.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/json.h"
#include "maps/handle.h"
#include "maps/maps.h"
#include "lab/programs.h"

static const char one_node[] = "pods: [{name: a}, {name: b}]\n";
static const char two_nodes[] =
    "nodes: [n1, n2]\npods: [{name: a, node: n1}, {name: b, node: n2}]\n";

static int listen_loopback(uint16_t *port)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(sin);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &length), 0);
    *port = ntohs(sin.sin_port);
    return fd;
}

/* Connects to 127.0.0.1:port and sends "x". */
static int send_x(void *data)
{
    struct sockaddr_in sin = {.sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                              .sin_port = htons(*(uint16_t *)data)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0)
        return errno == ECONNREFUSED ? 11 : 12;
    return send(fd, "x", 1, 0) == 1 ? 0 : 13;
}

static void expect_stream(int listener, const char *text)
{
    char got[16] = "";
    ssize_t length = 0, r;
    int fd = accept(listener, NULL, NULL);

    assert_true(fd >= 0);
    while ((r = read(fd, got + length, sizeof(got) - 1 - (size_t)length)) > 0)
        length += r;
    close(fd);
    assert_string_equal(got, text);
}

static uint32_t map_id(const struct lab *lab, size_t node, const char *name)
{
    _cleanup_close_ int fd = -1;
    struct bpf_map_info info = {};
    uint32_t length = sizeof(info);

    assert_int_equal(map_open(lab, &lab->topology->nodes[node], name, &fd), 0);
    assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &length), 0);
    return info.id;
}

static uint32_t map_entries(const struct lab *lab, const char *name)
{
    _cleanup_close_ int fd = -1;
    struct bpf_map_info info = {};
    uint32_t length = sizeof(info);

    assert_int_equal(map_open(lab, &lab->topology->nodes[0], name, &fd), 0);
    assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &length), 0);
    return info.max_entries;
}

static void expect_nothing_left(const struct lab *lab)
{
    assert_int_equal(access(lab->bpf_dir, F_OK), -1);
    assert_int_equal(errno, ENOENT);
}

/* The frontend 127.0.0.1 with the listener's port as upstream id. */
static void redirect_loopback(const struct lab *lab, uint16_t port)
{
    _cleanup_json_ json_t *key = json_pack("{s:s}", "address", "127.0.0.1");
    _cleanup_json_ json_t *value = json_pack("{s:i}", "upstream", port);

    assert_int_equal(map_set(lab, &lab->topology->nodes[0], "km_frontend", key, value), 0);
}

static void test_traffic(void **state)
{
    struct lab *lab = fixture_up(one_node);
    uint16_t port, other = 9;
    _cleanup_close_ int listener = -1;

    (void)state;
    fixture_loopback_up();
    fixture_all_objects();
    listener = listen_loopback(&port);
    assert_int_equal(fixture_in_pod("a", send_x, &other), 11);
    assert_int_equal(fixture_programs(lab, fixture.objects), 0);
    assert_int_equal(fixture_in_pod("a", send_x, &port), 0);
    expect_stream(listener, ">x");
    redirect_loopback(lab, port);
    assert_int_equal(fixture_in_pod("a", send_x, &other), 0);
    expect_stream(listener, ">x");
    assert_int_equal(programs_down(lab), 0);
    assert_int_equal(fixture_in_pod("a", send_x, &other), 11);
    assert_int_equal(fixture_in_pod("a", send_x, &port), 0);
    expect_stream(listener, "x");
    expect_nothing_left(lab);
}

static void expect_id_gone(uint32_t id)
{
    int fd = bpf_prog_get_fd_by_id(id);

    assert_int_equal(fd, -ENOENT);
}

static void test_list(void **state)
{
    static const char *const expected[][3] = {
        {"cgroup_connect4_prog", "connect4.bpf.o", "cgroup/connect4"},
        {"cgroup_connect6_prog", "connect6.bpf.o", "cgroup/connect6"},
        {"sockops_prog", "sockops.bpf.o", "sockops"},
        {"sendmsg_prog", "sendmsg.bpf.o", "sk_msg"}};
    struct lab *lab = fixture_up(one_node);
    const struct topology_node *node = &lab->topology->nodes[0];
    _cleanup_json_ json_t *list = NULL, *none = NULL;
    json_t *entry;
    size_t i;

    (void)state;
    fixture_all_objects();
    none = fixture_attached(lab, node);
    assert_int_equal(json_array_size(none), 0);
    assert_int_equal(fixture_programs(lab, fixture.objects), 0);
    list = fixture_attached(lab, node);
    assert_int_equal(json_array_size(list), ARRAY_SIZE(expected));
    json_array_foreach (list, i, entry) {
        const char *name, *file, *attached;
        int id;

        assert_int_equal(json_unpack(entry, "{s:s, s:s, s:s, s:i}", "name", &name, "file", &file,
                                     "attached", &attached, "id", &id),
                         0);
        assert_string_equal(name, expected[i][0]);
        assert_string_equal(file, expected[i][1]);
        assert_string_equal(attached, expected[i][2]);
        close(bpf_prog_get_fd_by_id((uint32_t)id));
    }
    assert_int_equal(programs_down(lab), 0);
    json_array_foreach (list, i, entry)
        expect_id_gone((uint32_t)json_integer_value(json_object_get(entry, "id")));
    expect_nothing_left(lab);
}

static void test_tail_calls(void **state)
{
    struct lab *lab = fixture_up(one_node);
    const struct topology_node *node = &lab->topology->nodes[0];
    _cleanup_json_ json_t *list = NULL, *four = NULL, *six = NULL;
    int id4, id6, got4, got6;

    (void)state;
    fixture_all_objects();
    assert_int_equal(fixture_programs(lab, fixture.objects), 0);
    list = fixture_attached(lab, node);
    assert_int_equal(json_unpack(list, "[{s:i}, {s:i}]", "id", &id4, "id", &id6), 0);
    assert_int_equal(map_dump(lab, node, "km_cgr_tailcall", &four), 0);
    assert_int_equal(map_dump(lab, node, "km_cgr_tail6", &six), 0);
    assert_int_equal(
        json_unpack(four, "[{s:{s:i*}, s:{s:i}}]", "key", "slot", &got4, "value", "program", &got4),
        0);
    assert_int_equal(
        json_unpack(six, "[{s:{s:i}, s:{s:i}}]", "key", "slot", &got6, "value", "program", &got6),
        0);
    assert_int_equal(got4, id4);
    assert_int_equal(got6, id6);
    assert_int_equal(programs_down(lab), 0);
}

static void test_two_nodes(void **state)
{
    struct lab *lab = fixture_up(two_nodes);

    (void)state;
    fixture_all_objects();
    assert_int_equal(fixture_programs(lab, fixture.objects), 0);
    assert_int_not_equal(map_id(lab, 0, "km_manage"), map_id(lab, 1, "km_manage"));
    assert_int_equal(programs_down(lab), 0);
    expect_nothing_left(lab);
}

static void test_entries(void **state)
{
    struct lab *lab = fixture_up("pods: [{name: a}]\nmaps: [{name: km_socket, entries: 2}]\n");

    (void)state;
    fixture_all_objects();
    assert_int_equal(fixture_programs(lab, fixture.objects), 0);
    assert_int_equal(map_entries(lab, "km_socket"), 2);
    assert_int_equal(map_entries(lab, "km_manage"), 8192);
    assert_int_equal(programs_down(lab), 0);
}

static void test_entries_of_no_map(void **state)
{
    struct lab *lab = fixture_up("pods: [{name: a}]\nmaps: [{name: km_auth_res, entries: 2}]\n");

    (void)state;
    fixture_all_objects();
    assert_int_equal(fixture_programs(lab, fixture.objects), -ENOENT);
    fixture_expect_error("km_auth_res");
    expect_nothing_left(lab);
}

static void test_refused(void **state)
{
    struct lab *lab = fixture_up(one_node);
    char log[128];

    (void)state;
    fixture_object("connect4", NULL);
    fixture_object("sockops", NULL);
    fixture_object("refused", NULL);
    assert_true(fixture_programs(lab, fixture.objects) < 0);
    assert_non_null(strstr(fixture.errors, "sendmsg_prog"));
    assert_non_null(strstr(fixture.errors, "refused.bpf.o"));
    fixture_expect_error("invalid mem access");
    snprintf(log, sizeof(log), "%s.verifier-sendmsg_prog.log", lab->state_dir);
    assert_int_equal(access(log, R_OK), 0);
    expect_nothing_left(lab);
}

static uint32_t attached_connect4(const struct lab *lab)
{
    _cleanup_close_ int fd = -1;
    uint32_t n = 0;

    assert_int_equal(cgroup_open_node(lab, &lab->topology->nodes[0], &fd), 0);
    assert_int_equal(bpf_prog_query(fd, BPF_CGROUP_INET4_CONNECT, 0, NULL, NULL, &n), 0);
    return n;
}

/* connect4 is attached and pinned before sendmsg_prog turns out to have no place. */
static void test_late_failure(void **state)
{
    struct lab *lab = fixture_up(one_node);

    (void)state;
    fixture_object("connect4", NULL);
    assert_int_equal(fixture_programs(lab, fixture.objects), 0);
    assert_int_equal(attached_connect4(lab), 1);
    assert_int_equal(programs_down(lab), 0);
    fixture_object("lonely", NULL);
    assert_int_equal(fixture_programs(lab, fixture.objects), -ENOENT);
    fixture_expect_error("no sockhash");
    assert_int_equal(attached_connect4(lab), 0);
    expect_nothing_left(lab);
}

static void test_mismatch(void **state)
{
    struct lab *lab = fixture_up(one_node);

    (void)state;
    fixture_object("connect4", NULL);
    fixture_object("mismatch", NULL);
    assert_int_equal(fixture_programs(lab, fixture.objects), -EPROTO);
    assert_non_null(strstr(fixture.errors, "connect4.bpf.o"));
    assert_non_null(strstr(fixture.errors, "km_manage"));
    fixture_expect_error("mismatch.bpf.o");
    expect_nothing_left(lab);
}

/* Nothing tells which of two objects with sendmsg_prog is meant. */
static void test_double(void **state)
{
    struct lab *lab = fixture_up(one_node);

    (void)state;
    fixture_object("sockops", NULL);
    fixture_object("mismatch", "a");
    fixture_object("sendmsg", "z");
    assert_int_equal(fixture_programs(lab, fixture.objects), -EEXIST);
    assert_non_null(strstr(fixture.errors, "a.bpf.o"));
    fixture_expect_error("z.bpf.o");
    expect_nothing_left(lab);
}

static void write_file(const char *name, const char *text)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", fixture.objects, name);
    file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_no_objects(void **state)
{
    struct lab *lab = fixture_up(one_node);
    char absent[128];

    (void)state;
    write_file("README", "no object");
    write_file("x86.o",
               "no object either, but of sufficient length to hold a header of ELF: xxxxxx");
    write_file("empty.o", "");
    assert_int_equal(fixture_programs(lab, fixture.objects), -ENOENT);
    fixture_expect_error(fixture.objects);
    snprintf(absent, sizeof(absent), "%s/absent", fixture.objects);
    assert_int_equal(fixture_programs(lab, absent), -ENOENT);
    fixture_expect_error("absent");
    expect_nothing_left(lab);
}

static void test_not_bpffs(void **state)
{
    struct lab *lab = fixture_up(one_node);

    (void)state;
    fixture_all_objects();
    free(lab->bpf_dir);
    assert_true(asprintf(&lab->bpf_dir, "%s/nowhere/t", fixture.root) > 0);
    assert_int_equal(fixture_programs(lab, fixture.objects), -ENODEV);
    fixture_expect_error("not in a bpffs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_traffic, fixture_down),
        cmocka_unit_test_teardown(test_list, fixture_down),
        cmocka_unit_test_teardown(test_tail_calls, fixture_down),
        cmocka_unit_test_teardown(test_two_nodes, fixture_down),
        cmocka_unit_test_teardown(test_entries, fixture_down),
        cmocka_unit_test_teardown(test_entries_of_no_map, fixture_down),
        cmocka_unit_test_teardown(test_refused, fixture_down),
        cmocka_unit_test_teardown(test_late_failure, fixture_down),
        cmocka_unit_test_teardown(test_mismatch, fixture_down),
        cmocka_unit_test_teardown(test_double, fixture_down),
        cmocka_unit_test_teardown(test_no_objects, fixture_down),
        cmocka_unit_test_teardown(test_not_bpffs, fixture_down),
    };

    return cmocka_run_group_tests(tests, fixture_private, NULL);
}
