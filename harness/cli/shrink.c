// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/bundle_line.h"
#include "cli/verbs.h"
#include "common/deadline.h"
#include "common/log.h"
#include "field/shrink.h"
#include "field/shrunk.h"

#define SHRINK_LAB "shrink"

struct shrink_options {
    struct bundle_line line;
    const char *out;
};

static const struct argp_option shrink_argp_options[] = {
    BUNDLE_LINE_OPTIONS,
    {"output", 'o', "PREFIX", 0,
     "Write PREFIX.yaml, a topology, and PREFIX.bats, a test (default: shrunk)", 0},
    {0},
};

static int shrink_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct shrink_options *o = data;

    if (key != 'o')
        return bundle_line_option(command, key, value, &o->line);
    o->out = value;
    return 0;
}

static void shrink_release(struct shrink_options *o)
{
    bundle_line_release(&o->line);
}

/* How it goes on, for whoever waits. */
struct shrink_watch {
    int64_t start_ns;
    size_t entries; /* that were shown last */
    double shown;   /* when, in seconds */
};

static double shrink_seconds(const struct shrink_watch *watch)
{
    return (double)(clock_ns() - watch->start_ns) / 1e9;
}

static void shrink_show(void *data, const struct shrink_progress *progress)
{
    struct shrink_watch *watch = data;
    double now = shrink_seconds(watch);

    /* Half of what it was, or a second later: not a line for every entry. */
    if (progress->entries > watch->entries / 2 && now < watch->shown + 1)
        return;
    watch->entries = progress->entries;
    watch->shown = now;
    fprintf(stderr, "shrink: %zu map entries left, %zu candidates tried, %.1f s\n",
            progress->entries, progress->candidates, now);
}

/* -ENODATA, saying nothing, when the flow goes where the contract says. */
static int shrink_in_lab(const struct shrink_options *o, const struct reproduction *what,
                         size_t flow, struct shrink_watch *watch, struct cluster *small,
                         struct driven *driven)
{
    _cleanup_(bundle_lab_down) struct bundle_lab *lab = NULL;
    int r = reproduction_up(what, SHRINK_LAB, &o->line.source, &lab);

    if (r < 0)
        return r;
    r = shrink(lab, &what->cluster, &what->reachable->flows[flow], shrink_show, watch, small,
               driven);
    if (r < 0)
        return r;
    if (driven->parted >= driven->n)
        return err_say(EIO, "the flow went wrong before, and does not in what it was shrunk to");
    return 0;
}

static int shrink_write(const struct shrink_options *o, const struct shrunk *shrunk,
                        const struct shrink_watch *watch)
{
    _cleanup_free_ struct reachable *reachable = NULL;
    int r = shrunk_write(shrunk, o->out, SHRINK_LAB, &o->line.source, &reachable);

    if (r < 0)
        return r;
    driven_print(stdout, shrunk->driven, reproduction_client(shrunk->from, shrunk->flow));
    printf("%zu pods and %zu map entries, of %zu, in %.1f s: %s.yaml, %s.bats\n", reachable->n_pods,
           cluster_entries(shrunk->cluster), cluster_entries(&shrunk->from->cluster),
           shrink_seconds(watch), o->out, o->out);
    return 0;
}

/* As shrink_in_lab(). */
static int shrink_flow(const struct shrink_options *o, const struct reproduction *what, size_t flow)
{
    _cleanup_(cluster_free) struct cluster small = {};
    _cleanup_(driven_release) struct driven driven = {};
    struct shrink_watch watch = {.start_ns = clock_ns(), .entries = SIZE_MAX};
    int r = shrink_in_lab(o, what, flow, &watch, &small, &driven);

    if (r < 0)
        return r;
    return shrink_write(
        o, &(struct shrunk){.from = what, .flow = flow, .cluster = &small, .driven = &driven},
        &watch);
}

static int shrink_run(const struct shrink_options *o, const struct reproduction *what)
{
    for (size_t i = 0; i < what->reachable->n_flows; i++) {
        int r = shrink_flow(o, what, i);

        if (r != -ENODATA)
            return r < 0 ? CODE_FAILED : CODE_DONE;
    }
    err_say(ENODATA, "every flow goes where the contract says: there is nothing to shrink");
    return CODE_NO;
}

int verb_shrink(int argc, char **argv)
{
    static const char *const arguments[] = {"BUNDLE", NULL};
    static const struct cli_command command = {
        .verb = "shrink",
        .purpose =
            "Takes away from a bundle what a flow does not need to go wrong, and writes the "
            "rest as a topology and a test. Of several flows the first that goes wrong. Exit "
            "code 1: none does",
        .usage = "BUNDLE",
        .examples = "Examples:\n"
                    "  sudo waypost shrink bug.tar.zst\n"
                    "  sudo waypost shrink bug --flow 10.244.1.7 10.96.0.12:80 -o wrong-port",
        .arguments = arguments,
        .required = 1,
        .options = shrink_argp_options,
        .option = shrink_option,
    };
    _cleanup_(reproduction_release) struct reproduction what = {};
    _cleanup_(shrink_release) struct shrink_options o = {.out = "shrunk"};
    int r = bundle_line_parse(&command, argc, argv, &o, &o.line, &what);

    return r < 0 ? cli_code(r) : shrink_run(&o, &what);
}
