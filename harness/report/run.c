// SPDX-License-Identifier: Apache-2.0
#include "report/run.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

#define RUN_PLAN_FIELDS 4
#define RUN_END_FIELDS  6
#define RUN_SAID_MAX    4096 /* the last so many bytes of stderr */

struct run_end {
    char *fields[RUN_END_FIELDS]; /* NULL: the job has no end */
};

static int run_no_memory(void)
{
    return err_r(ENOMEM, "cannot read the run");
}

/* ---- files ---- */

/* Splits at tabs, in place; the last field takes the rest. Returns the number of fields. */
static size_t run_split(char *line, char **fields, size_t max)
{
    size_t n = 0;

    line[strcspn(line, "\n")] = '\0';
    for (char *at = line; at && n < max; n++) {
        fields[n] = at;
        at = n + 1 < max ? strchr(at, '\t') : NULL;
        if (at)
            *at++ = '\0';
    }
    return n;
}

static bool run_number(const char *text, long *out)
{
    char *end;

    errno = 0;
    *out = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *out >= 0;
}

static FILE *run_open(const char *dir, const char *name)
{
    _cleanup_free_ char *path = NULL;

    if (asprintf(&path, "%s/%s", dir, name) < 0) {
        path = NULL;
        errno = ENOMEM;
        return NULL;
    }
    return fopen(path, "re");
}

/* The end of a file, cleaned; "" when there is none. */
static char *run_read_end(const char *path)
{
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    char bytes[RUN_SAID_MAX];
    size_t length = 0;

    if (file && fseek(file, -(long)sizeof(bytes), SEEK_END) < 0)
        rewind(file);
    if (file)
        length = fread(bytes, 1, sizeof(bytes), file);
    return text_clean(bytes, length);
}

/* ---- the plan ---- */

static struct run_job *run_add_job(struct run *run)
{
    struct run_job *jobs = realloc(run->jobs, (run->n_jobs + 1) * sizeof(*jobs));

    if (!jobs)
        return NULL;
    run->jobs = jobs;
    run->jobs[run->n_jobs] = (struct run_job){.elapsed_us = -1, .selected = -1};
    return &run->jobs[run->n_jobs++];
}

static int run_plan_line(struct run *run, char *line)
{
    char *fields[RUN_PLAN_FIELDS];
    struct run_job *job;
    long selected = -1;

    if (run_split(line, fields, RUN_PLAN_FIELDS) != RUN_PLAN_FIELDS || strchr(fields[0], '/') ||
        strchr(fields[1], '/') ||
        (strcmp(fields[3], "-") != 0 && !run_number(fields[3], &selected)))
        return err_say(EINVAL, "%s/plan: this line cannot be read: %s", run->dir, line);
    job = run_add_job(run);
    if (!job)
        return run_no_memory();
    job->dialect = strcmp(fields[2], "bats") == 0 ? TAP_BATS : TAP_PROGRAM;
    job->selected = selected;
    job->name = strdup(fields[0]);
    job->variant = strdup(fields[1]);
    return job->name && job->variant ? 0 : run_no_memory();
}

static int run_read_plan(struct run *run)
{
    _cleanup_fclose_ FILE *file = run_open(run->dir, "plan");
    _cleanup_free_ char *line = NULL;
    size_t size = 0;
    int r = 0;

    if (!file)
        return err_r(errno, "'%s' holds no run: cannot open its plan", run->dir);
    while (r == 0 && getline(&line, &size, file) >= 0)
        r = run_plan_line(run, line);
    return r;
}

static int run_read_facts(struct run *run)
{
    _cleanup_fclose_ FILE *file = run_open(run->dir, "facts");
    _cleanup_free_ char *path = NULL;

    if (!file)
        return errno == ENOENT ? 0 : err_r(errno, "cannot open '%s/facts'", run->dir);
    if (asprintf(&path, "%s/facts", run->dir) < 0) {
        path = NULL;
        return run_no_memory();
    }
    return facts_read(file, path, &run->facts);
}

/* ---- how a job ended ---- */

