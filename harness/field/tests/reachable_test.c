// SPDX-License-Identifier: Apache-2.0
/* What flows reach, and the flows and settings of a bundle that nobody can trust. */
#include "field/tests/cluster_fixture.h"

#include <errno.h>

#include "common/tests/capture.h"
#include "field/reachable_find.h"
#include "field/settings.h"

static struct capture said;

static json_t *json_of(const char *text)
{
    char plain[1024];
    json_t *j;

    for (size_t i = 0; (plain[i] = (char)(text[i] == '\'' ? '"' : text[i])); i++)
        assert_true(i + 2 < sizeof(plain));
    j = json_loads(plain, 0, NULL);
    assert_non_null(j);
    return j;
}

static int reachable_from(const char *flows_text, struct reachable **out)
{
    _cleanup_json_ json_t *flows = json_of(flows_text), *node = json_object();
    struct bundle bundle = {.node = node};
    int r;

    capture_start(&said);
    r = reachable_find(&bundle, &fixture, flows, out);
    capture_end(&said);
    return r;
}

static void expect_refused(const char *flows, const char *words)
{
    struct reachable *reachable = NULL;

    assert_int_equal(reachable_from(flows, &reachable), -EINVAL);
    assert_null(reachable);
    assert_int_equal(said.messages, 1);
    if (!strstr(said.last, words))
        fail_msg("'%s' is not in '%s'", words, said.last);
}

static void flows_that_are_refused(void **unused)
{
    (void)unused;
#define TO "'10.0.0.3:80'"
    expect_refused("[{'from': '10.0.0.2', 'to': [" TO ", " TO ", " TO ", " TO ", " TO ", " TO
                   ", " TO ", " TO ", '[ffff:ffff::ffff]:65535']}]",
                   "at most 8 ADDRESS:PORT");
    expect_refused("[{'from': '10.0.0.2', 'to': []}]", "at most 8");
    expect_refused("[{'from': '10.0.0.2', 'to': ['10.0.0.3']}]", "ADDRESS:PORT");
    expect_refused("[{'from': '10.0.0.2', 'to': [" TO ", '[fd00::1]:80']}]", "one family");
    expect_refused("[{'from': '127.0.0.1', 'to': [" TO "]}]", "no pod of a lab");
    expect_refused("[{'from': '10.0.0.2', 'to': ['0.0.0.2:929']}]", "is a command");
    expect_refused("[{'from': '10.0.0.2', 'to': ['[::2]:930']}]", "is a command");
    expect_refused("[{'from': '10.0.0.2', 'to': ['[::ffff:0.0.0.2]:930']}]", "is a command");
}

/* Any other port is an ordinary destination (MG-4). */
static void what_only_looks_like_a_command(void **unused)
{
    _cleanup_free_ struct reachable *reachable = NULL;

    (void)unused;
    assert_int_equal(reachable_from("[{'from': '10.0.0.2', 'to': ['0.0.0.2:931']}]", &reachable),
                     0);
    assert_int_equal(reachable->n_flows, 1);
}

static void the_dns_proxy_is_reached(void **unused)
{
    struct address proxy = place("10.0.0.53:53").address;
    _cleanup_free_ struct reachable *reachable = NULL;
    const struct reachable_pod *pod;

    (void)unused;
    add_backend(0, "10.0.0.53", NULL);
    assert_int_equal(reachable_from("[{'from': '10.0.0.2', 'to': ['10.96.0.10:53']}]", &reachable),
                     0);
    pod = reachable_pod(reachable, &proxy);
    assert_non_null(pod);
    assert_int_equal(pod->n_ports, 1);
    assert_int_equal(pod->ports[0], 53);
}

static int settings_from(const char *text, struct field_settings *out)
{
    _cleanup_json_ json_t *node = json_of(text);
    struct bundle bundle = {.path = (char *)"b", .node = node};
    int r;

    capture_start(&said);
    r = field_settings_read(&bundle, out);
    capture_end(&said);
    return r;
}

static void settings_as_text(void **unused)
{
    struct field_settings s;

    (void)unused;
    assert_int_equal(settings_from("{}", &s), 0);
    assert_int_equal(s.n, 0);
    assert_int_equal(settings_from("{'settings': {'authz_offload': 0, 'other': [1], 'node_ip': "
                                   "'fd00::1', 'pod_gateway': null}}",
                                   &s),
                     0);
    assert_int_equal(said.messages, 1); /* of 'other' */
    assert_non_null(strstr(said.last, "'other'"));
    assert_int_equal(s.n, 3);
    assert_string_equal(s.list[0].text, "0");
    assert_string_equal(s.list[1].text, "fd00::1");
    assert_string_equal(s.list[2].text, "none");
}

static void settings_that_cannot_be(void **unused)
{
    static const char *const texts[] = {
        "{'settings': {'bpf_log_level': -1}}", "{'settings': {'bpf_log_level': 4294967296}}",
        "{'settings': {'bpf_log_level': '2'}}", "{'settings': {'node_ip': 1}}",
        "{'settings': {'node_ip': '10.0.0.0/8'}}"};
    struct field_settings s;

    (void)unused;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        assert_int_equal(settings_from(texts[i], &s), -EINVAL);
        assert_int_equal(said.messages, 1);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(flows_that_are_refused),   TEST(what_only_looks_like_a_command),
        TEST(the_dns_proxy_is_reached), TEST(settings_as_text),
        TEST(settings_that_cannot_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
