// SPDX-License-Identifier: Apache-2.0
#include "run/jobs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/log.h"
#include "common/patience.h"
#include "common/text.h"
#include "run/estimate.h"
#include "run/marked.h"
#include "run/progress.h"
#include "run/words.h"

#define NS_PER_MS 1000000LL
#define NS_PER_S  1000000000LL

struct jobs {
    struct jobs_settings settings;
    struct job **items;
    size_t n, next; /* to be started */
    size_t n_running, n_failed;
    struct loop loop;
    struct progress progress;
    struct patience machine; /* counts the time that the machine has for jobs; has no end */
    int64_t started_ns;
    const struct job *stopped_by; /* --fail-fast: where the first test failed */
    int error;                    /* ends the loop */
};

int jobs_new(const struct jobs_settings *settings, struct jobs **out)
{
    struct jobs *jobs = calloc(1, sizeof(*jobs));
    int r = jobs ? loop_init(&jobs->loop) : err_r(ENOMEM, "cannot prepare the jobs");

    if (r < 0) {
        free(jobs);
        return r;
    }
    jobs->settings = *settings;
    jobs->started_ns = clock_ns();
    patience_start(&jobs->machine, INT32_MAX);
    progress_init(&jobs->progress);
    *out = jobs;
    return 0;
}

void jobs_free(struct jobs **jobs)
{
    if (!*jobs)
        return;
    for (size_t i = 0; i < (*jobs)->n; i++)
        job_free(&(*jobs)->items[i]);
    free((*jobs)->items);
    loop_close(&(*jobs)->loop);
    free(*jobs);
    *jobs = NULL;
}

static int jobs_plan(struct jobs *jobs, struct job *job)
{
    const struct results_job planned = {.name = job->name,
                                        .variant = job->variant,
                                        .dialect = job->kind == JOB_BATS ? TAP_BATS : TAP_PROGRAM,
                                        .n_tests = job->n_tests};
    int r = text_format(&job->mark, "WAYPOST_JOB=%s/%zu", jobs->settings.run, job->number);

    if (r < 0)
        return r;
    r = words_add(&job->environment, "%s", job->mark);
    return r < 0 ? r : results_add_job(jobs->settings.results, &planned);
}

int jobs_add(struct jobs *jobs, const struct job_spec *spec)
{
    struct job **items = reallocarray(jobs->items, jobs->n + 1, sizeof(struct job *));
    _cleanup_(job_free) struct job *job = NULL;
    int r;

    if (!items)
        return err_r(ENOMEM, "cannot prepare the jobs");
    jobs->items = items;
    r = job_new(spec, &job);
    if (r < 0)
        return r;
    job->number = jobs->n;
    job->owner = jobs;
    r = jobs_plan(jobs, job);
    if (r < 0)
        return r;
    jobs->items[jobs->n++] = TAKE_PTR(job);
    return 0;
}

/* ---- what is shown ---- */

static void jobs_show(struct jobs *jobs)
{
    struct progress_state state;
    _cleanup_free_ char *busy = NULL;

    estimate(jobs->items, jobs->n, jobs->settings.side_by_side,
             (clock_ns() - jobs->started_ns) / NS_PER_MS, &state);
    for (size_t i = 0; !busy && i < jobs->n; i++)
        if (jobs->items[i]->state == JOB_RUNS)
            busy = job_title(jobs->items[i]);
    state.busy = busy ? busy : "";
    progress_show(&jobs->progress, &state);
}

static enum progress_word jobs_word(const struct job *job, const struct results_end *end)
{
    if (end->how == RESULTS_STARVED || (end->how == RESULTS_SHORT && job->failed == 0) ||
        (end->how == RESULTS_EXIT && job->failed == 0 && job->inconclusive > 0))
        return PROGRESS_INCONCLUSIVE;
    return end->how != RESULTS_EXIT || end->number != 0 ? PROGRESS_FAILED : PROGRESS_OK;
}

static void jobs_say_end(struct jobs *jobs, const struct job *job, const struct results_end *end)
{
    enum progress_word word = jobs_word(job, end);
    _cleanup_free_ char *title = job_title(job);
    char counts[96] = "";

    if (job->is_counted)
        job_counts(job, counts, sizeof(counts));
    if (end->how != RESULTS_EXIT && end->how != RESULTS_SHORT)
        strcpy(counts, "did not end");
    jobs->n_failed += word != PROGRESS_OK;
    progress_job(&jobs->progress, title ? title : job->name, word, end->elapsed_ms, counts);
}