static int run_problem(struct run_job *job, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int run_problem(struct run_job *job, const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = vasprintf(&text, fmt, ap);
    va_end(ap);
    return text_list_add(&job->problems, r < 0 ? NULL : text) < 0 ? run_no_memory() : 0;
}

static int run_limit(struct run_job *job, long seconds, const char *seen)
{
    const char *running = job->tap->running;
    bool all_there = !running && job->tap->planned >= 0 && job->tap->missing == 0;

    return run_problem(job, "did not end within %ld s and was killed%s%s%s%s%s", seconds,
                       running ? ", in the test: " : "", running ? running : "",
                       all_there ? ", after its last test: something holds on to its output" : "",
                       *seen ? "; processes: " : "", seen);
}

static int run_take_end(struct run_job *job, const struct run_end *end)
{
    long number, elapsed_ms;

    if (!end->fields[0])
        return run_problem(job, "has no end: it was killed, or the run was%s%s",
                           job->tap->running ? ", in the test: " : "",
                           job->tap->running ? job->tap->running : "");
    if (!run_number(end->fields[3], &number) || !run_number(end->fields[4], &elapsed_ms))
        return run_problem(job, "ended in a way that cannot be read");
    job->elapsed_us = elapsed_ms * 1000L;
    if (strcmp(end->fields[2], "limit") == 0)
        return run_limit(job, number, end->fields[5]);
    if (number != 0 && job->failed == 0)
        return run_problem(job, "ended with status %ld, although no test of it failed", number);
    return 0;
}

/* Finds the job's line among the ends; the fields point into *line, which the caller frees. */
static void run_find_end(const struct run *run, const struct run_job *job, char **line,
                         struct run_end *end)
{
    _cleanup_fclose_ FILE *file = run_open(run->dir, "ends");
    size_t size = 0;

    *end = (struct run_end){0};
    while (file && getline(line, &size, file) >= 0) {
        if (run_split(*line, end->fields, RUN_END_FIELDS) == RUN_END_FIELDS &&
            strcmp(end->fields[0], job->name) == 0 && strcmp(end->fields[1], job->variant) == 0)
            return;
    }
    *end = (struct run_end){0};
}

/* ---- counting ---- */

static void run_count_results(struct run_job *job)
{
    for (size_t i = 0; i < job->tap->n_tests; i++) {
        job->passed += job->tap->tests[i].outcome == TAP_PASSED;
        job->failed += job->tap->tests[i].outcome == TAP_FAILED;
        job->skipped += job->tap->tests[i].outcome == TAP_SKIPPED;
    }
}

/* Compares what was selected, planned and reported. */
static int run_count_missing(struct run_job *job)
{
    long planned = job->tap->planned;
    long unplanned = job->selected - (planned < 0 ? 0 : planned);
    int r = 0;

    job->missing = job->tap->missing + (unplanned > 0 ? (size_t)unplanned : 0);
    job->failed += job->missing;
    if (planned < 0)
        return run_problem(job, "printed no plan");
    if (unplanned > 0)
        r = run_problem(job, "planned %ld of the %ld tests that were selected", planned,
                        job->selected);
    if (r == 0 && job->tap->missing > 0)
        r = run_problem(job, "%zu of %ld planned tests have no result", job->tap->missing, planned);
    return r;
}

static int run_copy_problems(struct run_job *job)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < job->tap->problems.n; i++)
        r = text_list_add(&job->problems, strdup(job->tap->problems.items[i]));
    return r < 0 ? run_no_memory() : 0;
}

static int run_read_tap(struct run_job *job)
{
    _cleanup_fclose_ FILE *file = fopen(job->tap_path, "re");

    if (!file)
        file = fopen("/dev/null", "re");
    if (!file)
        return err_r(errno, "cannot open '%s'", job->tap_path);
    return tap_read(file, job->dialect, &job->tap);
}

/* What is wrong with a job that ended, or should have. */
static int run_judge(struct run_job *job, const struct run_end *end)
{
    int r = run_copy_problems(job);

    if (r == 0)
        r = run_take_end(job, end);
    if (r == 0)
        r = run_count_missing(job);
    if (job->problems.n > 0 && job->failed == 0)
        job->failed = 1;
    return r;
}

