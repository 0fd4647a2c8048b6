// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/tests/capture.h"
#include "forge/table.h"

/* Answers with the packet's TTL. */
static int by_ttl(void *data, const char *where, const struct packet *packet,
                  const struct packet_bytes *bytes, char answer[TABLE_ANSWER_MAX], json_t *j)
{
    size_t *asked = data;

    (void)where;
    ++*asked;
    (void)snprintf(answer, TABLE_ANSWER_MAX, "ttl %d", (int)packet->number[PACKET_N_TTL]);
    if (j)
        json_object_set_new(j, "size", json_integer((json_int_t)bytes->size));
    return 0;
}

static int here(void *data, int (*fn)(void *data), void *fn_data)
{
    (void)data;
    return fn(fn_data);
}

struct ran {
    size_t asked, differ;
    int r;
    char *out;
    struct capture said;
};

static void run(const char *text, bool json, struct ran *ran)
{
    struct table_judge judge = {.called = "answer",
                                .scene = {.from = "10.0.0.1", .to = "10.0.0.2"},
                                .data = &ran->asked,
                                .inside = here,
                                .judge = by_ttl};
    size_t size;
    FILE *out = open_memstream(&ran->out, &size);

    assert_non_null(out);
    ran->asked = ran->differ = 0;
    capture_start(&ran->said);
    ran->r = table_run(&judge, text, json, out, &ran->differ);
    capture_end(&ran->said);
    fclose(out);
}

static void a_line_is_a_packet(void **state)
{
    struct ran ran;

    (void)state;
    run("esp ttl=1\n\n  # esp ttl=2\n  esp ttl=3  ->  ttl 3  \n", false, &ran);
    assert_int_equal(ran.r, 0);
    assert_int_equal(ran.differ, 0);
    assert_string_equal(ran.out, "esp ttl=1 -> ttl 1\nesp ttl=3 -> ttl 3\n");
    free(ran.out);
}

static void the_first_that_differs_is_said(void **state)
{
    struct ran ran;

    (void)state;
    run("esp ttl=1 -> ttl 1\nesp ttl=2 -> ttl 1\nesp ttl=3 -> ttl 1", false, &ran);
    assert_int_equal(ran.r, 0);
    assert_int_equal(ran.differ, 2);
    assert_string_equal(ran.said.last, "2 of 3 packets have another answer; the first: line 2: esp "
                                       "ttl=2: expected 'ttl 1', is 'ttl 2'");
    assert_int_equal(ran.said.messages, 1);
    free(ran.out);
}

static void nothing_is_asked_before_all_is_read(void **state)
{
    static const struct {
        const char *text, *said;
    } wrong[] = {
        {"esp ttl=1\nesp ttl=x", "line 2: 'ttl=x' must have a number from 0 to 255"},
        {"esp ttl=1\nesp ->", "line 2: what is expected is missing behind '->'"},
        {"esp ttl=1\n-> lost", "line 2: it is not said what the packet carries: tcp, udp, icmp, "
                               "esp, protocol=N, arp or ethertype=N"},
        {"esp ttl=1\nesp fragment=16-", "line 2: of 8 bytes no fragment begins at 16"},
        {"\n# esp\n", "there is no packet"},
    };
    struct ran ran;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        run(wrong[i].text, false, &ran);
        assert_int_equal(ran.r, -EINVAL);
        assert_int_equal(ran.asked, 0);
        assert_string_equal(ran.said.last, wrong[i].said);
        assert_string_equal(ran.out, "");
        free(ran.out);
    }
}

static void json_has_the_bytes(void **state)
{
    _cleanup_json_ json_t *j = NULL;
    struct ran ran;

    (void)state;
    run("ethertype=0x88cc ttl=1", false, &ran);
    assert_int_equal(ran.r, -EINVAL);
    free(ran.out);
    run("esp frame=14 ttl=1 -> ttl 1", true, &ran);
    j = json_loads(ran.out, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(j, "answer")), "ttl 1");
    assert_string_equal(json_string_value(json_object_get(j, "expected")), "ttl 1");
    assert_string_equal(json_string_value(json_object_get(j, "before")),
                        "0000000000000000000000000800");
    assert_int_equal(json_integer_value(json_object_get(j, "size")), 14);
    free(ran.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_a_packet),
        cmocka_unit_test(the_first_that_differs_is_said),
        cmocka_unit_test(nothing_is_asked_before_all_is_read),
        cmocka_unit_test(json_has_the_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
