// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "play/play.h"

static struct script_line lines[] = {
    {.number = 3, .text = "c fionread", .expected = "11"},
    {.number = 7, .text = "c poll"},
};
static const struct script script = {.file = "a.play", .lines = lines, .n = ARRAY_SIZE(lines)};

/* Whether it differs; what was written is `expected`. */
static bool differs(const char *const a[2], const char *const b[2], const char *expected)
{
    struct strings first = {.items = (char **)a, .n = a[1] ? 2 : 1};
    struct strings second = {.items = (char **)b, .n = b && b[1] ? 2 : 1};
    struct play_column columns[] = {{"web:80", &first}, {"direct:80", &second}};
    _cleanup_free_ char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    bool result;

    assert_non_null(out);
    result = play_differs(&script, &columns[0], b ? &columns[1] : NULL, out);
    fclose(out);
    assert_string_equal(text, expected);
    return result;
}

static void equal_answers_are_printed(void **state)
{
    static const char *const right[] = {"11", "in"};

    (void)state;
    assert_false(differs(right, right, "c fionread -> 11\nc poll -> in\n"));
    assert_false(differs(right, NULL, "c fionread -> 11\nc poll -> in\n"));
}

static void the_first_difference_is_shown_with_all_answers(void **state)
{
    static const char *const right[] = {"11", "in"}, *const other[] = {"11", "out"};

    (void)state;
    assert_true(differs(right, other,
                        "c fionread -> 11\n"
                        "a.play:7: c poll\n"
                        "  web:80:    in\n"
                        "  direct:80: out\n"));
}

static void an_error_on_both_flows_is_seen(void **state)
{
    static const char *const wrong[] = {"0", "in"};

    (void)state;
    assert_true(differs(wrong, wrong,
                        "a.play:3: c fionread\n"
                        "  expected:  11\n"
                        "  web:80:    0\n"
                        "  direct:80: 0\n"));
    assert_true(differs(wrong, NULL,
                        "a.play:3: c fionread\n"
                        "  expected: 11\n"
                        "  web:80:   0\n"));
}

static void a_call_that_does_not_return_is_a_difference(void **state)
{
    static const char *const late[] = {"11", PLAY_NO_RETURN};
    static const char *const later[] = {PLAY_NO_RETURN, NULL};

    (void)state;
    assert_true(differs(late, late,
                        "c fionread -> 11\n"
                        "a.play:7: c poll\n"
                        "  web:80:    (does not return)\n"
                        "  direct:80: (does not return)\n"));
    assert_true(differs(later, late,
                        "a.play:3: c fionread\n"
                        "  expected:  11\n"
                        "  web:80:    (does not return)\n"
                        "  direct:80: 11\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_answers_are_printed),
        cmocka_unit_test(the_first_difference_is_shown_with_all_answers),
        cmocka_unit_test(an_error_on_both_flows_is_seen),
        cmocka_unit_test(a_call_that_does_not_return_is_a_difference),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
