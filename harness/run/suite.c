// SPDX-License-Identifier: Apache-2.0
#include "run/suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "report/families.h"
#include "run/exit.h"
#include "run/words.h"

#define SUITE_TIMES    "times.txt"
#define SUITE_CONTRACT "docs/contract*.md"
#define SUITE_COMMENT                                                                              \
    "# SPDX-License-Identifier: Apache-2.0\n"                                                      \
    "# What a file takes in a family, in milliseconds: run.sh suite --record-times writes it,\n"   \
    "# --shard K/N cuts by it. Only proportions matter.\n"

/* ---- the jobs ---- */

int suite_add_bats(struct session *session, const struct suite_bats *bats)
{
    const char *variant = family_name(bats->family);
    _cleanup_free_ char *family = NULL;
    /* `cat` passes bats' extended syntax on, which says when a test begins. */
    const char *const all[] = {"bats", "--formatter", "cat", bats->path, NULL};
    const char *const some[] = {"bats",      "--formatter", "cat", "--filter",
                                bats->names, bats->path,    NULL};
    const char *environment[] = {NULL, NULL};
    struct job_spec spec = {.name = bats->name,
                            .variant = variant,
                            .kind = JOB_BATS,
                            .n_tests = bats->n_tests,
                            .is_part = bats->is_part,
                            .limit_s = bats->limit_s,
                            .expected_ms = bats->expected_ms,
                            .argv = bats->names ? some : all,
                            .environment = environment};
    int r = text_format(&family, "WAYPOST_FAMILY=%s", variant);

    if (r < 0)
        return r;
    environment[0] = family;
    return jobs_add(session->jobs, &spec);
}

/* Whether all tests are selected that the file has in the family. */
static bool suite_is_whole(const struct selection *selection, const struct select_job *job)
{
    size_t n = 0;

    for (size_t i = 0; i < selection->n_tests; i++)
        n += strcmp(selection->tests[i].file, job->file) == 0 &&
             (selection->tests[i].runs_in & families_bit(job->family));
    return n == job->n_tests;
}

int suite_add_jobs(struct session *session)
{
    for (size_t i = 0; i < session->selection->n_jobs; i++) {
        const struct select_job *job = &session->selection->jobs[i];
        const struct suite_bats bats = {.name = job->file,
                                        .path = job->path,
                                        .names = job->names,
                                        .family = job->family,
                                        .n_tests = (long)job->n_tests,
                                        .is_part = !suite_is_whole(session->selection, job),
                                        .limit_s = session_limit(session, SUITE_LIMIT_S),
                                        .expected_ms = job->expected_ms};
        int r = suite_add_bats(session, &bats);

        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- --record-times ---- */

static int suite_note_time(const struct job *job, void *data)
{
    return durations_set(data, job->name, job->variant, job->elapsed_ms);
}

static int suite_record_times(const struct session *session)
{
    _cleanup_(durations_clear) struct durations times = {0};
    _cleanup_free_ char *path = NULL;
    struct stat directory;
    int r = text_format(&path, "%s/" SUITE_TIMES, session->site->suites);

    if (r < 0)
        return r;
    r = jobs_each(session->jobs, suite_note_time, &times);
    if (r < 0)
        return r;
    r = durations_write(&times, path, SUITE_COMMENT);
    if (r < 0)
        return r;
    if (stat(session->site->suites, &directory) < 0 ||
        chown(path, directory.st_uid, directory.st_gid) < 0)
        return err_r(errno, "cannot give '%s' to its owner", path);
    return 0;
}

static int suite_run(struct session *session)
{
    int r = suite_add_jobs(session);

    if (r < 0)
        return r;
    r = jobs_run(session->jobs);
    if (r < 0)
        return r;
    return session->options->record ? suite_record_times(session) : 0;
}

/* ---- selecting ---- */

/* What failed last time, where it is asked for. */
static int suite_read_failed(const struct site *site, const struct options *options,
                             struct last_failed *failed)
{
    _cleanup_free_ char *path = NULL;
    int r;

    if (!options->failed)
        return 0;
    r = text_format(&path, "%s/" SESSION_FAILED, site->build);
    if (r < 0)
        return r;
    r = last_failed_read(path, failed);
    if (r == -ENOENT)
        return err_say(EINVAL, "--failed: there was no run yet");
    return r < 0 || failed->n > 0 ? r : err_say(EINVAL, "--failed: nothing failed last time");
}

int suite_select(const struct site *site, const struct options *options, struct selection **out)
{
    _cleanup_(last_failed_clear) struct last_failed failed = {0};
    _cleanup_free_ char *times = NULL, *durations = NULL;
    struct select_request request;
    int r = suite_read_failed(site, options, &failed);

    if (r < 0)
        return r;
    r = text_format(&times, "%s/" SUITE_TIMES, site->suites);
    if (r < 0)
        return r;
    r = text_format(&durations, "%s/" SESSION_DURATIONS, site->build);
    if (r < 0)
        return r;
    request = (struct select_request){.directory = site->suites,
                                      .patterns = words_array(&options->patterns),
                                      .tags = words_array(&options->tags),
                                      .with_long = options->with_long,
                                      .families = options->families,
                                      .failed = options->failed ? &failed : NULL,
                                      .shard = options->shard,
                                      .shards = options->shards,
                                      .shard_times = times,
                                      .durations = durations};
    return select_tests(&request, out);
}

static int suite_list(const struct options *options, const struct selection *selection)
{
    if (options->ids)
        return select_print_behaviours(selection, SUITE_CONTRACT, stdout);
    select_print(selection, stdout);
    return RUN_PASSED;
}

static int suite_work(const struct site *site, const struct options *options)
{
    _cleanup_(select_free) struct selection *selection = NULL;
    int r;

    if (options->help)
        return options_print_help(site);
    r = suite_select(site, options, &selection);
    if (r < 0)
        return r;
    if (options->list)
        return suite_list(options, selection);
    r = site_need_root("suite");
    return r < 0 ? r : session_run(site, options, selection, suite_run);
}

int suite_main(const struct site *site, int argc, char **argv)
{
    _cleanup_(options_clear) struct options options = {0};
    int r = options_read(site, OPTIONS_SUITE, argc, argv, &options);

    return run_code(r < 0 ? r : suite_work(site, &options));
}
