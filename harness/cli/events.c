// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "cli/cli.h"
#include "cli/records.h"
#include "cli/verbs.h"
#include "common/patience.h"
#include "common/log.h"
#include "common/terminal.h"
#include "lab/events.h"
#include "place/lock.h"

#define EVENTS_MAPS_MAX    16
#define EVENTS_DEADLINE_MS 5000
/* The answer of a callback that has seen enough. */
#define EVENTS_ENOUGH (-ECANCELED)

enum { EVENTS_NODE = 256, EVENTS_MAP, EVENTS_FOLLOW, EVENTS_COUNT, EVENTS_DEADLINE, EVENTS_VARS };

struct events_job {
    const char *maps[EVENTS_MAPS_MAX];
    size_t n_maps;
    const char *node;
    int64_t count, deadline_ms; /* 0: not given */
    struct patience patience;   /* of --count */
    bool follow, vars;
    struct lab *lab;
    int64_t seen;
};

static const struct argp_option events_argp_options[] = {
    {"map", EVENTS_MAP, "NAME", 0,
     "Of this ring buffer (default: km_log_event, km_auth_req and km_tcp_probe, where there are "
     "any); may be repeated",
     0},
    {"node", EVENTS_NODE, "NODE", 0, "Of this node only (default: all)", 0},
    {"count", EVENTS_COUNT, "N", 0, "Wait for N records; exit 1 when they do not come", 0},
    {"deadline", EVENTS_DEADLINE, "MS", 0, "How long --count waits (default 5000)", 0},
    {"follow", EVENTS_FOLLOW, NULL, 0, "Go on until SIGINT or SIGTERM", 0},
    {"vars", EVENTS_VARS, NULL, 0, "NAME=VALUE lines, and an empty one behind each record", 0},
    {0},
};

static int events_take_map(const struct cli_command *command, const char *name,
                           struct events_job *job)
{
    if (!*name)
        return cli_usage(command, "--map needs a name");
    if (job->n_maps == EVENTS_MAPS_MAX)
        return cli_usage(command, "more than %d maps", EVENTS_MAPS_MAX);
    job->maps[job->n_maps++] = name;
    return 0;
}

static int events_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct events_job *job = data;

    switch (key) {
    case EVENTS_MAP:
        return events_take_map(command, value, job);
    case EVENTS_NODE:
        job->node = value;
        return cli_name(command, "--node", value);
    case EVENTS_COUNT:
        return cli_number(command, "--count", value, 1, 1000000, &job->count);
    case EVENTS_DEADLINE:
        return cli_number(command, "--deadline", value, 1, 600000, &job->deadline_ms);
    case EVENTS_FOLLOW:
        job->follow = true;
        return 0;
    default:
        job->vars = true;
        return 0;
    }
}

static int events_check(const struct cli_command *command, const struct events_job *job)
{
    if (job->follow && job->count)
        return cli_usage(command, "give --follow or --count, not both");
    if (job->deadline_ms && !job->count)
        return cli_usage(command, "--deadline needs --count");
    return 0;
}

/* "ERROR: no backend" begins with its level. */
static json_t *events_level(const char *text)
{
    static const char *const levels[] = {"error", "warning", "info", "debug"};

    for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
        size_t n = strlen(levels[i]);

        if (strncasecmp(text, levels[i], n) == 0 && text[n] == ':')
            return json_string(levels[i]);
    }
    return NULL;
}

static int events_print(void *data, const struct event *event)
{
    struct events_job *job = data;
    const struct topology *t = job->lab->topology;
    const char *text = json_string_value(json_object_get(event->record, "text"));
    _cleanup_json_ json_t *record = json_pack("{s:s, s:s*, s:o*}", "map", event->map, "node",
                                              t->n_nodes > 1 ? event->node->name : NULL, "level",
                                              events_level(text ? text : ""));

    json_object_update(record, (json_t *)event->record);
    if (job->vars)
        record_print_vars(record, t);
    else
        record_print_json(record, t);
    job->seen++;
    if (job->seen == job->count)
        return EVENTS_ENOUGH;
    return fflush(stdout) == 0 ? 0 : EVENTS_ENOUGH;
}

