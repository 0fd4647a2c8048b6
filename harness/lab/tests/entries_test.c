// SPDX-License-Identifier: Apache-2.0
/* Names in the keys and values of `waypost map`. Cookies need a lab: the suites have them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lab/entries.h"
#include "common/cleanup.h"
#include "common/tests/capture.h"

static const char topology_text[] = "pods:\n"
                                    "  - {name: client}\n"
                                    "  - {name: web1, ipv4: 10.1.1.1, ipv6: 'fd11::1', uid: 7}\n"
                                    "  - {name: old, ipv4: 10.1.1.2, ipv6: none}\n"
                                    "services:\n"
                                    "  - name: web\n"
                                    "    ipv4: 10.2.2.2\n"
                                    "    ipv6: 'fd22::2'\n"
                                    "    id: 3\n"
                                    "    ports: [{port: 80, target: 8080}]\n"
                                    "    endpoints: [{pod: web1}]\n";

static struct lab lab = {.family = FAMILY_V4, .lock_fd = -1};

static int setup(void **state)
{
    (void)state;
    return topology_parse("test.yaml", topology_text, strlen(topology_text), &lab.topology);
}

static int teardown(void **state)
{
    (void)state;
    topology_free(&lab.topology);
    return 0;
}

/* Apostrophes stand for quotation marks. */
static json_t *parse(const char *text)
{
    char json[256];
    json_t *object;

    snprintf(json, sizeof(json), "%s", text);
    for (char *c = json; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    object = json_loads(json, 0, NULL);
    assert_non_null(object);
    return object;
}

static void becomes(const char *before, const char *after)
{
    _cleanup_json_ json_t *object = parse(before), *expected = parse(after);

    assert_int_equal(entry_resolve(&lab, object), 0);
    assert_true(json_equal(object, expected));
}

static void refused(const char *text, const char *sentence)
{
    _cleanup_json_ json_t *object = parse(text);
    struct capture capture;

    capture_start(&capture);
    assert_int_equal(entry_resolve(&lab, object), -EINVAL);
    capture_end(&capture);
    assert_non_null(strstr(capture.last, sentence));
}

static void addresses_are_of_the_labs_family(void **state)
{
    (void)state;
    becomes("{'address':'web1'}", "{'address':'10.1.1.1'}");
    lab.family = FAMILY_V6;
    becomes("{'address':'web','waypoint':'web1'}", "{'address':'fd22::2','waypoint':'fd11::1'}");
    lab.family = FAMILY_V4;
}

static void a_family_can_be_chosen(void **state)
{
    (void)state;
    becomes("{'address':'web1/v6'}", "{'address':'fd11::1'}");
    becomes("{'waypoint':'web/v4'}", "{'waypoint':'10.2.2.2'}");
}

static void numbers_have_names(void **state)
{
    (void)state;
    becomes("{'upstream':'web'}", "{'upstream':3}");
    becomes("{'upstream':'web1'}", "{'upstream':7}");
    becomes("{'service':'web','priority':0,'index':1}", "{'service':3,'priority':0,'index':1}");
    becomes("{'id':'web'}", "{'id':3}");
    becomes("{'uid':'web1'}", "{'uid':7}");
}

static void what_is_no_name_stays(void **state)
{
    (void)state;
    becomes("{'address':'10.9.9.9','waypoint':null}", "{'address':'10.9.9.9','waypoint':null}");
    becomes("{'uid':12,'raw':'web','services':[1,2]}", "{'uid':12,'raw':'web','services':[1,2]}");
    assert_int_equal(entry_resolve(&lab, NULL), 0);
}

static void wrong_names_are_said(void **state)
{
    (void)state;
    refused("{'address':'nobody'}", "no pod or service");
    refused("{'address':'web1/v5'}", "NAME/v4");
    refused("{'address':'web1/mapped'}", "NAME/v4");
    refused("{'address':'old/v6'}", "no v6 address");
    refused("{'cookie':'web'}", "no pod");
    refused("{'uid':'web'}", "no pod");
    refused("{'id':'web1'}", "no service");
    refused("{'upstream':''}", "no service or pod");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_of_the_labs_family),
        cmocka_unit_test(a_family_can_be_chosen),
        cmocka_unit_test(numbers_have_names),
        cmocka_unit_test(what_is_no_name_stays),
        cmocka_unit_test(wrong_names_are_said),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
