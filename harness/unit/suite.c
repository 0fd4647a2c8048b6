// SPDX-License-Identifier: Apache-2.0
#include "unit/suite.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/text.h"
#include "unit/open.h"
#include "unit/types.h"

bool unit_suite_wants(const struct unit_request *request, const struct unit_object *object,
                      const struct unit_test *test)
{
    _cleanup_free_ char *name = NULL;

    if (!request->filters || !*request->filters)
        return true;
    if (text_format(&name, "%.*s: %s", object->name_length, object->name, test->name) < 0)
        return true;
    for (const char *const *f = request->filters; *f; f++)
        if (strstr(name, *f))
            return true;
    return false;
}

/* A test that cannot be run, or whose own load failed. */
static void suite_cannot(struct unit_report *report, const struct unit_object *object,
                         const struct unit_test *test, const struct strings *why)
{
    struct unit_outcome outcome = {.says = *why}; /* borrowed */

    unit_report_outcome(report, object, test, &outcome);
}

static void suite_run_loaded(struct bpf_object *elf, const struct unit_object *object,
                             const struct unit_test *test, struct unit_report *report)
{
    _cleanup_(unit_outcome_free) struct unit_outcome outcome = {};

    unit_run(elf, test, &outcome);
    unit_report_outcome(report, object, test, &outcome);
}

static void suite_run_fresh(const struct unit_object *object, const struct unit_test *test,
                            const struct unit_request *request, struct unit_report *report)
{
    _cleanup_(unit_close) struct bpf_object *elf = NULL;
    _cleanup_strings_ struct strings why = {};

    if (unit_load(object, test, &request->settings, &elf, &why) < 0)
        suite_cannot(report, object, test, &why);
    else
        suite_run_loaded(elf, object, test, report);
}

static size_t suite_count(const struct unit_object *object, const struct unit_request *request,
                          bool *runnable)
{
    size_t n = 0;

    *runnable = false;
    for (size_t i = 0; i < object->n_tests; i++)
        if (unit_suite_wants(request, object, &object->tests[i])) {
            n++;
            *runnable |= !object->tests[i].wrong.n;
        }
    return n;
}

static void suite_run_tests(const struct unit_object *object, struct bpf_object *elf,
                            const struct unit_request *request, struct unit_report *report)
{
    for (size_t i = 0; i < object->n_tests; i++) {
        const struct unit_test *test = &object->tests[i];

        if (!unit_suite_wants(request, object, test))
            continue;
        if (test->wrong.n)
            suite_cannot(report, object, test, &test->wrong);
        else if (elf)
            suite_run_loaded(elf, object, test, report);
        else
            suite_run_fresh(object, test, request, report);
    }
}

/* The kernel's types are read once for all loads. */
static void suite_run_all_fresh(const struct unit_object *object,
                                const struct unit_request *request, struct unit_report *report)
{
    _cleanup_(unit_types_close) struct unit_types types = unit_types_open(&object->image);
    struct unit_request own = *request;

    own.settings.kernel_btf = *types.path ? types.path : NULL;
    suite_run_tests(object, NULL, &own, report);
}

size_t unit_suite_run(const char *path, const struct unit_request *request,
                      struct unit_report *report)
{
    _cleanup_(unit_object_free) struct unit_object object = {};
    _cleanup_(unit_close) struct bpf_object *elf = NULL;
    _cleanup_strings_ struct strings why = {};
    bool runnable;
    size_t n;
    int r = unit_object_read(path, &object, &why);

    if (r < 0) {
        unit_report_object(report, &object, &why);
        return 1;
    }
    n = suite_count(&object, request, &runnable);
    if (n == 0)
        return 0;
    if (unshare(CLONE_NEWNET) < 0)
        r = lines_say(&why, -errno, "no network namespace for its tests: %s", strerror(errno));
    if (r == 0 && runnable && !object.fresh && !request->fresh)
        r = unit_load(&object, NULL, &request->settings, &elf, &why);
    if (r < 0)
        unit_report_object(report, &object, &why);
    else if (elf)
        suite_run_tests(&object, elf, request, report);
    else
        suite_run_all_fresh(&object, request, report);
    return n;
}
