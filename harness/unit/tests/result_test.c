// SPDX-License-Identifier: Apache-2.0
/* Reading what a check program left in its result map, and formats. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "unit/format.h"
#include "unit/result.h"
#include "unit/wire.h"

struct format_row {
    const char *fmt;
    uint64_t args[3];
    size_t n;
    const char *text;
};

static const struct format_row formats[] = {
    {"", {0}, 0, ""},
    {"plain", {0}, 0, "plain"},
    {"%d %i %s", {(uint64_t)-1, 2, 3}, 3, "-1 2 3"},
    {"%u %x", {(uint64_t)-1, 0xabc}, 2, "4294967295 abc"},
    {"%lld %llu", {(uint64_t)-1, (uint64_t)-1}, 2, "-1 18446744073709551615"},
    {"%lx %p", {0x1234567890, 0x1234567890}, 2, "1234567890 1234567890"},
    {"100%% %d", {5}, 1, "100% 5"},
    {"%d %d", {5}, 1, "5 %d(missing)"},
    {"%q", {5}, 1, "%q"},
    {"ends with %", {5}, 1, "ends with %"},
    {"ends with %ll", {5}, 1, "ends with %ll"},
};

static void formats_as_the_kernel_would(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        _cleanup_free_ char *text = NULL;

        assert_int_equal(result_format(formats[i].fmt, strlen(formats[i].fmt), formats[i].args,
                                       formats[i].n, &text),
                         0);
        assert_string_equal(text, formats[i].text);
    }
}

static void a_format_ends_at_its_terminator(void **state)
{
    static const char fmt[] = "one\0two";
    _cleanup_free_ char *text = NULL;

    (void)state;
    assert_int_equal(result_format(fmt, sizeof(fmt), NULL, 0, &text), 0);
    assert_string_equal(text, "one");
}

static void reads_a_result(void **state)
{
    static const uint8_t bytes[] = {
        0x0a, 0x95, 0,    0x0a, 2,   'o', 'k',  0x10, 1,                   /* "ok", passed */
        0x1a, 13,   0x0a, 2,    '%', 'd', 0x11, 7,    0, 0, 0, 0, 0, 0, 0, /* "%d", 7 */
        0x12, 3,    0x0a, 1,    'x', 0,   0,    0};
    _cleanup_(result_free) struct result result = {};
    _cleanup_strings_ struct strings why = {};

    (void)state;
    assert_int_equal(result_read(bytes, sizeof(bytes), &result, &why), 0);
    assert_int_equal(result.n_cases, 1);
    assert_string_equal(result.cases[0].name, "ok");
    assert_int_equal(result.cases[0].status, UNIT_PASS);
    assert_string_equal(result.cases[0].log.items[0], "7");
    assert_string_equal(result.log.items[0], "x");
}

static void an_empty_map_is_an_empty_result(void **state)
{
    static const uint8_t zero[64];
    _cleanup_(result_free) struct result result = {};
    _cleanup_strings_ struct strings why = {};

    (void)state;
    assert_int_equal(result_read(zero, sizeof(zero), &result, &why), 0);
    assert_int_equal(result.n_cases, 0);
}

struct nonsense_row {
    uint8_t bytes[16];
    size_t size;
    const char *why;
};

static const struct nonsense_row nonsense[] = {
    {{0, 1}, 2, "it goes on behind its end"},
    {{0x0a}, 1, "it is cut off or damaged"},
    {{0x0a, 5, 0}, 3, "it is cut off or damaged"},
    {{0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
     11,
     "it is cut off or damaged"},
    {{0x0f, 1}, 2, "it is cut off or damaged"},
    {{0x08, 1}, 2, "it has a field that is neither test nor log"},
    {{0x1a, 0}, 2, "it has a field that is neither test nor log"},
    {{0x0a, 0}, 2, "a test has no name: was it left by a return?"},
    {{0x0a, 2, 0x0a, 0}, 4, "a test has an empty name"},
    {{0x0a, 2, 0x10, 4}, 4, "a test has a status that there is not"},
    {{0x0a, 6, 0x0a, 1, 'a', 0x0a, 1, 'b'}, 8, "a test has two names"},
    {{0x0a, 2, 0x20, 1}, 4, "a test has a field that is not its own"},
    {{0x12, 0}, 2, "a log entry has no format"},
    {{0x12, 2, 0x10, 1}, 4, "a log entry has a field that is not its own"},
    {{0x12, 2, 0x0a, 9}, 4, "a log entry is cut off or damaged (has it more than 127 bytes?)"},
};

static void nonsense_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(nonsense); i++) {
        _cleanup_(result_free) struct result result = {};
        _cleanup_strings_ struct strings why = {};
        /* So that a sanitizer sees a read behind the end. */
        _cleanup_free_ uint8_t *bytes = malloc(nonsense[i].size);

        assert_non_null(bytes);
        memcpy(bytes, nonsense[i].bytes, nonsense[i].size);
        assert_int_equal(result_read(bytes, nonsense[i].size, &result, &why), -EBADMSG);
        assert_int_equal(why.n, 1);
        assert_non_null(strstr(why.items[0], nonsense[i].why));
    }
}

/* Nothing but the answer's code is expected of it: no read beyond the end, no endless loop. */
static void anything_at_all_is_read_safely(void **state)
{
    uint64_t random = 88172645463325252ULL;

    (void)state;
    for (size_t i = 0; i < 20000; i++) {
        _cleanup_(result_free) struct result result = {};
        _cleanup_strings_ struct strings why = {};
        size_t size = 1 + i % 64;
        _cleanup_free_ uint8_t *bytes = malloc(size);

        for (size_t b = 0; b < size; b++) {
            static const uint8_t likely[] = {0x0a, 0x12, 0x1a, 0x10, 0x11, 1, 2, 3};

            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            bytes[b] = random & 0x300 ? likely[random & 7] : (uint8_t)random;
        }
        result_read(bytes, size, &result, &why);
    }
}

static void too_many_lines_are_cut(void **state)
{
    _cleanup_strings_ struct strings lines = {};

    (void)state;
    for (size_t i = 0; i < LINES_MAX + 10; i++)
        assert_int_equal(lines_say(&lines, -EINVAL, "line %zu\x1b[31m", i), -EINVAL);
    assert_int_equal(lines.n, LINES_MAX);
    assert_string_equal(lines.items[0], "line 0?[31m");
    assert_string_equal(lines.items[LINES_MAX - 1], "(and more)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_as_the_kernel_would),
        cmocka_unit_test(a_format_ends_at_its_terminator),
        cmocka_unit_test(reads_a_result),
        cmocka_unit_test(an_empty_map_is_an_empty_result),
        cmocka_unit_test(nonsense_is_told),
        cmocka_unit_test(anything_at_all_is_read_safely),
        cmocka_unit_test(too_many_lines_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