/* ---- time ---- */

/* The time that the machine had until now. */
static int64_t jobs_machine_ns(struct jobs *jobs)
{
    patience_look(&jobs->machine);
    return atomic_load(&jobs->machine.counted_ns);
}

/* ---- one job's end ---- */

static void jobs_let_go(struct jobs *jobs, struct job *job, enum job_state state)
{
    if (job->ended.fd >= 0)
        loop_close_source(&jobs->loop, &job->ended);
    job->process.pidfd = -1;
    if (job->output.fd >= 0)
        loop_close_source(&jobs->loop, &job->output);
    lines_clear(&job->lines);
    job->state = state;
    jobs->n_running--;
}

static int jobs_finish(struct jobs *jobs, struct job *job, struct results_end *end)
{
    int r;

    end->elapsed_ms = job->elapsed_ms = (clock_ns() - job->started_ns) / NS_PER_MS;
    jobs_let_go(jobs, job, JOB_ENDED);
    if (job->kind == JOB_COMMAND && end->how == RESULTS_EXIT) {
        r = job_write_command(job, jobs->settings.results, end->number == 0);
        if (r < 0)
            return r;
    }
    r = results_add_end(jobs->settings.results, job->number, end);
    if (r < 0)
        return r;
    jobs_say_end(jobs, job, end);
    return 0;
}

/* ---- --fail-fast ---- */

/* Its processes are killed, and it has no end. */
static int jobs_drop(struct jobs *jobs, struct job *job)
{
    int r = marked_kill(job->process.pid, job->mark);

    process_kill(&job->process);
    job->ended.fd = -1; /* closed by that */
    jobs_let_go(jobs, job, JOB_DROPPED);
    return r;
}

static int jobs_stop(struct jobs *jobs, const struct job *because)
{
    int r = results_add_stop(jobs->settings.results, "stopped at the first failure");

    jobs->stopped_by = because;
    for (size_t i = 0; r >= 0 && i < jobs->n; i++)
        if (jobs->items[i]->state == JOB_RUNS && jobs->items[i] != because)
            r = jobs_drop(jobs, jobs->items[i]);
    return r;
}

/* The first failure ends all others at once, and its own job when all is said about it. */
static int jobs_consider_stopping(struct jobs *jobs, struct job *job, bool failed, bool began)
{
    if (!jobs->settings.fail_fast)
        return 0;
    if (jobs->stopped_by == job && began && job->state == JOB_RUNS)
        return jobs_drop(jobs, job);
    return failed && !jobs->stopped_by ? jobs_stop(jobs, job) : 0;
}

/* ---- what happens ---- */

static int jobs_take_output(struct jobs *jobs, struct job *job)
{
    struct job_news news = {0};
    int r = job_read(job, jobs->settings.results, &news);

    if (r < 0)
        return r;
    watch_move(&job->watch, jobs_machine_ns(jobs));
    r = jobs_consider_stopping(jobs, job, news.failed, news.began);
    if (r < 0)
        return r;
    if (news.tests && jobs->progress.is_terminal)
        jobs_show(jobs);
    return 0;
}

static void jobs_output(struct loop_source *source, uint32_t events)
{
    struct job *job = container_of(source, struct job, output);
    struct jobs *jobs = job->owner;
    int r = jobs_take_output(jobs, job);

    (void)events;
    jobs->error = r < 0 ? r : jobs->error;
}

static int jobs_take_end(struct jobs *jobs, struct job *job)
{
    char why[LIMITS_TEXT_MAX] = "";
    struct results_end end = {.how = RESULTS_EXIT, .processes = ""};
    struct job_news news = {0};
    int status = 0, r = process_wait(&job->process, -1, &status);

    job->ended.fd = -1; /* closed by that */
    if (r < 0)
        return r;
    r = job_read_rest(job, jobs->settings.results, &news);
    if (r < 0)
        return r;
    end.number = status;
    r = status ? job_short_of(job, jobs->settings.dir, why) : 0;
    if (r < 0)
        return r;
    if (*why)
        end = (struct results_end){.how = RESULTS_SHORT, .number = status, .processes = why};
    r = jobs_finish(jobs, job, &end);
    if (r < 0)
        return r;
    return jobs_consider_stopping(jobs, job, jobs_word(job, &end) == PROGRESS_FAILED, false);
}

static void jobs_ended(struct loop_source *source, uint32_t events)
{
    struct job *job = container_of(source, struct job, ended);
    struct jobs *jobs = job->owner;
    int r = jobs_take_end(jobs, job);

    (void)events;
    jobs->error = r < 0 ? r : jobs->error;
}

