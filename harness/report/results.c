// SPDX-License-Identifier: Apache-2.0
#include "report/results.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/patience.h"
#include "common/text.h"
#include "report/tap_directive.h"

struct results_open_job {
    struct results_job job;
    int tap;       /* -1: nothing was written yet, or it ended */
    char *running; /* the test that has begun; NULL: none */
};

struct results_writer {
    char *dir;
    int live_fd; /* the caller's; -1: none */
    int facts, tests, plan, ends;
    struct results_open_job *jobs;
    size_t n_jobs;
};

const char *results_how_name(enum results_how how)
{
    static const char *const names[] = {
        [RESULTS_EXIT] = "exit",   [RESULTS_LIMIT] = "limit",     [RESULTS_HELD] = "held",
        [RESULTS_TOTAL] = "total", [RESULTS_STARVED] = "starved", [RESULTS_SHORT] = "short",
    };

    return names[how];
}

/* ---- lines ---- */

static int results_write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        bytes += n;
        length -= (size_t)n;
    }
    return 0;
}

/* In one write each, so that a reader sees no half of a line. */
static int results_put(struct results_writer *writer, int fd, const char *file, const char *line)
{
    _cleanup_free_ char *whole = NULL, *live = NULL;
    int r = text_format(&whole, "%s\n", line);

    if (r < 0)
        return r;
    r = results_write_all(fd, whole, strlen(whole));
    if (r < 0)
        return err_r(r, "cannot write '%s/%s'", writer->dir, file);
    if (writer->live_fd < 0)
        return 0;
    r = text_format(&live, "%s\t%s", file, whole);
    if (r < 0)
        return r;
    r = results_write_all(writer->live_fd, live, strlen(live));
    return r < 0 ? err_r(r, "cannot send the results on") : 0;
}

/* A field must not end its field, nor its line. */
static char *results_field(const char *text)
{
    char *field = strdup(text);

    for (char *at = field; at && *at; at++)
        if (*at == '\t' || *at == '\n')
            *at = ' ';
    return field;
}

/* `n` fields, with tabs in between, as one line. */
static int results_put_fields(struct results_writer *writer, int fd, const char *file,
                              const char *const *fields, size_t n)
{
    _cleanup_free_ char *line = strdup("");

    for (size_t i = 0; line && i < n; i++) {
        _cleanup_free_ char *field = results_field(fields[i]), *before = line;

        line = NULL;
        if (!field)
            break;
        if (text_format(&line, "%s%s%s", before, i > 0 ? "\t" : "", field) < 0)
            return -ENOMEM;
    }
    if (!line)
        return err_r(ENOMEM, "cannot write '%s/%s'", writer->dir, file);
    return results_put(writer, fd, file, line);
}

/* ---- files ---- */

static int results_create(const struct results_writer *writer, const char *name)
{
    _cleanup_free_ char *path = NULL;
    int fd, r = text_format(&path, "%s/%s", writer->dir, name);

    if (r < 0)
        return r;
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
    return fd < 0 ? err_r(errno, "cannot write '%s'", path) : fd;
}

static int results_job_name(const struct results_job *job, const char *suffix, char **out)
{
    return text_format(out, "%s%s%s.%s", job->name, *job->variant ? "." : "", job->variant, suffix);
}

char *results_job_path(const char *dir, const struct results_job *job, const char *suffix)
{
    _cleanup_free_ char *name = NULL;
    char *path = NULL;

    if (results_job_name(job, suffix, &name) < 0)
        return NULL;
    text_format(&path, "%s/%s", dir, name);
    return path;
}

/* Opens the file of what the job prints, unless it is open; *name is within the directory. */
static int results_open_tap(struct results_writer *writer, struct results_open_job *open_job,
                            char **name)
{
    int r = results_job_name(&open_job->job, "tap", name);

    if (r < 0 || open_job->tap >= 0)
        return r;
    r = results_create(writer, *name);
    if (r < 0)
        return r;
    open_job->tap = r;
    return 0;
}

