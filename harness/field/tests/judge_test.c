// SPDX-License-Identifier: Apache-2.0
#include "field/tests/cluster_fixture.h"

#include "field/judge.h"

/* A service with two endpoints at 10.96.0.1, one with a waypoint at 10.96.0.2. */
static int setup(void **unused)
{
    fixture_setup(unused);
    add_frontend("10.96.0.1", 1);
    add_service(1, 0, COUNTS(2), NULL);
    add_endpoint(1, 0, 1, 7);
    add_endpoint(1, 0, 2, 8);
    add_backend(7, "10.0.0.7", NULL);
    add_backend(8, "10.0.0.8", NULL);
    add_frontend("10.96.0.2", 2);
    add_service(2, 0, COUNTS(0), "10.0.0.5");
    return 0;
}

static enum parting judged(const char *asked, const char *end, const char *tlv,
                           const char *destination, const char *error)
{
    struct seen seen = {.end = place(end),
                        .tlv = tlv,
                        .destination = destination,
                        .error = error,
                        .stage = error ? "connect" : NULL,
                        .whole = true};
    struct address_port to = place(asked);
    struct judgement j;
    struct prediction p;

    predict_for((struct predict_client){true, true}, asked, &p);
    judge(&p, &to, &seen, true, &j);
    prediction_release(&p);
    assert_int_equal(j.parting == PART_NONE, !*j.text);
    return j.parting;
}

static void ends(void **unused)
{
    (void)unused;
    assert_int_equal(judged("10.96.0.1:80", "10.0.0.8:8080", "none", NULL, NULL), PART_NONE);
    assert_int_equal(judged("10.96.0.1:80", "10.0.0.8:8443", NULL, NULL, "ECONNREFUSED"),
                     PART_PORT);
    assert_int_equal(judged("10.96.0.1:80", "10.0.0.9:8080", "none", NULL, NULL), PART_END);
    assert_int_equal(judged("10.96.0.1:80", "10.96.0.1:80", NULL, NULL, "ECONNREFUSED"),
                     PART_NOT_SENT);
    assert_int_equal(judged("10.9.9.9:80", "10.0.0.8:80", "none", NULL, NULL), PART_SENT);
    assert_int_equal(judged("10.96.0.1:80", "10.0.0.8:8080", NULL, NULL, "ECONNREFUSED"),
                     PART_REFUSED);
}

static void tlvs(void **unused)
{
    (void)unused;
    assert_int_equal(judged("10.96.0.2:80", "10.0.0.5:15008", "ok", "10.96.0.2:80", NULL),
                     PART_NONE);
    assert_int_equal(judged("10.96.0.2:80", "10.0.0.5:15008", "none", NULL, NULL), PART_NO_TLV);
    assert_int_equal(judged("10.96.0.2:80", "10.0.0.5:15008", "ok", "10.96.0.1:80", NULL),
                     PART_WRONG_TLV);
    assert_int_equal(judged("10.96.0.2:80", "10.0.0.5:15008", "doubled", "10.96.0.2:80", NULL),
                     PART_WRONG_TLV);
    assert_int_equal(judged("10.96.0.1:80", "10.0.0.7:8080", "ok", "10.96.0.1:80", NULL), PART_TLV);
    assert_int_equal(
        judged("[::ffff:10.96.0.2]:80", "10.0.0.5:15008", "ok", "[::ffff:10.96.0.2]:80", NULL),
        PART_NONE);
}

static void many_connects(void **unused)
{
    json_t *both = json_pack("{s:i, s:i}", "10.0.0.7:8080", 20, "[::ffff:10.0.0.8]:8080", 20);
    json_t *one = json_pack("{s:i}", "10.0.0.7:8080", 40);
    struct judgement j;
    struct prediction p;

    (void)unused;
    predict_for((struct predict_client){true, true}, "10.96.0.1:80", &p);
    judge_many(&p, both, &j);
    assert_int_equal(j.parting, PART_NONE);
    judge_many(&p, one, &j);
    assert_int_equal(j.parting, PART_NEVER);
    assert_non_null(strstr(j.text, "10.0.0.8:8080"));
    prediction_release(&p);
    json_decref(both);
    json_decref(one);
}

static void an_observation_is_read(void **unused)
{
    static const char text[] =
        "{\"client\": {\"errno\": null, \"stage\": null, \"peer\": \"[::ffff:10.0.0.5]:15008\","
        " \"sent\": 64}, \"hooks\": {\"after\": [\"[::ffff:10.0.0.5]:15008\"]}, \"listener\":"
        " {\"tlv\": {\"status\": \"ok\", \"destination\": \"10.96.0.2:80\"},"
        " \"payload\": {\"bytes\": 63, \"wrong_at\": null}}}";
    json_t *j = json_loads(text, 0, NULL);
    struct seen seen;
    char out[ADDRESS_TEXT_MAX];

    (void)unused;
    assert_non_null(j);
    seen_read(j, &seen);
    assert_string_equal(address_port_text(&seen.end, out), "10.0.0.5:15008");
    assert_string_equal(seen.tlv, "ok");
    assert_null(seen.error);
    assert_false(seen.whole);
    json_decref(j);
}

static void words(void **unused)
{
    char text[512];
    struct prediction p;

    (void)unused;
    predict_for((struct predict_client){true, true}, "10.96.0.1:80", &p);
    prediction_text(&p, text, sizeof(text));
    assert_string_equal(text, "CN-3: 10.0.0.7:8080, no TLV; or 10.0.0.8:8080, no TLV");
    prediction_release(&p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ends), TEST(tlvs), TEST(many_connects), TEST(an_observation_is_read), TEST(words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