static int run_read_job(struct run *run, struct run_job *job, bool interrupted)
{
    _cleanup_free_ char *line = NULL, *err_path = NULL;
    const char *dot = *job->variant ? "." : "";
    struct run_end end;
    int r;

    if (asprintf(&job->tap_path, "%s/%s%s%s.tap", run->dir, job->name, dot, job->variant) < 0 ||
        asprintf(&err_path, "%s/%s%s%s.err", run->dir, job->name, dot, job->variant) < 0)
        return run_no_memory();
    job->said = run_read_end(err_path);
    r = job->said ? run_read_tap(job) : run_no_memory();
    if (r < 0)
        return r;
    run_find_end(run, job, &line, &end);
    run_count_results(job);
    if (interrupted && !end.fields[0]) {
        run->unfinished++;
        return 0;
    }
    return run_judge(job, &end);
}

int run_read(const char *dir, bool interrupted, struct run **out)
{
    _cleanup_(run_free) struct run *run = calloc(1, sizeof(*run));
    int r;

    if (!run)
        return run_no_memory();
    run->dir = strdup(dir);
    r = run->dir ? run_read_plan(run) : run_no_memory();
    if (r == 0)
        r = run_read_facts(run);
    for (size_t i = 0; r == 0 && i < run->n_jobs; i++) {
        r = run_read_job(run, &run->jobs[i], interrupted);
        run->passed += run->jobs[i].passed;
        run->failed += run->jobs[i].failed;
        run->skipped += run->jobs[i].skipped;
    }
    if (r < 0)
        return r;
    *out = TAKE_PTR(run);
    return 0;
}

/* ---- failures of no process ---- */

static struct run_job *run_find_job(const struct run *run, const char *name)
{
    for (size_t i = 0; i < run->n_jobs; i++)
        if (!*run->jobs[i].variant && strcmp(run->jobs[i].name, name) == 0)
            return &run->jobs[i];
    return NULL;
}

static struct run_job *run_make_job(struct run *run, const char *name, const char *path)
{
    struct run_job *job = run_add_job(run);

    if (!job)
        return NULL;
    job->dialect = TAP_PROGRAM;
    job->name = strdup(name);
    job->variant = strdup("");
    job->said = strdup("");
    job->tap_path = strdup(path);
    job->tap = calloc(1, sizeof(*job->tap));
    return job->name && job->variant && job->said && job->tap_path && job->tap ? job : NULL;
}

int run_add_failure(struct run *run, const char *job_name, const char *path, const char *test,
                    const char *detail)
{
    struct run_job *job = run_find_job(run, job_name);
    struct tap_test *tests;

    if (!job)
        job = run_make_job(run, job_name, path);
    tests = job ? reallocarray(job->tap->tests, job->tap->n_tests + 1, sizeof(*tests)) : NULL;
    if (!tests)
        return run_no_memory();
    job->tap->tests = tests;
    tests[job->tap->n_tests] = (struct tap_test){
        .number = job->tap->n_tests + 1,
        .name = strdup(test),
        .outcome = TAP_FAILED,
        .detail = strdup(detail),
        .elapsed_us = -1,
    };
    job->tap->n_tests++;
    job->failed++;
    run->failed++;
    return tests[job->tap->n_tests - 1].name && tests[job->tap->n_tests - 1].detail
               ? 0
               : run_no_memory();
}

static void run_free_job(struct run_job *job)
{
    free(job->name);
    free(job->variant);
    free(job->said);
    free(job->tap_path);
    tap_free(&job->tap);
    text_list_clear(&job->problems);
}

void run_free(struct run **run)
{
    if (!*run)
        return;
    for (size_t i = 0; i < (*run)->n_jobs; i++)
        run_free_job(&(*run)->jobs[i]);
    facts_clear(&(*run)->facts);
    free((*run)->jobs);
    free((*run)->dir);
    free(*run);
    *run = NULL;
}

int run_exit_code(const struct run *run)
{
    if (run->failed > 0)
        return 1;
    return run->passed + run->skipped == 0 ? 2 : 0;
}

char *run_test_name(const struct run_job *job, const char *test)
{
    char *name = NULL;

    if (!*job->variant)
        return strdup(test);
    if (asprintf(&name, "%s [%s]", test, job->variant) < 0)
        return NULL;
    return name;
}
