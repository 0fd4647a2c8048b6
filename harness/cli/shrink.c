// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/capture.h"
#include "cli/flow_words.h"
#include "cli/field.h"
#include "cli/verbs.h"
#include "common/log.h"
#include "common/text.h"
#include "field/emit.h"
#include "field/reachable_find.h"
#include "field/shrink.h"

#define SHRINK_LAB "shrink"

struct shrink_options {
    struct programs_source source;
    json_t *flows;
    const char *out;
};

static const struct argp_option shrink_argp_options[] = {
    FIELD_FLOW_OPTION,
    PROGRAMS_OPTIONS,
    {"output", 'o', "PREFIX", 0,
     "Write PREFIX.yaml, a topology, and PREFIX.bats, a test (default: shrunk)", 0},
    {0},
};

static int shrink_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct shrink_options *o = data;

    switch (key) {
    case FIELD_FLOW:
        return flow_words_option(command, value, o->flows);
    case 'o':
        o->out = value;
        return 0;
    default:
        return programs_option(command, key, value, &o->source);
    }
}

/* How it goes on, for whoever waits. */
struct shrink_watch {
    struct timespec start;
    size_t entries; /* that were shown last */
    double shown;   /* when, in seconds */
};

static double shrink_seconds(const struct shrink_watch *watch)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - watch->start.tv_sec) +
           (double)(now.tv_nsec - watch->start.tv_nsec) / 1e9;
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

/* Opens PREFIX and a suffix for writing; *path is the caller's. */
static FILE *shrink_open(const char *prefix, const char *suffix, char **path)
{
    FILE *f;

    if (text_format(path, "%s%s", prefix, suffix) < 0)
        return NULL;
    f = fopen(*path, "we");
    if (!f)
        err_r(errno, "cannot write '%s'", *path);
    return f;
}

static int shrink_write_topology(const struct emit *emit, const char *prefix, char **path)
{
    _cleanup_fclose_ FILE *f = shrink_open(prefix, ".yaml", path);

    if (!f)
        return -EIO;
    emit_topology(f, emit);
    return fflush(f) == 0 ? 0 : err_r(errno, "cannot write '%s'", *path);
}

static int shrink_write_test(const struct emit *emit, const char *prefix,
                             const struct cluster *from, const struct cluster *to)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_fclose_ FILE *f = shrink_open(prefix, ".bats", &path);

    if (!f)
        return -EIO;
    emit_test(f, emit, from, to);
    return fflush(f) == 0 ? 0 : err_r(errno, "cannot write '%s'", path);
}

/* Whether these maps show it in a lab of the topology's pods: 1 or 0. */
static int shrink_check(const struct shrink_options *o, const struct field *f,
                        const struct emit *emit, const struct cluster *cluster)
{
    _cleanup_(bundle_lab_down) struct bundle_lab *lab = NULL;
    enum parting parting = emit->driven->steps[emit->driven->parted].judgement.parting;
    struct driven driven = {};
    int same, r = bundle_lab_up(SHRINK_LAB, f->bundle, cluster, emit->reachable, &f->settings,
                                &o->source, &lab);

    if (r == 0)
        r = drive(lab, cluster, &emit->reachable->flows[0], &driven);
    same = r == 0 && driven.parted < driven.n &&
           driven.steps[driven.parted].judgement.parting == parting;
    driven_release(&driven);
    return r < 0 ? r : same;
}

/* The topology alone where that shows it, else with what it does not have, else exactly as it is.
 */
static int shrink_write_smallest(const struct shrink_options *o, const struct field *f,
                                 const struct emit *emit, const struct cluster *topology)
{
    _cleanup_(cluster_free) struct cluster joined = {};
    int r = shrink_check(o, f, emit, topology);

    if (r != 0)
        return r < 0 ? r : shrink_write_test(emit, o->out, NULL, NULL);
    r = emit_join(topology, emit->cluster, &joined);
    if (r == 0)
        r = shrink_check(o, f, emit, &joined);
    if (r < 0)
        return r;
    return shrink_write_test(emit, o->out, topology, r ? &joined : emit->cluster);
}

static const char *shrink_base(const char *prefix)
{
    const char *slash = strrchr(prefix, '/');

    return slash ? slash + 1 : prefix;
}

static int shrink_write(const struct shrink_options *o, const struct field *f, size_t flow,
                        const struct cluster *small, const struct driven *driven,
                        struct reachable **reachable)
{
    _cleanup_(cluster_free) struct cluster topology = {};
    _cleanup_json_ json_t *one = json_pack("[O]", json_array_get(f->flows, flow));
    _cleanup_free_ char *path = NULL;
    struct emit emit = {
        .cluster = small, .settings = &f->settings, .driven = driven, .name = shrink_base(o->out)};
    int r = reachable_find(f->bundle, small, one, reachable);

    emit.reachable = *reachable;
    if (r == 0)
        r = shrink_write_topology(&emit, o->out, &path);
    if (r == 0)
        r = emit_cluster(path, (*reachable)->flows[0].family == FAMILY_V6 ? FAMILY_V6 : FAMILY_V4,
                         &topology);
    return r < 0 ? r : shrink_write_smallest(o, f, &emit, &topology);
}

/* 1 when the flow was shrunk and written, 0 when it parts nowhere. */
static int shrink_flow(const struct shrink_options *o, const struct field *f, size_t flow)
{
    _cleanup_(cluster_free) struct cluster small = {};
    _cleanup_(bundle_lab_down) struct bundle_lab *lab = NULL;
    _cleanup_free_ struct reachable *reachable = NULL;
    struct shrink_watch watch = {.entries = SIZE_MAX};
    struct driven driven = {};
    int r;

    clock_gettime(CLOCK_MONOTONIC, &watch.start);
    r = bundle_lab_up(SHRINK_LAB, f->bundle, &f->cluster, f->reachable, &f->settings, &o->source,
                      &lab);
    if (r == 0)
        r = shrink(lab, &f->cluster, &f->reachable->flows[flow], shrink_show, &watch, &small,
                   &driven);
    bundle_lab_down(&lab);
    if (r == 0 && driven.parted >= driven.n)
        r = err_say(EIO, "the flow went wrong before, and does not in what it was shrunk to");
    if (r == 0)
        r = shrink_write(o, f, flow, &small, &driven, &reachable);
    if (r == 0) {
        driven_print(stdout, &driven, field_from(f, flow));
        printf("%zu pods and %zu map entries, of %zu, in %.1f s: %s.yaml, %s.bats\n",
               reachable->n_pods, cluster_entries(&small), cluster_entries(&f->cluster),
               shrink_seconds(&watch), o->out, o->out);
    }
    driven_release(&driven);
    if (r == -ENODATA)
        return 0;
    return r < 0 ? r : 1;
}

static int shrink_run(const struct shrink_options *o, const struct field *f)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < f->reachable->n_flows; i++)
        r = shrink_flow(o, f, i);
    if (r == 0)
        err_say(ENODATA, "every flow goes where the contract says: there is nothing to shrink");
    return r < 0 ? CODE_FAILED : r == 0 ? CODE_NO : CODE_DONE;
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
    _cleanup_json_ json_t *flows = json_array();
    _cleanup_(field_release) struct field f = {};
    struct shrink_options o = {.flows = flows, .out = "shrunk"};
    int code = field_parse(&command, argc, argv, &o, &o.source, flows, &f);

    return code == CODE_DONE ? shrink_run(&o, &f) : code;
}
