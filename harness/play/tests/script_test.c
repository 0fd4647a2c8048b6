// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/tests/capture.h"
#include "play/call.h"
#include "play/script.h"

static int read_text(const char *text, struct script *out, struct capture *said)
{
    char path[] = "/tmp/script_test.XXXXXX";
    int fd = mkstemp(path), r;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    capture_start(said);
    r = script_read(path, &play_calls, out);
    capture_end(said);
    unlink(path);
    return r;
}

static void a_line_is_a_call_with_its_answer(void **state)
{
    _cleanup_(script_release) struct script script = {0};
    struct capture said;

    (void)state;
    assert_int_equal(read_text("# nothing\n\n"
                               "c recv 11 peek waitall -> 11 # of 20\n"
                               "s shutdown write\n"
                               "c recv 4 &\n"
                               "c fork send 5\n"
                               "c pass web1 send 6 -> 6\n",
                               &script, &said),
                     0);
    assert_int_equal(script.n, 5);
    assert_string_equal(script.lines[0].text, "c recv 11 peek waitall");
    assert_string_equal(script.lines[0].expected, "11");
    assert_int_equal(script.lines[0].number, 3);
    assert_int_equal(script.lines[0].numbers[0], 11);
    assert_true(script_line_has(&script.lines[0], "waitall"));
    assert_false(script_line_has(&script.lines[0], "wait"));
    assert_int_equal(script.lines[1].end, SCRIPT_SERVER);
    assert_null(script.lines[1].expected);
    assert_int_equal(script.lines[2].by, SCRIPT_BY_THREAD);
    assert_int_equal(script.lines[3].by, SCRIPT_BY_CHILD);
    assert_int_equal(script.lines[4].by, SCRIPT_BY_OTHER);
    assert_string_equal(script.lines[4].pod, "web1");
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
    static const struct {
        const char *text, *said;
    } wrong[] = {
        {"x connect\n", ":1: 'x' is no end, must be c (the client) or s (the server)"},
        {"c\n", ":1: 'c' names no call"},
        {"c fork\n", ":1: 'c fork' names no call"},
        {"\nc frob\n", ":2: no call 'frob'; there are: connect, accept, "},
        {"c send\n", ":1: 'c send' has too few arguments, right would be: send N, and any of: "
                     "dontwait more part"},
        {"c send 1 peek\n", ":1: 'peek' is found, and right would be: send N, and any of: "},
        {"c send -1\n", ":1: '-1' is found, and right would be: send N"},
        {"c send 99999999\n", ":1: '99999999' is found"},
        {"c shutdown\n", ":1: 'c shutdown' has too few arguments"},
        {"c move\n", ":1: 'c move' has too few arguments, right would be: move POD"},
        {"c wait\n",
         ":1: 'c wait' has too few arguments, right would be: wait [N], and any of: in "},
        {"c recv 1 & peek\n", ":1: '&' must be the last word, and of a call by the player"},
        {"c fork recv 1 &\n", ":1: '&' must be the last word, and of a call by the player"},
        {"-> 3\n", ":1: an answer is expected, and there is no call"},
        {"# c connect\n", ":1: no call is found, must be lines as `c send 11`"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        _cleanup_(script_release) struct script script = {0};
        struct capture said;

        assert_int_equal(read_text(wrong[i].text, &script, &said), -EINVAL);
        if (!strstr(said.last, wrong[i].said))
            assert_string_equal(said.last, wrong[i].said);
    }
}

static void a_script_has_a_limit(void **state)
{
    _cleanup_(script_release) struct script script = {0};
    char text[(SCRIPT_LINES_MAX + 1) * sizeof("c poll\n")] = "";
    struct capture said;

    (void)state;
    for (size_t i = 0; i < SCRIPT_LINES_MAX; i++)
        strcat(text, "c poll\n");
    assert_int_equal(read_text(text, &script, &said), 0);
    script_release(&script);
    strcat(text, "c poll\n");
    assert_int_equal(read_text(text, &script, &said), -EINVAL);
    assert_non_null(strstr(said.last, ":201: more than 200 calls"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_a_call_with_its_answer),
        cmocka_unit_test(what_is_wrong_is_said_with_its_line),
        cmocka_unit_test(a_script_has_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
