// SPDX-License-Identifier: Apache-2.0
#include "run/job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/log.h"
#include "common/patience.h"
#include "run/words.h"

/* So many lines of a command are kept, the last ones. */
#define JOB_SAID_MAX 2000

static int job_no_memory(void)
{
    return err_r(ENOMEM, "cannot prepare a job");
}

static int job_copy(const struct job_spec *spec, struct job *job)
{
    int r = words_add_all(&job->argv, spec->argv);

    if (r < 0)
        return r;
    r = words_add_all(&job->environment, spec->environment);
    if (r < 0)
        return r;
    job->name = strdup(spec->name);
    job->variant = strdup(spec->variant);
    job->title = strdup(spec->title ? spec->title : "");
    return job->name && job->variant && job->title ? 0 : job_no_memory();
}

int job_new(const struct job_spec *spec, struct job **out)
{
    _cleanup_(job_free) struct job *job = calloc(1, sizeof(*job));
    int r;

    if (!job)
        return job_no_memory();
    *job = (struct job){.kind = spec->kind,
                        .n_tests = spec->n_tests,
                        .is_part = spec->is_part,
                        .limit_s = spec->limit_s,
                        .uid = spec->uid,
                        .gid = spec->gid,
                        .expected_ms = spec->expected_ms,
                        .process.pidfd = -1,
                        .ended.fd = -1,
                        .output.fd = -1};
    r = job_copy(spec, job);
    if (r < 0)
        return r;
    *out = TAKE_PTR(job);
    return 0;
}

void job_free(struct job **job)
{
    if (!*job)
        return;
    free((*job)->name);
    free((*job)->variant);
    free((*job)->title);
    free((*job)->mark);
    strings_clear(&(*job)->argv);
    strings_clear(&(*job)->environment);
    lines_clear(&(*job)->lines);
    strings_clear(&(*job)->said);
    free(*job);
    *job = NULL;
}

char *job_title(const struct job *job)
{
    char *title = NULL;

    if (!*job->variant)
        return strdup(job->name);
    return asprintf(&title, "%s [%s]", job->name, job->variant) < 0 ? NULL : title;
}

/* ---- its process ---- */

static int job_open_stderr(const struct job *job, const char *dir)
{
    const struct results_job named = {.name = job->name, .variant = job->variant};
    _cleanup_free_ char *path = results_job_path(dir, &named, "err");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;

    return fd < 0 ? err_r(errno, "cannot write '%s'", path ? path : dir) : fd;
}

/* The pipe is read without waiting; its other end is written to as ever. */
static int job_open_pipe(int *read_end, int *write_end)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_r(errno, "cannot make a pipe");
    *read_end = ends[0];
    *write_end = ends[1];
    return fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 ? err_r(errno, "cannot make a pipe") : 0;
}

int job_start(struct job *job, const char *dir)
{
    _cleanup_close_ int err = -1, read_end = -1, write_end = -1;
    struct process_spec spec = {.argv = words_array(&job->argv),
                                .environment = words_array(&job->environment),
                                .in = PROCESS_NULL,
                                .group = PROCESS_OWN_GROUP,
                                .uid = job->uid,
                                .gid = job->gid};
    int r = job_open_pipe(&read_end, &write_end);

    if (r < 0)
        return r;
    err = job_open_stderr(job, dir);
    if (err < 0)
        return err;
    spec.out = write_end;
    /* What a command says of its failure may be on either. */
    spec.err = job->kind == JOB_COMMAND ? write_end : err;
    job->started_ns = clock_ns();
    limits_look(&job->start);
    job->so_far = job->looked = job->start;
    r = process_start(&spec, &job->process);
    if (r < 0)
        return r;
    job->state = JOB_RUNS;
    job->ended.fd = job->process.pidfd;
    job->output.fd = TAKE_FD(read_end);
    return 0;
}

/* ---- what it prints ---- */

struct job_reading {
    struct job *job;
    struct results_writer *results;
    struct job_news *news;
    int64_t now_us;
};

