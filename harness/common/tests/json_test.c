// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/tests/capture.h"

struct fixture {
    struct capture capture;
    char directory[64];
    char path[96];
    json_t *object;
};

static int setup(void **state)
{
    static struct fixture f;

    snprintf(f.directory, sizeof(f.directory), "/tmp/waypost-json-test.XXXXXX");
    if (!mkdtemp(f.directory))
        return -1;
    snprintf(f.path, sizeof(f.path), "%s/file.json", f.directory);
    f.object = json_pack("{s:s, s:i, s:I, s:b, s:n, s:s, s:f, s:[]}", "text", "web", "number", 7,
                         "large", (json_int_t)INT64_MAX, "flag", 1, "null", "address", "fd00::1",
                         "real", 1.5, "list");
    capture_start(&f.capture);
    *state = &f;
    return f.object ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    capture_end(&f->capture);
    json_decref(f->object);
    unlink(f->path);
    return rmdir(f->directory); /* which fails when something was left in it */
}

static void required_members_are_read(void **state)
{
    const struct fixture *f = *state;
    const char *text;
    int64_t number;

    assert_int_equal(json_get_string(f->object, "text", &text), 0);
    assert_string_equal(text, "web");
    assert_int_equal(json_get_integer(f->object, "number", 7, 7, &number), 0);
    assert_int_equal(number, 7);
    assert_int_equal(json_get_integer(f->object, "large", INT64_MIN, INT64_MAX, &number), 0);
    assert_true(number == INT64_MAX);
    assert_int_equal(f->capture.messages, 0);
}

static void a_missing_member_is_named(void **state)
{
    const struct fixture *f = *state;
    const char *text;
    int64_t number;

    assert_int_equal(json_get_string(f->object, "nothing", &text), -EINVAL);
    assert_string_equal(f->capture.last, "'nothing' must be a string");
    assert_int_equal(json_get_integer(f->object, "nothing", 0, 1, &number), -EINVAL);
    assert_string_equal(f->capture.last, "'nothing' must be a whole number");
    assert_int_equal(json_get_string(NULL, "text", &text), -EINVAL);
    assert_int_equal(f->capture.messages, 3);
}

static void another_type_is_refused(void **state)
{
    const struct fixture *f = *state;
    static const char *const keys[] = {"flag", "null", "real", "list", "text"};
    const char *text = "as before";
    int64_t number = 3;

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        assert_int_equal(json_get_integer(f->object, keys[i], 0, 9, &number), -EINVAL);
    assert_int_equal(number, 3);
    assert_int_equal(json_get_string(f->object, "number", &text), -EINVAL);
    assert_string_equal(text, "as before");
}

static void a_number_out_of_range_is_refused(void **state)
{
    const struct fixture *f = *state;
    int64_t number = 3;

    assert_int_equal(json_get_integer(f->object, "number", 8, 9, &number), -EINVAL);
    assert_string_equal(f->capture.last, "'number' is 7, must be 8 to 9");
    assert_int_equal(json_get_integer(f->object, "number", 0, 6, &number), -EINVAL);
    assert_int_equal(number, 3);
}

static void optional_members_may_be_absent_or_null(void **state)
{
    const struct fixture *f = *state;
    static const char *const keys[] = {"nothing", "null"};
    const char *text = "default";
    int64_t number = 3;
    bool flag = true;

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        assert_int_equal(json_get_optional_string(f->object, keys[i], &text), 0);
        assert_int_equal(json_get_optional_integer(f->object, keys[i], 0, 1, &number), 0);
        assert_int_equal(json_get_optional_bool(f->object, keys[i], &flag), 0);
    }
    assert_string_equal(text, "default");
    assert_int_equal(number, 3);
    assert_true(flag);
    assert_int_equal(f->capture.messages, 0);
}

static void optional_members_have_a_type_too(void **state)
{
    const struct fixture *f = *state;
    const char *text = NULL;
    int64_t number = 3;
    bool flag = false;

    assert_int_equal(json_get_optional_string(f->object, "number", &text), -EINVAL);
    assert_int_equal(json_get_optional_integer(f->object, "text", 0, 1, &number), -EINVAL);
    assert_int_equal(json_get_optional_bool(f->object, "number", &flag), -EINVAL);
    assert_string_equal(f->capture.last, "'number' must be true or false");
    assert_int_equal(json_get_optional_bool(f->object, "flag", &flag), 0);
    assert_true(flag);
}

static void a_file_goes_out_and_in(void **state)
{
    const struct fixture *f = *state;
    _cleanup_json_ json_t *back = NULL;

    assert_int_equal(json_write_file(f->path, f->object), 0);
    assert_int_equal(json_read_file(f->path, JSON_OWN_MAX, &back), 0);
    assert_true(json_equal(f->object, back));
}

