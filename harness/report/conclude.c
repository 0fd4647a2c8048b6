// SPDX-License-Identifier: Apache-2.0
#include "report/conclude.h"

#include <time.h>

#include "common/cleanup.h"
#include "report/expect.h"
#include "report/junit.h"
#include "report/last_failed.h"
#include "report/run.h"
#include "report/summary.h"
#include "report/tap_write.h"

static int conclude_expectations(const struct conclude_request *request, struct expectations **out)
{
    int r;

    if (!request->expect)
        return 0;
    r = expect_read(request->expect, out);
    if (r < 0)
        return r;
    return expect_verify(*out, request->dir);
}

static int conclude_apply(const struct expectations *expectations, struct run *run)
{
    time_t now = time(NULL);
    struct tm utc;
    char today[16];

    if (!expectations)
        return 0;
    strftime(today, sizeof(today), "%Y-%m-%d", gmtime_r(&now, &utc));
    return expect_apply(expectations, today, run);
}

static int conclude_write_files(const struct conclude_request *request, const struct run *run)
{
    int r = 0;

    if (request->junit)
        r = junit_write(run, request->junit);
    if (r < 0)
        return r;
    if (request->tap)
        r = tap_write(run, request->tap);
    if (r < 0)
        return r;
    return request->failed ? last_failed_write(request->failed, run) : 0;
}

int conclude(const struct conclude_request *request, FILE *out)
{
    _cleanup_(expect_free) struct expectations *expectations = NULL;
    _cleanup_(run_free) struct run *run = NULL;
    int r = conclude_expectations(request, &expectations);

    if (r < 0)
        return r;
    r = run_read(request->dir, request->interrupted, &run);
    if (r < 0)
        return r;
    r = conclude_apply(expectations, run);
    if (r < 0)
        return r;
    r = conclude_write_files(request, run);
    if (r < 0)
        return r;
    r = summary_print(run, request->allow_skipped, out);
    return r < 0 ? r : run_exit_code(run, request->allow_skipped);
}

int conclude_check(const struct conclude_request *request)
{
    _cleanup_(expect_free) struct expectations *expectations = NULL;

    return conclude_expectations(request, &expectations);
}
