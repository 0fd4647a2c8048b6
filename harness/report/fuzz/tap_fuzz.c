// SPDX-License-Identifier: Apache-2.0
/* Any bytes as TAP; the first one says of which dialect ('b' bats). Every planned test has a result
 * or is missing, and nothing that is kept would do anything to a terminal. */
#include "common/cleanup.h"
#include "common/fuzz/fuzz.h"
#include "report/tap.h"
#include "report/tap_directive.h"

static bool fuzz_is_text(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < ' ' && *text != '\n' && *text != '\t') || *text == 0x7f)
            return false;
    return true;
}

static void fuzz_test(const struct tap_stream *stream, const struct tap_test *test)
{
    fuzz_expect(test->number >= 1 && test->number <= (size_t)stream->planned, "a number");
    fuzz_expect(fuzz_is_line(test->name), "a name is one line");
    fuzz_expect((test->reason != NULL) ==
                    (test->outcome == TAP_SKIPPED || test->outcome == TAP_INCONCLUSIVE),
                "a reason where there is one to give");
    fuzz_expect(!test->reason || fuzz_is_line(test->reason), "a reason is one line");
    fuzz_expect(test->elapsed_us >= -1, "a time");
    if (!test->detail)
        return;
    fuzz_expect(fuzz_is_text(test->detail), "a detail is text");
    fuzz_expect(tap_where(test->detail) <= strlen(test->detail), "bats' part of a detail");
}

static void fuzz_stream(const struct tap_stream *stream)
{
    size_t planned = stream->planned < 0 ? 0 : (size_t)stream->planned;

    fuzz_expect(stream->n_tests + stream->missing == planned, "every planned test is counted");
    for (size_t i = 0; i < stream->n_tests; i++)
        fuzz_test(stream, &stream->tests[i]);
    for (size_t i = 0; i < stream->problems.n; i++)
        fuzz_expect(fuzz_is_line(stream->problems.items[i]), "a problem is one line");
    fuzz_expect(!stream->running || fuzz_is_line(stream->running), "a running test's name");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_fclose_ FILE *file = NULL;
    struct tap_stream *stream = NULL;

    if (size < 2)
        return 0;
    file = fmemopen((void *)(data + 1), size - 1, "r");
    fuzz_expect(file != NULL, "a stream");
    fuzz_listen();
    fuzz_expect(tap_read(file, *data == 'b' ? TAP_BATS : TAP_PROGRAM, &stream) == 0,
                "a malformed stream is no error");
    fuzz_expect_said(0);
    fuzz_stream(stream);
    tap_free(&stream);
    return 0;
}
