// SPDX-License-Identifier: Apache-2.0
/* The rule of prints, by sources that break it and some that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "check/prints.h"
#include "common/cleanup.h"

/* Fails unless the rule says exactly that of a file with this text. */
static void expect(const char *path, const char *source, int found, const char *said)
{
    struct source one = {.path = (char *)path, .text = (char *)source};
    const struct tree tree = {.sources = &one, .n = 1};
    _cleanup_free_ char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_int_equal(prints_check(&tree, out), found);
    fclose(out);
    assert_string_equal(text, said);
}

static void streams_are_free(void **state)
{
    (void)state;
    expect("harness/cli/a.c",
           "/* Not to STDOUT_FILENO. */\n"
           "void a(const char *s)\n{\n    printf(\"%s\", s);\n    fputs(s, stderr);\n"
           "    if (stdout == stderr)\n        puts(s);\n    write(fd, s, 1);\n}\n",
           0, "");
}

static void a_program_that_prints_raw(void **state)
{
    (void)state;
    expect("harness/cli/a.c",
           "#include <stdio.h>\n\nint main(void)\n{\n    return puts(\"\");\n}\n", 1,
           "harness/cli/a.c:3: main() does not begin with terminal_start() of common/terminal.h\n");
    expect("harness/cli/a.c", "\nint main(void)\n{\n    return terminal_start() < 0;\n}\n", 0, "");
}

static void a_print_past_the_streams(void **state)
{
    static const char *const planted[][2] = {
        {"    write(STDERR_FILENO, s, 1);\n", "STDERR_FILENO"},
        {"    write(1, s, 1);\n", "write(1,"},
        {"    dprintf(2, \"%s\", s);\n", "dprintf(2,"},
        {"    f = fdopen(1, \"w\");\n", "fdopen(1,"},
        {"    fd = dup(2);\n", "dup(2)"},
        {"    stdout = f;\n", "stdout = "},
        {"    f = fopen(\"/dev/tty\", \"w\");\n", "\"/dev/tty"},
        {"    f = freopen(path, \"w\", stdout);\n", "freopen("},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(planted); i++) {
        char source[128], said[128];

        snprintf(source, sizeof(source), "void a(const char *s)\n{\n%s}\n", planted[i][0]);
        snprintf(said, sizeof(said),
                 "harness/cli/a.c:3: writes to a terminal past common/terminal.h: %s\n",
                 planted[i][1]);
        expect("harness/cli/a.c", source, 1, said);
    }
}

static void an_excuse(void **state)
{
    (void)state;
    expect("harness/run/progress.c", "int a = STDOUT_FILENO;\n", 0, "");
    expect("harness/run/progress.c", "int a;\n", 1,
           "harness/run/progress.c: excused in harness/check/prints.c, and does nothing that needs "
           "it\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_free),
        cmocka_unit_test(a_program_that_prints_raw),
        cmocka_unit_test(a_print_past_the_streams),
        cmocka_unit_test(an_excuse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
