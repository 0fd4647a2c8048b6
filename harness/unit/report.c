// SPDX-License-Identifier: Apache-2.0
#include "unit/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/patience.h"
#include "common/text.h"
#include "unit/lines.h"

/*
 * What makes a failed test inconclusive is said by us, and by nobody else: a test's own line that
 * begins so is told as one that it says.
 */
static void report_lines(const struct unit_report *report, const struct strings *lines, bool ours)
{
    for (size_t i = 0; i < lines->n; i++) {
        const char *line = lines->items[i];
        bool pretends = !ours && strncmp(line, PATIENCE_WORD, strlen(PATIENCE_WORD)) == 0;

        fprintf(report->out, "# %s%s\n", pretends ? "says: " : "", line);
    }
}

/* A '#' would begin a directive. */
static void report_name(const struct unit_report *report, const char *name)
{
    _cleanup_free_ char *clean = strdup(name);

    if (!clean)
        return;
    text_clean_line(clean);
    for (char *mark = strchr(clean, '#'); mark; mark = strchr(mark, '#'))
        *mark = '?';
    fputs(clean, report->out);
}

/* As whoever reads the TAP will: what the machine was short of is no failure. */
static void report_count(struct unit_report *report, enum unit_status status,
                         const struct strings *says, bool ours)
{
    bool ok = status == UNIT_PASS || status == UNIT_SKIP;
    bool lacks = !ok && ours && says->n &&
                 strncmp(says->items[0], LINES_SHORTAGE, sizeof(LINES_SHORTAGE) - 1) == 0;

    report->n++;
    report->failed += !ok && !lacks;
    report->inconclusive += lacks;
    report->skipped += status == UNIT_SKIP;
}

static void report_head(struct unit_report *report, const struct unit_object *object,
                        enum unit_status status, const char *test, const char *name)
{
    bool ok = status == UNIT_PASS || status == UNIT_SKIP;

    fprintf(report->out, "%s %zu - %.*s", ok ? "ok" : "not ok", report->n, object->name_length,
            object->name);
    if (test) {
        fputs(": ", report->out);
        report_name(report, test);
    }
    if (name) {
        fputs(": ", report->out);
        report_name(report, name);
    }
}

static void report_one(struct unit_report *report, const struct unit_object *object,
                       enum unit_status status, const char *test, const char *name,
                       const struct strings *says, bool ours)
{
    report_count(report, status, says, ours);
    report_head(report, object, status, test, name);
    if (status == UNIT_SKIP) {
        fputs(" # SKIP ", report->out);
        report_name(report, says->n ? says->items[0] : "the test says so");
    }
    fputc('\n', report->out);
    if (status == UNIT_ERROR && !says->n)
        fputs("# the program ended with an error of the framework, not with a verdict\n",
              report->out);
    if (status == UNIT_ERROR || status == UNIT_FAIL || report->verbose ||
        (status == UNIT_SKIP && says->n > 1))
        report_lines(report, says, ours);
}

void unit_report_outcome(struct unit_report *report, const struct unit_object *object,
                         const struct unit_test *test, const struct unit_outcome *outcome)
{
    const struct result *result = &outcome->result;
    const struct strings *says = outcome->says.n ? &outcome->says : &result->log;
    bool case_failed = false;

    for (size_t i = 0; i < result->n_cases; i++) {
        const struct result_case *c = &result->cases[i];

        report_one(report, object, c->status, test->name, c->name, &c->log, false);
        case_failed |= c->status == UNIT_FAIL || c->status == UNIT_ERROR;
    }
    if (result->n_cases && outcome->status == UNIT_PASS) {
        if (report->verbose || case_failed)
            report_lines(report, &result->log, false);
        return;
    }
    report_one(report, object, outcome->status, test->name, NULL, says, says == &outcome->says);
    if (says != &result->log)
        report_lines(report, &result->log, false);
}

void unit_report_object(struct unit_report *report, const struct unit_object *object,
                        const struct strings *why)
{
    report_one(report, object, UNIT_ERROR, NULL, NULL, why, true);
}

int unit_report_begin(struct unit_report *report)
{
    report->out = open_memstream(&report->text, &report->size);
    return report->out ? 0 : err_r(errno, "cannot report");
}

int unit_report_end(struct unit_report *report, FILE *out)
{
    bool complete = fclose(report->out) == 0;

    report->out = NULL;
    if (complete) {
        fprintf(out, "1..%zu\n%s", report->n, report->text);
        fflush(out);
    }
    free(report->text);
    report->text = NULL;
    return complete ? 0 : err_r(ENOMEM, "cannot report");
}