/* What make says when all is well: "  CC       file.c" */
static bool job_is_progress_of_make(const char *line)
{
    size_t word =
        line[0] == ' ' && line[1] == ' ' ? strspn(line + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") : 0;
    const char *rest = line + 2 + word;

    return word > 0 && *rest == ' ' && !strchr(rest + strspn(rest, " "), ' ');
}

static int job_keep_line(struct job *job, const char *line)
{
    if (job_is_progress_of_make(line) || job->said.n >= JOB_SAID_MAX)
        return 0;
    return strings_take(&job->said, strdup(line)) < 0 ? job_no_memory() : 0;
}

/* What is said of a failure may take it back, and may come later: it counts when the next test is
 * heard of, or the job's end. */
static void job_count(struct job *job, enum results_event event, struct job_news *news)
{
    bool left_open = event == RESULTS_INCONCLUSIVE && job->is_failing;

    if (event == RESULTS_OTHER || (event == RESULTS_INCONCLUSIVE && !left_open))
        return;
    news->failed = news->failed || (job->is_failing && !left_open);
    job->is_failing = event == RESULTS_FAILED;
    job->passed += event == RESULTS_PASSED;
    job->failed += event == RESULTS_FAILED;
    job->failed -= left_open;
    job->inconclusive += left_open;
    job->skipped += event == RESULTS_SKIPPED;
    if (event == RESULTS_BEGIN)
        news->began = true;
    if (event == RESULTS_PASSED || event == RESULTS_FAILED || event == RESULTS_SKIPPED)
        job->is_counted = news->tests = true;
}

/* A test that fails when the machine was short of something has found nothing. */
static int job_excuse(const struct job_reading *reading)
{
    char line[LIMITS_TEXT_MAX + 32], hit[LIMITS_TEXT_MAX];
    struct job *job = reading->job;
    enum results_event event = RESULTS_OTHER;
    int r;

    if (job->kind != JOB_BATS || !*limits_hit(&job->so_far, hit))
        return 0;
    snprintf(line, sizeof(line), "# " PATIENCE_WORD "%s", hit);
    r = results_add_line(reading->results, job->number, reading->now_us, line, &event);
    if (r < 0)
        return r;
    job_count(job, event, reading->news);
    return 0;
}

static int job_line(char *line, void *data)
{
    struct job_reading *reading = data;
    enum results_event event = RESULTS_OTHER;
    int r;

    if (reading->job->kind == JOB_COMMAND)
        return job_keep_line(reading->job, line);
    r = results_add_line(reading->results, reading->job->number, reading->now_us, line, &event);
    if (r < 0)
        return r;
    job_count(reading->job, event, reading->news);
    r = event == RESULTS_FAILED ? job_excuse(reading) : 0;
    if (event == RESULTS_BEGIN)
        reading->job->so_far = reading->job->looked;
    return r;
}

int job_read(struct job *job, struct results_writer *results, struct job_news *news)
{
    struct job_reading reading = {job, results, news, clock_ns() / 1000};
    struct limits now;
    bool ended = false;
    int r;

    if (job->output.fd < 0)
        return 0;
    limits_look(&now);
    r = lines_read(&job->lines, job->output.fd, job_line, &reading, &ended);
    /* A test that begins and fails before anybody reads of it had its shortage after this look, the
     * one before the read that emptied the pipe. */
    job->looked = now;
    if (r == 0 && ended) {
        close(job->output.fd); /* which takes it out of the loop: nobody has a copy */
        job->output.fd = -1;
    }
    return r;
}

int job_read_rest(struct job *job, struct results_writer *results, struct job_news *news)
{
    int r = job_read(job, results, news);
    char *rest = lines_rest(&job->lines);

    if (r < 0 || !rest)
        return r;
    return job->kind == JOB_COMMAND ? job_keep_line(job, rest)
                                    : results_add_half_line(results, job->number, rest);
}

static int job_write(struct job *job, struct results_writer *results, const char *fmt,
                     const char *text)
{
    _cleanup_free_ char *line = NULL;
    enum results_event event;

    if (asprintf(&line, fmt, text) < 0) {
        line = NULL;
        return job_no_memory();
    }
    return results_add_line(results, job->number, clock_ns() / 1000, line, &event);
}

/* What is said of its failure, and whether it is one. */
static int job_write_failure(struct job *job, struct results_writer *results)
{
    char why[LIMITS_TEXT_MAX];
    int r = job_write(job, results, "not ok 1 - %s", job->title);

    for (size_t i = 0; r >= 0 && i < job->said.n; i++)
        r = job_write(job, results, "# %s", job->said.items[i]);
    if (r < 0 || !*limits_hit(&job->start, why))
        return r;
    job->failed = 0;
    job->inconclusive = 1;
    return job_write(job, results, "# " PATIENCE_WORD "%s", why);
}

int job_write_command(struct job *job, struct results_writer *results, bool passed)
{
    int r = job_write(job, results, "1..1%s", "");

    if (r < 0)
        return r;
    job->passed = passed;
    job->failed = !passed;
    job->is_counted = true;
    return passed ? job_write(job, results, "ok 1 - %s", job->title)
                  : job_write_failure(job, results);
}

int job_short_of(const struct job *job, const char *dir, char why[LIMITS_TEXT_MAX])
{
    const struct results_job named = {.name = job->name, .variant = job->variant};
    _cleanup_free_ char *path = results_job_path(dir, &named, "err");

    *why = '\0';
    if (!path)
        return err_r(ENOMEM, "cannot say how a job ended");
    if (job->kind != JOB_COMMAND && !*limits_hit(&job->start, why))
        limits_said(path, why);
    return 0;
}

void job_counts(const struct job *job, char *out, size_t size)
{
    char failed[32] = "", skipped[32] = "", inconclusive[40] = "";

    if (job->failed > 0)
        snprintf(failed, sizeof(failed), ", %zu failed", job->failed);
    if (job->skipped > 0)
        snprintf(skipped, sizeof(skipped), ", %zu skipped", job->skipped);
    if (job->inconclusive > 0)
        snprintf(inconclusive, sizeof(inconclusive), ", %zu inconclusive", job->inconclusive);
    snprintf(out, size, "%zu passed%s%s%s", job->passed, failed, skipped, inconclusive);
}