/* A descriptor that is readable after a signal that ends processes; they are blocked until
 * events_restore_signals(). */
static int events_block_signals(sigset_t *before, int *out_fd)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, before);
    *out_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return *out_fd < 0 ? err_r(errno, "cannot wait for signals") : 0;
}

/* The one that came was what the verb waited for. */
static void events_restore_signals(const sigset_t *before, int fd)
{
    struct signalfd_siginfo info;

    while (fd >= 0 && read(fd, &info, sizeof(info)) == sizeof(info))
        ;
    sigprocmask(SIG_SETMASK, before, NULL);
}

static int events_follow_until_signal(struct events *events, struct events_job *job)
{
    _cleanup_close_ int signal_fd = -1;
    sigset_t before;
    int r = events_block_signals(&before, &signal_fd);

    if (r == 0) {
        struct events_end end = {.patience = job->count ? &job->patience : NULL,
                                 .stop_fd = signal_fd,
                                 .reader_fd = terminal_fd(stdout)};

        patience_start(&job->patience, job->deadline_ms);
        r = events_follow(events, &end, events_print, job);
    }
    events_restore_signals(&before, signal_fd);
    return r;
}

static int events_read_all(struct events *events, struct events_job *job)
{
    int r;

    if (!job->follow && !job->count)
        return events_read(events, events_print, job);
    /* `reset` and `down` need not wait for who only looks. */
    r = lab_lock(job->lab, LAB_LOCK_NONE);
    return r < 0 ? r : events_follow_until_signal(events, job);
}

static int events_run(struct events_job *job)
{
    _cleanup_(events_close) struct events *events = NULL;
    const struct topology_node *node = NULL;
    int r = job->node ? lab_node(job->lab, job->node, &node) : 0;

    if (r < 0)
        return cli_code(r);
    r = events_open(job->lab, node, job->maps, job->n_maps, &events);
    if (r < 0)
        return cli_code(r);
    r = events_read_all(events, job);
    if (r < 0 && r != EVENTS_ENOUGH)
        return CODE_FAILED;
    if (job->seen >= job->count)
        return CODE_DONE;
    if (patience_outcome(&job->patience) == -PATIENCE_STARVED)
        return cli_code(patience_say(&job->patience, "whether the records come"));
    err_say(ETIME, "only %lld of %lld records within %lld ms", (long long)job->seen,
            (long long)job->count, (long long)job->deadline_ms);
    return CODE_NO;
}

int verb_events(int argc, char **argv)
{
    static const char *const arguments[] = {"LAB", NULL};
    static const struct cli_command command = {
        .verb = "events",
        .purpose = "Prints what the programs have reported since it was last asked: their log, "
                   "authorization requests, and the state of connections. A record is read once",
        .usage = "LAB",
        .examples = "Examples:\n"
                    "  sudo waypost events demo\n"
                    "  sudo waypost events demo --map km_log_event | jq -r .text\n"
                    "  sudo waypost events demo --map km_tcp_probe --count 4 --deadline 2000\n"
                    "  sudo waypost events demo --follow --node node1",
        .arguments = arguments,
        .required = 1,
        .options = events_argp_options,
        .option = events_option,
    };
    _cleanup_(lab_free) struct lab *lab = NULL;
    struct events_job job = {.node = NULL};
    struct cli_line line;
    int r = cli_parse(&command, argc, argv, &job, &line);

    if (r < 0)
        return cli_code(r);
    if (cli_name(&command, "LAB", line.argument[0]) < 0 || events_check(&command, &job) < 0)
        return CODE_MISTAKE;
    if (!job.deadline_ms)
        job.deadline_ms = EVENTS_DEADLINE_MS;
    r = cli_open_lab(&command, line.argument[0], &lab);
    job.lab = lab;
    return r < 0 ? cli_code(r) : events_run(&job);
}
