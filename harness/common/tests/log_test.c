// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/tests/capture.h"

static int setup(void **state)
{
    static struct capture capture;

    log_set_level(LOG_WARNING);
    capture_start(&capture);
    *state = &capture;
    return 0;
}

static int teardown(void **state)
{
    capture_end(*state);
    return 0;
}

static void an_error_says_its_code_and_returns_it(void **state)
{
    const struct capture *c = *state;

    assert_int_equal(err_r(ENOENT, "cannot open '%s'", "x"), -ENOENT);
    assert_string_equal(c->last, "cannot open 'x': No such file or directory");
    assert_int_equal(c->level, LOG_ERROR);
    assert_int_equal(c->messages, 1);
}

static void a_negative_code_is_the_same_code(void **state)
{
    const struct capture *c = *state;

    assert_int_equal(err_r(-ENOENT, "x"), -ENOENT);
    assert_string_equal(c->last, "x: No such file or directory");
    assert_int_equal(err_say(-EINVAL, "y"), -EINVAL);
}

static void errno_as_the_code_is_read_before_anything_is_said(void **state)
{
    const struct capture *c = *state;

    errno = EBUSY;
    assert_int_equal(err_r(errno, "x"), -EBUSY);
    assert_string_equal(c->last, "x: Device or resource busy");
}

static void a_mistake_is_said_without_the_code(void **state)
{
    const struct capture *c = *state;

    assert_int_equal(err_say(EINVAL, "%s:%d: unknown key", "f", 3), -EINVAL);
    assert_string_equal(c->last, "f:3: unknown key");
}

static void a_percent_sign_in_a_value_is_no_format(void **state)
{
    const struct capture *c = *state;

    err_r(EINVAL, "'%s'", "%s%n");
    assert_string_equal(c->last, "'%s%n': Invalid argument");
}

static void only_what_the_level_lets_through_is_said(void **state)
{
    const struct capture *c = *state;

    log_debug("no");
    log_info("no");
    assert_int_equal(c->messages, 0);
    log_warning("yes");
    assert_int_equal(c->messages, 1);
    log_set_level(LOG_DEBUG);
    log_debug("%d", 7);
    assert_string_equal(c->last, "7");
    assert_int_equal(c->level, LOG_DEBUG);
    log_set_level(LOG_ERROR);
    log_warning("no");
    assert_int_equal(c->messages, 2);
    err_say(EINVAL, "yes");
    assert_int_equal(c->messages, 3);
}

static void levels_have_names(void **state)
{
    enum log_level level = LOG_INFO;

    (void)state;
    assert_int_equal(log_level_from_name("debug", &level), 0);
    assert_int_equal(level, LOG_DEBUG);
    assert_int_equal(log_level_from_name("loud", &level), -EINVAL);
    assert_int_equal(level, LOG_DEBUG);
}

static void a_long_message_is_whole(void **state)
{
    const struct capture *c = *state;

    err_say(EINVAL, "%0900d", 1);
    assert_int_equal(strlen(c->last), 900);
}

/* What `say` writes to stderr. */
static void escape_sequences_stay_out(void **state)
{
    struct capture said;

    (void)state;
    capture_start(&said);
    err_say(EINVAL, "there is no '%s'", "\033[2Jkernel\007");
    capture_end(&said);
    assert_string_equal(said.last, "there is no 'kernel\\x07'");
}

static void stderr_of(void (*say)(void), char *out, size_t size)
{
    _cleanup_fclose_ FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);
    size_t n;

    assert_non_null(file);
    log_set_sink(NULL, NULL);
    fflush(stderr);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    say();
    fflush(stderr);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    close(saved);
    rewind(file);
    n = fread(out, 1, size - 1, file);
    out[n] = '\0';
}

static void say_all(void)
{
    err_say(EINVAL, "bad");
    log_warning("odd");
    log_info("quiet");
}

static void without_a_sink_it_goes_to_stderr(void **state)
{
    char text[256];

    (void)state;
    stderr_of(say_all, text, sizeof(text));
    assert_string_equal(text, "waypost: bad\nwaypost: warning: odd\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_error_says_its_code_and_returns_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_negative_code_is_the_same_code, setup, teardown),
        cmocka_unit_test_setup_teardown(errno_as_the_code_is_read_before_anything_is_said, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_mistake_is_said_without_the_code, setup, teardown),
        cmocka_unit_test_setup_teardown(a_percent_sign_in_a_value_is_no_format, setup, teardown),
        cmocka_unit_test_setup_teardown(only_what_the_level_lets_through_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(levels_have_names, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_message_is_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(escape_sequences_stay_out, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_sink_it_goes_to_stderr, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
