// SPDX-License-Identifier: Apache-2.0
#include "report/junit.h"

#include <errno.h>
#include <mxml.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "report/junit_file.h"
#include "report/tap_directive.h"

static void junit_seconds(mxml_node_t *node, int64_t elapsed_us)
{
    if (elapsed_us >= 0)
        mxmlElementSetAttrf(node, "time", "%.6f", (double)elapsed_us / 1e6);
}

/* What is inconclusive is an error there: not the tested thing's fault. */
static void junit_counts(mxml_node_t *node, size_t passed, size_t failed, size_t skipped,
                         size_t inconclusive)
{
    mxmlElementSetAttrf(node, "tests", "%zu", passed + failed + skipped + inconclusive);
    mxmlElementSetAttrf(node, "failures", "%zu", failed);
    mxmlElementSetAttrf(node, "errors", "%zu", inconclusive);
    mxmlElementSetAttrf(node, "skipped", "%zu", skipped);
}

/* An attribute holds one line. bats says first where a test failed and by which command, which the
 * text has too: the message is what the test said of it, or where it said nothing the command. */
static char *junit_message(const char *text)
{
    size_t where = tap_where(text);
    const char *line = text + where + strspn(text + where, "\n");

    if (!*line)
        line = strstr(text, "\n  `") ? strstr(text, "\n  `") + 3 : text;
    return strndup(line, strcspn(line, "\n"));
}

static int junit_case(mxml_node_t *suite, const struct run_job *job, const char *test,
                      mxml_node_t **out)
{
    _cleanup_free_ char *name = run_test_name(job, test);

    if (!name)
        return -ENOMEM;
    *out = mxmlNewElement(suite, "testcase");
    mxmlElementSetAttr(*out, "classname", job->name);
    mxmlElementSetAttr(*out, "name", name);
    return 0;
}

static void junit_failure(mxml_node_t *testcase, const char *element, const char *message,
                          const char *text)
{
    mxml_node_t *failure = mxmlNewElement(testcase, element);

    mxmlElementSetAttr(failure, "message", message);
    mxmlNewOpaque(failure, text);
}

static int junit_failed_test(mxml_node_t *testcase, const char *text)
{
    _cleanup_free_ char *message = junit_message(text);

    if (!message)
        return -ENOMEM;
    junit_failure(testcase, "failure", message, text);
    return 0;
}

static int junit_test(mxml_node_t *suite, const struct run_job *job, const struct tap_test *test)
{
    mxml_node_t *testcase;
    int r = junit_case(suite, job, test->name, &testcase);

    if (r < 0)
        return r;
    junit_seconds(testcase, test->elapsed_us);
    if (test->outcome == TAP_SKIPPED)
        mxmlElementSetAttr(mxmlNewElement(testcase, "skipped"), "message", test->reason);
    if (test->outcome == TAP_INCONCLUSIVE)
        junit_failure(testcase, "error", test->reason, test->detail);
    if (test->outcome != TAP_FAILED)
        return 0;
    return junit_failed_test(testcase, test->detail ? test->detail : "failed without a word");
}

/* What went wrong with the whole job, with the end of its stderr. */
static int junit_job_text(const struct run_job *job, char **out)
{
    size_t size;
    FILE *text = open_memstream(out, &size);

    if (!text)
        return -ENOMEM;
    for (size_t i = 0; i < job->problems.n; i++)
        fprintf(text, "%s%s", i ? "\n" : "", job->problems.items[i]);
    if (*job->stderr_end)
        fprintf(text, "\n%s", job->stderr_end);
    return fclose(text) == 0 ? 0 : -ENOMEM;
}

/* The failures that no result stands for: missing tests, or the job itself. */
static int junit_lost_tests(mxml_node_t *suite, const struct run_job *job, const char *text)
{
    size_t lost = run_job_lost(job);

    for (size_t i = 1; i <= lost; i++) {
        char name[64];
        mxml_node_t *testcase;

        snprintf(name, sizeof(name), job->missing ? "test without a result, %zu" : "the whole, %zu",
                 i);
        if (junit_case(suite, job, name, &testcase) < 0)
            return -ENOMEM;
        junit_failure(testcase, job->starved ? "error" : "failure", job->problems.items[0], text);
    }
    return 0;
}

static int junit_job_failures(mxml_node_t *suite, const struct run_job *job)
{
    _cleanup_free_ char *text = NULL;

    if (junit_job_text(job, &text) < 0 || junit_lost_tests(suite, job, text) < 0)
        return -ENOMEM;
    if (job->problems.n > 0)
        mxmlNewOpaque(mxmlNewElement(suite, "system-err"), text);
    return 0;
}

static void junit_properties(mxml_node_t *suite, const struct facts *facts)
{
    mxml_node_t *properties = facts->n > 0 ? mxmlNewElement(suite, "properties") : NULL;

    for (size_t i = 0; i < facts->n; i++) {
        mxml_node_t *property = mxmlNewElement(properties, "property");

        mxmlElementSetAttr(property, "name", facts->items[i].name);
        mxmlElementSetAttr(property, "value", facts->items[i].value);
    }
}

static int junit_suite(mxml_node_t *suites, const struct run_job *job, const struct facts *facts)
{
    _cleanup_free_ char *name = run_test_name(job, job->name);
    mxml_node_t *suite;

    if (!name)
        return -ENOMEM;
    suite = mxmlNewElement(suites, "testsuite");
    mxmlElementSetAttr(suite, "name", name);
    junit_counts(suite, job->passed, job->failed, job->skipped, job->inconclusive);
    junit_seconds(suite, job->elapsed_us);
    junit_properties(suite, facts);
    for (size_t i = 0; i < job->tap->n_tests; i++)
        if (junit_test(suite, job, &job->tap->tests[i]) < 0)
            return -ENOMEM;
    return junit_job_failures(suite, job);
}

static int junit_build(const struct run *run, mxml_node_t **out)
{
    _cleanup_(junit_file_free) mxml_node_t *xml = mxmlNewXML("1.0");
    mxml_node_t *suites = xml ? mxmlNewElement(xml, "testsuites") : NULL;

    if (!suites)
        return -ENOMEM;
    mxmlElementSetAttr(suites, "name", "waypost");
    junit_counts(suites, run->passed, run->failed, run->skipped, run->inconclusive);
    for (size_t i = 0; i < run->n_jobs; i++)
        if (junit_suite(suites, &run->jobs[i], &run->facts) < 0)
            return -ENOMEM;
    *out = TAKE_PTR(xml);
    return 0;
}

int junit_write(const struct run *run, const char *path)
{
    _cleanup_(junit_file_free) mxml_node_t *xml = NULL;

    if (junit_build(run, &xml) < 0)
        return err_r(ENOMEM, "cannot write '%s'", path);
    return junit_file_write(xml, path);
}
