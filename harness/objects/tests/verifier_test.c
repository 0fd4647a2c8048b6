// SPDX-License-Identifier: Apache-2.0
/* What is made of a verifier's log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/tests/capture.h"
#include "objects/verifier.h"

/* ---- the sentence ---- */

static void expect_sentence(const char *log, const char *expected)
{
    size_t length = 0;
    const char *sentence = verifier_sentence(log, &length);

    if (!expected) {
        assert_null(sentence);
        return;
    }
    assert_non_null(sentence);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(sentence, expected, length);
}

static void the_sentence_is_behind_the_instructions(void **state)
{
    (void)state;
    expect_sentence("", NULL);
    expect_sentence("processed 3 insns\n", NULL);
    expect_sentence("0: (95) exit\nR0 !read_ok\nprocessed 1 insns (limit 1000000)\n",
                    "R0 !read_ok");
    expect_sentence("only line", "only line");
    expect_sentence("a\n\nverification time 1 usec\nstack depth 0\nprocessed 1 insns\n\n", "a");
}

/* ---- the explanation ---- */

static const char *const explanations[][2] = {
    {"", ""},
    {"processed 3 insns (limit 1000000)\n", ""},
    {"0: (95) exit\nR0 !read_ok\nprocessed 1 insns (limit 1000000)\n",
     "R0 !read_ok\n    0: (95) exit"},
    /* As Linux 6.9 and later says it, with the place. */
    {"0: R1=ctx() R10=fp0\n; int f(void) @ a.bpf.c:8\n0: (b7) r2 = 1\n; return service[4]; @ "
     "a.bpf.c:12\n1: (71) r0 = *(u8 *)(r0 +4)\nR0 invalid mem access 'scalar'\nprocessed 2 insns\n",
     "R0 invalid mem access 'scalar'\n    at a.bpf.c:12: return service[4];\n    0: (b7) r2 = 1\n  "
     "  "
     "1: (71) r0 = *(u8 *)(r0 +4)"},
    /* Before that, without it. */
    {"; return mail(\"x@y\");\n1: (95) exit\nR0 !read_ok\n",
     "R0 !read_ok\n    at: return mail(\"x@y\");\n    1: (95) exit"},
    /* The states of a loop stand behind the sentence. */
    {"2: (05) goto pc-1\ninfinite loop detected at insn 2\ncur state: R1=ctx()\nold state: "
     "R1=ctx()\nprocessed 3 insns\n",
     "infinite loop detected at insn 2\n    2: (05) goto pc-1"},
    /* The last five. */
    {"1: (95) a\n2: (95) b\n3: (95) c\n4: (95) d\n5: (95) e\n6: (95) f\nno\n",
     "no\n    2: (95) b\n    3: (95) c\n    4: (95) d\n    5: (95) e\n    6: (95) f"},
    /* What looks like an instruction and is none. */
    {"12: R0=1\n12:(95) exit\n: (95) exit\nfrom 1 to 2: R1=ctx()\nno", "no"},
};

static void explains(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(explanations); i++) {
        _cleanup_free_ char *text = verifier_explain(explanations[i][0]);

        assert_string_equal(text, explanations[i][1]);
    }
}

static void explains_long_lines(void **state)
{
    _cleanup_free_ char *log = NULL, *text = NULL;

    (void)state;
    assert_true(asprintf(&log, "1: (95) %01000d\nno\n", 0) > 0);
    text = verifier_explain(log);
    assert_in_range(strlen(text), 200, 220);
    assert_string_equal(text + strlen(text) - 4, "0...");
}

/* ---- the whole log ---- */

static size_t file_size(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return (size_t)st.st_size;
}

static void keeps_the_log(void **state)
{
    char dir[] = "/tmp/waypost-verifier-XXXXXX", lab[64], expected[128];
    _cleanup_free_ char *beside = NULL, *results = NULL, *again = NULL, *big = malloc(3 << 20);
    struct capture capture;
    char *none = NULL;

    (void)state;
    capture_start(&capture);
    unsetenv("WAYPOST_RESULTS");
    assert_non_null(mkdtemp(dir));
    snprintf(lab, sizeof(lab), "%s/mylab", dir);
    assert_int_equal(verifier_save(lab, "prog", "said\n", &beside), 0);
    snprintf(expected, sizeof(expected), "%s/mylab.verifier-prog.log", dir);
    assert_string_equal(beside, expected);
    assert_int_equal(file_size(beside), 5);
    setenv("WAYPOST_RESULTS", dir, 1);
    assert_int_equal(verifier_save("/else/where/lab2", "prog", "said\n", &results), 0);
    snprintf(expected, sizeof(expected), "%s/lab2.verifier-prog.log", dir);
    assert_string_equal(results, expected);
    /* Once more, and too much. */
    assert_non_null(big);
    memset(big, 'x', (3 << 20) - 1);
    big[(3 << 20) - 1] = '\0';
    assert_int_equal(verifier_save("/else/where/lab2", "prog", big, &again), 0);
    assert_in_range(file_size(again), 1 << 20, (1 << 20) + 64);
    setenv("WAYPOST_RESULTS", "/nowhere/at/all", 1);
    assert_int_equal(verifier_save(lab, "prog", "said\n", &none), -ENOENT);
    assert_null(none);
    unsetenv("WAYPOST_RESULTS");
    unlink(beside);
    unlink(results);
    assert_int_equal(rmdir(dir), 0);
    capture_end(&capture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sentence_is_behind_the_instructions),
        cmocka_unit_test(explains),
        cmocka_unit_test(explains_long_lines),
        cmocka_unit_test(keeps_the_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