static int results_open_files(struct results_writer *writer)
{
    int *const fds[] = {&writer->facts, &writer->tests, &writer->plan, &writer->ends};
    const char *const names[] = {"facts", "tests", "plan", "ends"};

    for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
        *fds[i] = results_create(writer, names[i]);
        if (*fds[i] < 0)
            return *fds[i];
    }
    return 0;
}

/* What stands there is of a run before. */
static int results_remove_stop(const char *dir)
{
    _cleanup_free_ char *path = NULL;
    int r = text_format(&path, "%s/stopped", dir);

    if (r < 0)
        return r;
    if (unlink(path) < 0 && errno != ENOENT)
        return err_r(errno, "cannot remove '%s'", path);
    return 0;
}

int results_open(const char *dir, int live_fd, struct results_writer **out)
{
    _cleanup_(results_close) struct results_writer *writer = calloc(1, sizeof(*writer));
    int r;

    if (!writer)
        return err_r(ENOMEM, "cannot write to '%s'", dir);
    writer->live_fd = live_fd;
    writer->facts = writer->tests = writer->plan = writer->ends = -1;
    writer->dir = strdup(dir);
    if (!writer->dir)
        return err_r(ENOMEM, "cannot write to '%s'", dir);
    r = results_remove_stop(dir);
    if (r < 0)
        return r;
    r = results_open_files(writer);
    if (r < 0)
        return r;
    *out = TAKE_PTR(writer);
    return 0;
}

static void results_close_job(struct results_open_job *open_job)
{
    cleanup_close(&open_job->tap);
    free(open_job->running);
    free(open_job->job.name);
    free(open_job->job.variant);
}

void results_close(struct results_writer **writer)
{
    struct results_writer *w = *writer;

    if (!w)
        return;
    cleanup_close(&w->facts);
    cleanup_close(&w->tests);
    cleanup_close(&w->plan);
    cleanup_close(&w->ends);
    for (size_t i = 0; i < w->n_jobs; i++)
        results_close_job(&w->jobs[i]);
    free(w->jobs);
    free(w->dir);
    free(w);
    *writer = NULL;
}

/* ---- facts, tests, plan, ends ---- */

int results_add_fact(struct results_writer *writer, const char *name, const char *value)
{
    const char *const fields[] = {name, value};

    return results_put_fields(writer, writer->facts, "facts", fields, ARRAY_SIZE(fields));
}

int results_add_test(struct results_writer *writer, const char *file, const char *test,
                     const char *families)
{
    const char *const fields[] = {file, test, families};

    return results_put_fields(writer, writer->tests, "tests", fields, ARRAY_SIZE(fields));
}

static int results_remember_job(struct results_writer *writer, const struct results_job *job)
{
    struct results_open_job *jobs = reallocarray(writer->jobs, writer->n_jobs + 1, sizeof(*jobs));
    struct results_open_job *added;

    if (!jobs)
        return err_r(ENOMEM, "cannot add '%s' to the plan", job->name);
    writer->jobs = jobs;
    added = &jobs[writer->n_jobs++];
    *added = (struct results_open_job){.job = *job, .tap = -1};
    added->job.name = strdup(job->name);
    added->job.variant = strdup(job->variant);
    if (!added->job.name || !added->job.variant)
        return err_r(ENOMEM, "cannot add '%s' to the plan", job->name);
    return 0;
}

int results_add_job(struct results_writer *writer, const struct results_job *job)
{
    char n_tests[32] = "-";
    const char *const fields[] = {job->name, job->variant,
                                  job->dialect == TAP_BATS ? "bats" : "program", n_tests};
    int r = results_remember_job(writer, job);

    if (r < 0)
        return r;
    if (job->n_tests >= 0)
        snprintf(n_tests, sizeof(n_tests), "%ld", job->n_tests);
    return results_put_fields(writer, writer->plan, "plan", fields, ARRAY_SIZE(fields));
}

