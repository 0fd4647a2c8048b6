// SPDX-License-Identifier: Apache-2.0
#include "run/session.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/text.h"
#include "report/conclude.h"
#include "report/families.h"
#include "run/keep.h"
#include "run/results_dir.h"
#include "run/exit.h"
#include "run/sandbox.h"
#include "run/suite_environment.h"
#include "run/tested.h"

/* Whoever waits for a timer of the kernel's (a SYN is repeated after 1 s) leaves its core to
 * others: with two cores the suites take 14.0 s by four processes, and 16.8 s by two. */
#define SESSION_MORE_THAN_CORES 2

int session_limit(const struct session *session, int otherwise)
{
    return session->options->limit_s > 0 ? (int)session->options->limit_s : otherwise;
}

/* BUILD/NAME; the caller frees it. */
static int session_file(const struct session *session, const char *name, char **out)
{
    return text_format(out, "%s/%s", session->site->build, name);
}

/* ---- inside: what the results say of the run ---- */

static const char *session_environment_or(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value && *value ? value : otherwise;
}

static int session_add_shard(struct session *session)
{
    char shard[32];

    if (session->options->shards == 0)
        return 0;
    snprintf(shard, sizeof(shard), "%u/%u", session->options->shard, session->options->shards);
    return results_add_fact(session->results, "shard", shard);
}

static int session_add_facts(struct session *session)
{
    _cleanup_free_ char *objects = tested_name(session->options);
    struct utsname system;
    const char *const facts[][2] = {
        {"kernel", system.release},
        {"machine", system.machine},
        {"accelerator", session_environment_or("WAYPOST_ACCELERATOR", "none")},
        {"objects", objects}};

    if (!objects)
        return err_r(ENOMEM, "cannot describe the run");
    uname(&system);
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
        int r = results_add_fact(session->results, facts[i][0], facts[i][1]);

        if (r < 0)
            return r;
    }
    return session_add_shard(session);
}

/* All tests of the suites, selected or not, for whoever reads the results. */
static int session_add_tests(struct session *session)
{
    for (size_t i = 0; i < session->selection->n_tests; i++) {
        const struct select_test *test = &session->selection->tests[i];
        int r = results_add_test(session->results, test->file, test->name,
                                 families_text(test->runs_in));

        if (r < 0)
            return r;
    }
    return 0;
}

/* In a virtual machine the results go out of it line by line: it may not live to the end. No test
 * gets the descriptor. */