static void a_write_replaces_the_file_whole(void **state)
{
    const struct fixture *f = *state;
    _cleanup_json_ json_t *shorter = json_pack("{s:i}", "a", 1), *back = NULL;

    assert_int_equal(json_write_file(f->path, f->object), 0);
    assert_int_equal(json_write_file(f->path, shorter), 0);
    assert_int_equal(json_read_file(f->path, JSON_OWN_MAX, &back), 0);
    assert_true(json_equal(shorter, back));
}

/* teardown() sees to it that no temporary file stays. */
static void a_write_that_fails_leaves_the_file_as_it_was(void **state)
{
    const struct fixture *f = *state;
    _cleanup_json_ json_t *back = NULL, *number = json_integer(1);

    assert_int_equal(json_write_file(f->path, f->object), 0);
    assert_true(json_write_file(f->path, NULL) < 0);
    assert_int_equal(f->capture.messages, 1);
    assert_int_equal(json_read_file(f->path, JSON_OWN_MAX, &back), 0);
    assert_true(json_equal(f->object, back));
    assert_int_equal(json_write_file("/nonexistent/file.json", number), -ENOENT);
}

static void write_text(const char *path, const char *text)
{
    _cleanup_fclose_ FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
}

static void what_is_no_json_is_answered_with_its_line(void **state)
{
    const struct fixture *f = *state;
    char expected[128];
    json_t *j = NULL;

    write_text(f->path, "{\n \"a\": 1,\n \"b\": }\n");
    assert_int_equal(json_read_file(f->path, JSON_OWN_MAX, &j), -EINVAL);
    snprintf(expected, sizeof(expected), "%s:3: ", f->path);
    assert_memory_equal(f->capture.last, expected, strlen(expected));
    write_text(f->path, "{\"a\": 1, \"a\": 2}");
    assert_int_equal(json_read_file(f->path, JSON_OWN_MAX, &j), -EINVAL);
    write_text(f->path, "");
    assert_int_equal(json_read_file(f->path, JSON_OWN_MAX, &j), -EINVAL);
    assert_int_equal(json_read_file("/nonexistent/file.json", JSON_OWN_MAX, &j), -ENOENT);
    assert_null(j);
}

/* Each refused before it is read as JSON, by one sentence that names the file and the limit. */
static void what_is_too_large_is_refused(void **state)
{
    const struct fixture *f = *state;
    const int64_t max = 1 << 20;
    _cleanup_free_ char *text = malloc((size_t)max + 2);
    char expected[160];
    json_t *j = NULL;

    memset(text, ' ', (size_t)max + 2);
    text[0] = '1';
    text[max] = '\0';
    write_text(f->path, text);
    assert_int_equal(json_read_file(f->path, max, &j), -EINVAL); /* no list, no object */
    text[max] = ' ';
    text[max + 1] = '\0';
    write_text(f->path, text);
    assert_int_equal(json_read_file(f->path, max, &j), -EFBIG);
    snprintf(expected, sizeof(expected), "'%s' is too large: it has more than 1 MiB", f->path);
    assert_string_equal(f->capture.last, expected);
    /* Numbers: two bytes each in the file, and a hundred when they are read. */
    for (size_t i = 0; i < 400000; i++)
        text[i] = i == 0 ? '[' : i % 2 ? '1' : ',';
    strcpy(text + 399998, "]");
    write_text(f->path, text);
    assert_int_equal(json_read_file(f->path, max, &j), -EFBIG);
    snprintf(expected, sizeof(expected), "'%s' is too large: its JSON would take more than 16 MiB",
             f->path);
    assert_string_equal(f->capture.last, expected);
    assert_null(j);
    assert_int_equal(json_read_file(f->path, 2 * max, &j), 0);
    assert_int_equal(json_array_size(j), 199999);
    json_decref(j);
    assert_int_equal(json_read_file("/dev/zero", max, &j), -EFBIG);
}

static void addresses_become_text_and_none_null(void **state)
{
    struct address_port ap = {0};
    _cleanup_json_ json_t *none = json_address(&ap.address), *none_port = json_address_port(&ap);
    _cleanup_json_ json_t *text = NULL;

    (void)state;
    assert_true(json_is_null(none));
    assert_true(json_is_null(none_port));
    assert_int_equal(address_port_parse("[fd00::1]:80", &ap), 0);
    text = json_address_port(&ap);
    assert_string_equal(json_string_value(text), "[fd00::1]:80");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(required_members_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(a_missing_member_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(another_type_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_number_out_of_range_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(optional_members_may_be_absent_or_null, setup, teardown),
        cmocka_unit_test_setup_teardown(optional_members_have_a_type_too, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_goes_out_and_in, setup, teardown),
        cmocka_unit_test_setup_teardown(a_write_replaces_the_file_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(a_write_that_fails_leaves_the_file_as_it_was, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_no_json_is_answered_with_its_line, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_too_large_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(addresses_become_text_and_none_null, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
