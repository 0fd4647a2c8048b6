// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/strings.h"

static void an_empty_list_has_nothing(void **state)
{
    struct strings strings = {0};

    (void)state;
    strings_sort(&strings);
    assert_false(strings_have(&strings, ""));
    strings_clear(&strings);
    assert_null(strings.items);
}

static void copies_are_added_in_their_order(void **state)
{
    _cleanup_strings_ struct strings strings = {0};
    char text[] = "b";

    (void)state;
    assert_int_equal(strings_add(&strings, text), 0);
    text[0] = 'a';
    assert_int_equal(strings_add(&strings, text), 0);
    assert_int_equal(strings.n, 2);
    assert_string_equal(strings.items[0], "b");
    assert_string_equal(strings.items[1], "a");
    assert_true(strings_have(&strings, "a"));
    assert_false(strings_have(&strings, "ab"));
}

static void joined_they_are_one_text(void **state)
{
    _cleanup_strings_ struct strings strings = {0};
    _cleanup_free_ char *none = strings_join(&strings, ", "), *both = NULL;

    (void)state;
    assert_string_equal(none, "");
    assert_int_equal(strings_add(&strings, "a"), 0);
    assert_int_equal(strings_add(&strings, "b"), 0);
    both = strings_join(&strings, ", ");
    assert_string_equal(both, "a, b");
}

static void what_is_taken_belongs_to_the_list(void **state)
{
    _cleanup_strings_ struct strings strings = {0};
    char *item = strdup("mine");

    (void)state;
    assert_int_equal(strings_take(&strings, item), 0);
    assert_ptr_equal(strings.items[0], item);
    assert_int_equal(strings_take(&strings, NULL), -ENOMEM);
    assert_int_equal(strings.n, 1);
}

static void a_null_stands_behind_the_last(void **state)
{
    _cleanup_strings_ struct strings strings = {0};

    (void)state;
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(strings_add(&strings, "x"), 0);
        assert_null(strings.items[strings.n]);
    }
}

static void strings_are_sorted_by_their_bytes(void **state)
{
    static const char *const given[] = {"b", "\xc3\xa4", "a", "B", "aa"};
    static const char *const sorted[] = {"B", "a", "aa", "b", "\xc3\xa4"};
    _cleanup_strings_ struct strings strings = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(given); i++)
        assert_int_equal(strings_add(&strings, given[i]), 0);
    strings_sort(&strings);
    for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
        assert_string_equal(strings.items[i], sorted[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_list_has_nothing),
        cmocka_unit_test(copies_are_added_in_their_order),
        cmocka_unit_test(joined_they_are_one_text),
        cmocka_unit_test(what_is_taken_belongs_to_the_list),
        cmocka_unit_test(a_null_stands_behind_the_last),
        cmocka_unit_test(strings_are_sorted_by_their_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
