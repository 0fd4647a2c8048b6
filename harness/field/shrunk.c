// SPDX-License-Identifier: Apache-2.0
#include "field/shrunk.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "field/emit.h"
#include "field/reachable_find.h"

struct shrunk_work {
    const struct shrunk *shrunk;
    const struct programs_source *source;
    const char *prefix, *lab_name;
    struct emit emit;
};

/* Opens PREFIX and a suffix for writing; *path is the caller's. */
static int shrunk_open(const struct shrunk_work *w, const char *suffix, char **path, FILE **out)
{
    int r = text_format(path, "%s%s", w->prefix, suffix);

    if (r < 0)
        return r;
    *out = fopen(*path, "we");
    return *out ? 0 : err_r(errno, "cannot write '%s'", *path);
}

static int shrunk_write_topology(const struct shrunk_work *w, char **path)
{
    _cleanup_fclose_ FILE *f = NULL;
    int r = shrunk_open(w, ".yaml", path, &f);

    if (r < 0)
        return r;
    emit_topology(f, &w->emit);
    return fflush(f) == 0 ? 0 : err_r(errno, "cannot write '%s'", *path);
}

static int shrunk_write_test(const struct shrunk_work *w, const struct cluster *from,
                             const struct cluster *to)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_fclose_ FILE *f = NULL;
    int r = shrunk_open(w, ".bats", &path, &f);

    if (r < 0)
        return r;
    emit_test(f, &w->emit, from, to);
    return fflush(f) == 0 ? 0 : err_r(errno, "cannot write '%s'", path);
}

static bool shrunk_parts_likewise(const struct driven *driven, const struct driven *like)
{
    return driven->parted < driven->n && driven->steps[driven->parted].judgement.parting ==
                                             like->steps[like->parted].judgement.parting;
}

/* Whether these maps show it in a lab of the topology's pods: 1 or 0. */
static int shrunk_shows(const struct shrunk_work *w, const struct cluster *cluster)
{
    const struct reproduction *from = w->shrunk->from;
    _cleanup_(bundle_lab_down) struct bundle_lab *lab = NULL;
    struct driven driven = {};
    int r = bundle_lab_up(w->lab_name, from->bundle, cluster, w->emit.reachable, &from->settings,
                          w->source, &lab);

    if (r < 0)
        return r;
    r = drive(lab, cluster, &w->emit.reachable->flows[0], &driven);
    if (r == 0)
        r = shrunk_parts_likewise(&driven, w->emit.driven);
    driven_release(&driven);
    return r;
}

static int shrunk_write_smallest(const struct shrunk_work *w, const struct cluster *topology)
{
    _cleanup_(cluster_free) struct cluster joined = {};
    int r = shrunk_shows(w, topology);

    if (r != 0)
        return r < 0 ? r : shrunk_write_test(w, NULL, NULL);
    r = emit_join(topology, w->emit.cluster, &joined);
    if (r < 0)
        return r;
    r = shrunk_shows(w, &joined);
    if (r < 0)
        return r;
    return shrunk_write_test(w, topology, r ? &joined : w->emit.cluster);
}

static int shrunk_write_files(const struct shrunk_work *w)
{
    enum family family = w->emit.reachable->flows[0].family == FAMILY_V6 ? FAMILY_V6 : FAMILY_V4;
    _cleanup_(cluster_free) struct cluster topology = {};
    _cleanup_free_ char *path = NULL;
    int r = shrunk_write_topology(w, &path);

    if (r < 0)
        return r;
    r = emit_cluster(path, family, &topology);
    return r < 0 ? r : shrunk_write_smallest(w, &topology);
}

static const char *shrunk_base(const char *prefix)
{
    const char *slash = strrchr(prefix, '/');

    return slash ? slash + 1 : prefix;
}

int shrunk_write(const struct shrunk *shrunk, const char *prefix, const char *lab_name,
                 const struct programs_source *source, struct reachable **out)
{
    _cleanup_json_ json_t *one =
        json_pack("[O]", json_array_get(shrunk->from->flows, shrunk->flow));
    _cleanup_free_ struct reachable *reachable = NULL;
    struct shrunk_work w = {.shrunk = shrunk,
                            .source = source,
                            .prefix = prefix,
                            .lab_name = lab_name,
                            .emit = {.cluster = shrunk->cluster,
                                     .settings = &shrunk->from->settings,
                                     .driven = shrunk->driven,
                                     .encryption = bundle_lab_encryption(shrunk->from->bundle),
                                     .name = shrunk_base(prefix)}};
    int r = reachable_find(shrunk->from->bundle, shrunk->cluster, one, &reachable);

    if (r < 0)
        return r;
    w.emit.reachable = reachable;
    r = shrunk_write_files(&w);
    if (r < 0)
        return r;
    *out = TAKE_PTR(reachable);
    return 0;
}