static enum results_how jobs_how(const struct job *job, const struct marked *marked,
                                 enum watch_verdict verdict)
{
    if (verdict == WATCH_STARVED)
        return RESULTS_STARVED;
    if (verdict == WATCH_TOTAL_UP)
        return RESULTS_TOTAL;
    return job->kind == JOB_BATS && marked->n > 0 && !marked_has_bats(marked) ? RESULTS_HELD
                                                                              : RESULTS_LIMIT;
}

/* Kills a job that is given up after so many seconds. */
static int jobs_end_late(struct jobs *jobs, struct job *job, enum watch_verdict verdict,
                         long seconds)
{
    _cleanup_(marked_clear) struct marked marked = {0};
    struct job_news news = {0};
    int r = marked_find(job->process.pid, job->mark, &marked);
    _cleanup_free_ char *processes = r < 0 ? NULL : marked_describe(&marked);
    struct results_end end = {
        .how = jobs_how(job, &marked, verdict), .number = seconds, .processes = processes};

    if (r < 0)
        return r;
    if (!processes)
        return err_r(ENOMEM, "cannot say what a job was doing");
    r = marked_kill(job->process.pid, job->mark);
    process_kill(&job->process);
    job->ended.fd = -1; /* closed by that */
    if (r < 0)
        return r;
    r = job_read_rest(job, jobs->settings.results, &news);
    if (r < 0)
        return r;
    r = jobs_finish(jobs, job, &end);
    return r < 0 ? r : jobs_consider_stopping(jobs, job, verdict != WATCH_STARVED, false);
}

static int jobs_look(struct jobs *jobs, struct job *job)
{
    enum watch_verdict verdict;
    long seconds;
    int r = watch_look(&job->watch, job->process.pid, job->mark, clock_ns(), jobs_machine_ns(jobs),
                       &verdict, &seconds);

    if (r < 0 || verdict == WATCH_GOES_ON)
        return r;
    return jobs_end_late(jobs, job, verdict, seconds);
}

static int jobs_start(struct jobs *jobs, struct job *job)
{
    int r = job_start(job, jobs->settings.dir);

    if (r < 0)
        return r;
    jobs->n_running++;
    watch_start(&job->watch, job->limit_s, job->kind == JOB_BATS, clock_ns(),
                jobs_machine_ns(jobs));
    job->ended.ready = jobs_ended;
    job->output.ready = jobs_output;
    r = loop_add(&jobs->loop, &job->output, EPOLLIN);
    return r < 0 ? r : loop_add(&jobs->loop, &job->ended, EPOLLIN);
}

/* Ends what is late and starts what may; *next is when to look again. */
static int jobs_step(struct jobs *jobs, int64_t *next)
{
    int64_t due = progress_due(&jobs->progress);
    int r = 0;

    for (size_t i = 0; r >= 0 && i < jobs->n; i++)
        if (jobs->items[i]->state == JOB_RUNS)
            r = jobs_look(jobs, jobs->items[i]);
    while (r >= 0 && !jobs->stopped_by && jobs->next < jobs->n &&
           jobs->n_running < jobs->settings.side_by_side)
        r = jobs_start(jobs, jobs->items[jobs->next++]);
    *next = clock_ns() + PATIENCE_LOOK_NS;
    *next = due < *next ? due : *next;
    return r;
}

static int64_t jobs_tick(void *data)
{
    struct jobs *jobs = data;
    int64_t next = 0;
    int r = jobs->error < 0 ? jobs->error : jobs_step(jobs, &next);

    jobs->error = r < 0 ? r : jobs->error;
    jobs->loop.stop = jobs->error < 0 || jobs->n_running == 0;
    if (jobs->loop.stop)
        return 0;
    if (clock_ns() >= progress_due(&jobs->progress))
        jobs_show(jobs);
    return next;
}

int jobs_run(struct jobs *jobs)
{
    int r;

    jobs->loop.stop = false;
    r = loop_run(&jobs->loop, jobs_tick, jobs);
    progress_end(&jobs->progress);
    return r < 0 ? r : jobs->error;
}

size_t jobs_failed(const struct jobs *jobs)
{
    return jobs->n_failed;
}

int jobs_each(const struct jobs *jobs, jobs_fn fn, void *data)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < jobs->n; i++)
        if (jobs->items[i]->state == JOB_ENDED)
            r = fn(jobs->items[i], data);
    return r;
}
