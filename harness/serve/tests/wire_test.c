// SPDX-License-Identifier: Apache-2.0
/* Requests as bytes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "common/log.h"
#include "serve/wire.h"

static void wire_be_silent(enum log_level level, const char *message, void *data)
{
    (void)level;
    (void)message;
    (void)data;
}

/* What wire_read() says of these bytes, which are all that come. */
static int wire_of(const char *bytes, size_t size, struct wire *wire)
{
    int fds[2], r;

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], bytes, size), size);
    close(fds[1]);
    *wire = (struct wire){.in_fd = fds[0], .out_fd = -1};
    r = wire_read(wire);
    close(fds[0]);
    return r;
}

static void test_words(void **state)
{
    struct wire wire;

    (void)state;
    assert_int_equal(wire_of("3\0001\0lab\0word", 12, &wire), 0);
    wire_release(&wire);
    assert_int_equal(wire_of("3\0001\0lab\0word", 13, &wire), 1);
    assert_int_equal(wire.n_words, 3);
    assert_string_equal(wire.words[2], "word");
    assert_null(wire.words[3]);
    wire_release(&wire);
}

static void test_no_request(void **state)
{
    struct wire wire;

    (void)state;
    log_set_sink(wire_be_silent, NULL);
    assert_int_equal(wire_of("2\0", 2, &wire), -EPROTO);
    assert_string_equal(log_last_error(), "a request has 3 to 256 words, not '2'");
    wire_release(&wire);
    /* What a terminal would act on. */
    assert_int_equal(wire_of("\033[31m\n\0", 7, &wire), -EPROTO);
    assert_string_equal(log_last_error(), "a request has 3 to 256 words, not '?[31m?'");
    wire_release(&wire);
    log_set_sink(NULL, NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_no_request),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