int results_add_end(struct results_writer *writer, size_t job, const struct results_end *end)
{
    struct results_open_job *open_job = &writer->jobs[job];
    _cleanup_free_ char *name = NULL;
    char number[32], elapsed[32];
    const char *const fields[] = {open_job->job.name,
                                  open_job->job.variant,
                                  results_how_name(end->how),
                                  number,
                                  elapsed,
                                  end->processes ? end->processes : ""};
    int r;

    snprintf(number, sizeof(number), "%ld", end->number);
    snprintf(elapsed, sizeof(elapsed), "%lld", (long long)end->elapsed_ms);
    r = results_open_tap(writer, open_job, &name);
    if (r < 0)
        return r;
    cleanup_close(&open_job->tap);
    open_job->tap = -1;
    return results_put_fields(writer, writer->ends, "ends", fields, ARRAY_SIZE(fields));
}

int results_add_stop(struct results_writer *writer, const char *reason)
{
    _cleanup_close_ int fd = results_create(writer, "stopped");

    if (fd < 0)
        return fd;
    return results_put_fields(writer, fd, "stopped", &reason, 1);
}

/* ---- what a job prints ---- */

static int results_put_line(struct results_writer *writer, size_t job, const char *line)
{
    _cleanup_free_ char *name = NULL;
    int r = results_open_tap(writer, &writer->jobs[job], &name);

    return r < 0 ? r : results_put(writer, writer->jobs[job].tap, name, line);
}

static int results_put_begin(struct results_writer *writer, size_t job, int64_t now_us,
                             const char *line)
{
    struct results_open_job *open_job = &writer->jobs[job];
    const char *name = line + strlen("begin ");
    _cleanup_free_ char *stamped = NULL;
    int r = text_format(&stamped, "#@ %lld %s", (long long)now_us, line);

    if (r < 0)
        return r;
    free(open_job->running);
    name += strspn(name, "0123456789");
    open_job->running = strdup(name + (*name == ' '));
    return results_put_line(writer, job, stamped);
}

static int results_put_result(struct results_writer *writer, size_t job, int64_t now_us,
                              const char *line)
{
    char stamp[40];
    int r;

    snprintf(stamp, sizeof(stamp), "#@ %lld", (long long)now_us);
    r = results_put_line(writer, job, stamp);
    return r < 0 ? r : results_put_line(writer, job, line);
}

static enum results_event results_event(const struct results_open_job *open_job, const char *line)
{
    if (strncmp(line, "begin ", 6) == 0)
        return RESULTS_BEGIN;
    if (strncmp(line, "not ok ", 7) == 0)
        return RESULTS_FAILED;
    if (strncmp(line, "# " PATIENCE_WORD, strlen("# " PATIENCE_WORD)) == 0)
        return RESULTS_INCONCLUSIVE;
    if (strncmp(line, "ok ", 3) != 0)
        return RESULTS_OTHER;
    line += 3;
    line += strspn(line, "0123456789");
    line += *line == ' ';
    return tap_bats_skip(line, open_job->running) ? RESULTS_SKIPPED : RESULTS_PASSED;
}

int results_add_line(struct results_writer *writer, size_t job, int64_t now_us, const char *line,
                     enum results_event *event)
{
    const struct results_open_job *open_job = &writer->jobs[job];

    *event = RESULTS_OTHER;
    if (open_job->job.dialect != TAP_BATS)
        return results_put_line(writer, job, line);
    /* The path of the file, once more. */
    if (strncmp(line, "suite ", 6) == 0)
        return 0;
    *event = results_event(open_job, line);
    switch (*event) {
    case RESULTS_OTHER:
    case RESULTS_INCONCLUSIVE:
        return results_put_line(writer, job, line);
    case RESULTS_BEGIN:
        return results_put_begin(writer, job, now_us, line);
    default:
        return results_put_result(writer, job, now_us, line);
    }
}

int results_add_half_line(struct results_writer *writer, size_t job, const char *text)
{
    _cleanup_free_ char *name = NULL;
    int r = results_open_tap(writer, &writer->jobs[job], &name);

    if (r < 0)
        return r;
    r = results_write_all(writer->jobs[job].tap, text, strlen(text));
    return r < 0 ? err_r(r, "cannot write '%s/%s'", writer->dir, name) : 0;
}
