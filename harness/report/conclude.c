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

/* One that cannot be written, which is said, keeps no other from being written. */
static int conclude_write_files(const struct conclude_request *request, const struct run *run)
{
    int junit = request->junit ? junit_write(run, request->junit) : 0;
    int tap = request->tap ? tap_write(run, request->tap) : 0;
    int failed = request->failed ? last_failed_write(request->failed, run) : 0;

    if (junit < 0)
        return junit;
    return tap < 0 ? tap : failed;
}

/* The closing line is printed whatever could not be written; what the tests found goes before it.
 */
static int conclude_say(const struct conclude_request *request, const struct run *run, FILE *out)
{
    int written = conclude_write_files(request, run);
    int r = summary_print(run, request->allow_skipped, out), code;

    if (r < 0)
        return r;
    code = run_exit_code(run, request->allow_skipped);
    return code == 0 && written < 0 ? written : code;
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
    return conclude_say(request, run, out);
}

int conclude_check(const struct conclude_request *request)
{
    _cleanup_(expect_free) struct expectations *expectations = NULL;

    return conclude_expectations(request, &expectations);
}
