// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a result map: refused with a reason, or cases; and what is reported of either is TAP
 * with as many results as were counted. */
#include "common/cleanup.h"
#include "common/fuzz/fuzz.h"
#include "report/tap.h"
#include "unit/report.h"
#include "unit/result.h"

static void fuzz_lines(const struct strings *lines)
{
    fuzz_expect(lines->n <= LINES_MAX, "not too many lines");
    for (size_t i = 0; i < lines->n; i++)
        fuzz_expect(fuzz_is_line(lines->items[i]), "a line is one");
}

static void fuzz_cases(const struct result *result)
{
    fuzz_expect(result->n_cases <= RESULT_CASES_MAX, "not too many cases");
    fuzz_lines(&result->log);
    for (size_t i = 0; i < result->n_cases; i++) {
        fuzz_expect(*result->cases[i].name != '\0', "a case has a name");
        fuzz_expect(result->cases[i].status <= UNIT_SKIP, "a case has a status");
        fuzz_lines(&result->cases[i].log);
    }
}

static void fuzz_tap(const struct unit_report *counts, const char *text, size_t size)
{
    _cleanup_fclose_ FILE *file = fmemopen((void *)text, size, "r");
    _cleanup_(tap_free) struct tap_stream *stream = NULL;
    size_t failed = 0, skipped = 0;

    fuzz_expect(file && tap_read(file, TAP_PROGRAM, &stream) == 0, "a report is TAP");
    fuzz_expect(stream->problems.n == 0 && stream->missing == 0, "without problems");
    for (size_t i = 0; i < stream->n_tests; i++) {
        failed += stream->tests[i].outcome == TAP_FAILED;
        skipped += stream->tests[i].outcome == TAP_SKIPPED;
    }
    fuzz_expect(stream->n_tests == counts->n && failed == counts->failed &&
                    skipped == counts->skipped,
                "the report has what was counted");
}

static void fuzz_report(const struct unit_outcome *outcome)
{
    static const struct unit_object object = {.path = "o.o", .name = "o.o", .name_length = 1};
    static const struct unit_test test = {.name = (char *)"t"};
    struct unit_report report = {.verbose = true};
    _cleanup_free_ char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    fuzz_expect(out && unit_report_begin(&report) == 0, "a report");
    unit_report_outcome(&report, &object, &test, outcome);
    fuzz_expect(unit_report_end(&report, out) == 0, "a report's end");
    fclose(out);
    fuzz_tap(&report, text, size);
}

/* The first byte is the status of the test as a whole. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct unit_outcome outcome = {};
    int r;

    if (size == 0)
        return 0;
    fuzz_listen();
    outcome.status = (enum unit_status)(*data % (UNIT_SKIP + 1));
    r = result_read(data + 1, size - 1, &outcome.result, &outcome.says);
    fuzz_expect_said(0);
    fuzz_expect((outcome.says.n > 0) == (r < 0), "a reason, and only of a refusal");
    fuzz_lines(&outcome.says);
    fuzz_cases(&outcome.result);
    fuzz_report(&outcome);
    unit_outcome_free(&outcome);
    return 0;
}