static int session_live_fd(void)
{
    const char *live = getenv("WAYPOST_LIVE");
    int fd = live && *live ? atoi(live) : -1;

    unsetenv("WAYPOST_LIVE");
    if (fd >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return -1;
    return fd;
}

static int session_open_results(struct session *session)
{
    int r = results_open(session->dir, session_live_fd(), &session->results);

    if (r < 0)
        return r;
    r = session_add_facts(session);
    return r < 0 ? r : session_add_tests(session);
}

/* ---- inside: the jobs ---- */

static size_t session_side_by_side(const struct session *session)
{
    cpu_set_t cores;

    if (session->options->side_by_side > 0)
        return session->options->side_by_side;
    if (sched_getaffinity(0, sizeof(cores), &cores) < 0)
        return 1 + SESSION_MORE_THAN_CORES;
    return (size_t)CPU_COUNT(&cores) + SESSION_MORE_THAN_CORES;
}

static int session_open_jobs(struct session *session)
{
    const struct jobs_settings settings = {.dir = session->dir,
                                           .run = session->run,
                                           .results = session->results,
                                           .side_by_side = session_side_by_side(session),
                                           .fail_fast = session->options->fail_fast};
    _cleanup_free_ char *path = NULL;
    int r = session_file(session, SESSION_DURATIONS, &path);

    if (r < 0)
        return r;
    r = durations_read(path, &session->durations);
    return r < 0 ? r : jobs_new(&settings, &session->jobs);
}

/* A part of a file, or a run that was stopped, says nothing about the whole. */
static int session_note_duration(const struct job *job, void *data)
{
    struct session *session = data;

    if (job->is_part)
        return 0;
    return durations_set(&session->durations, job->name, *job->variant ? job->variant : "-",
                         job->elapsed_ms);
}

static int session_save_durations(struct session *session)
{
    _cleanup_free_ char *path = NULL;
    int r = session_file(session, SESSION_DURATIONS, &path);

    if (r < 0)
        return r;
    r = jobs_each(session->jobs, session_note_duration, session);
    return r < 0 ? r : durations_write(&session->durations, path, NULL);
}

/* A mistake in the file of --expect is found before anything runs. 0, or the exit code of `waypost
 * report`, which says it. */
static int session_check_expectations(const struct session *session)
{
    const char *const argv[] = {
        session->site->waypost,   "report", session->dir, "--check", "--expect",
        session->options->expect, NULL};
    const struct process_spec spec = {.argv = argv};
    int status = 0, r;

    if (!session->options->expect)
        return 0;
    r = process_run(&spec, -1, &status);
    return r < 0 ? r : status;
}

struct session_inside {
    struct session *session;
    session_fn fn;
};

static int session_work(struct session *session, session_fn fn)
{
    int r = session_open_results(session);

    if (r < 0)
        return r;
    r = session_check_expectations(session);
    if (r != 0)
        return r;
    r = tested_prepare(session->site, session->options, session->dir);
    if (r != 0)
        return r;
    r = suite_set_environment(session->site, session->options);
    if (r < 0)
        return r;
    r = session_open_jobs(session);
    if (r < 0)
        return r;
    r = fn(session);
    if (r < 0)
        return r;
    r = session_save_durations(session);
    if (r < 0)
        return r;
    if (session->options->keep && jobs_failed(session->jobs) > 0)
        keep_labs();
    return 0;
}

static int session_inside(void *data)
{
    struct session_inside *inside = data;
    int r = session_work(inside->session, inside->fn);

    jobs_free(&inside->session->jobs);
    durations_clear(&inside->session->durations);
    results_close(&inside->session->results);
    return r;
}

/* ---- outside ---- */

/* The closing line, and the exit code: of an interrupted run its own. */
static int session_report(const struct session *session, int status, bool *keep)
{
    _cleanup_free_ char *failed = NULL;
    struct conclude_request request = {.dir = session->dir,
                                       .junit = session->options->junit,
                                       .tap = session->options->tap,
                                       .expect = session->options->expect,
                                       .allow_skipped = session->options->allow_skipped,
                                       /* Or the runner itself could not go on. */
                                       .interrupted = status > 128 || status == RUN_SHORTAGE};
    int code, r = session_file(session, SESSION_FAILED, &failed);

    if (r < 0)
        return run_code(r);
    request.failed = failed;
    code = run_code(conclude(&request, stdout));
    *keep = code == RUN_FAILED || code == RUN_SHORTAGE || session->options->keep;
    if (status > 128)
        return status;
    if (status == RUN_SHORTAGE)
        return RUN_SHORTAGE;
    return status != 0 && code == RUN_PASSED ? RUN_SHORTAGE : code;
}

/* Whether a job was planned at all. */
static bool session_has_plan(const struct session *session)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_fclose_ FILE *plan = NULL;

    if (text_format(&path, "%s/plan", session->dir) < 0)
        return false;
    plan = fopen(path, "re");
    return plan && fgetc(plan) != EOF;
}

/* Of one kernel beside others, `waypost vm` says where its results go to. */
static int session_close(const struct session *session, bool keep)
{
    const char *into = getenv("WAYPOST_RESULTS_INTO");

    if (into && *into)
        return rename(session->dir, into) < 0 ? err_r(errno, "cannot write '%s'", into) : 0;
    /* In a virtual machine they are taken out of it. */
    results_dir_close(session->site, session->dir, keep || getenv("WAYPOST_VM"));
    return 0;
}

/* Nobody here sends SIGKILL to the sandbox without a signal that is the run's end: where the kernel
 * has killed for memory, it was that. */
static int session_judge_kill(const struct limits *before, int status)
{
    char why[LIMITS_TEXT_MAX];

    if (status != 128 + SIGKILL || !*limits_hit(before, why))
        return status;
    err_say(ENOMEM, "%s", why);
    return RUN_SHORTAGE;
}

static int session_outside(struct session *session, const struct claim *claim, session_fn fn)
{
    struct session_inside inside = {session, fn};
    struct limits before;
    bool keep = false;
    int r = results_dir_make(claim->run, &session->dir), status, code;

    if (r < 0)
        return r;
    setenv("WAYPOST_RESULTS", session->dir, 1);
    limits_look(&before);
    status = session_judge_kill(&before, sandbox_run(claim, session_inside, &inside));
    if (status > 128)
        fprintf(stderr, "run.sh: interrupted\n");
    if (session_has_plan(session))
        code = session_report(session, status, &keep);
    else if (status == 0)
        code = run_code(err_say(EIO, "the run left no results in %s", session->dir));
    else
        code = run_code(status);
    r = session_close(session, keep);
    return r < 0 ? r : code;
}

int session_run(const struct site *site, const struct options *options,
                const struct selection *selection, session_fn fn)
{
    struct session session = {.site = site, .options = options, .selection = selection};
    struct claim claim;
    int r = claim_take(&claim);

    if (r < 0)
        return r;
    session.run = claim.run;
    r = session_outside(&session, &claim, fn);
    free(session.dir);
    claim_release(&claim);
    claim_sweep();
    return r;
}
