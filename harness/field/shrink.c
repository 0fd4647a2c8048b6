// SPDX-License-Identifier: Apache-2.0
#include "field/shrink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "field/pieces.h"

/* A flow that goes wrong by chance is given so many chances. */
#define SHRINK_LOOKS     5
#define SHRINK_TRIES_MAX 12

struct shrink_work {
    struct bundle_lab *lab;
    const struct reachable_flow *flow;
    struct pieces *pieces;
    enum parting parting;
    size_t step;
    int tries;
    struct shrink_progress progress;
    shrink_fn fn;
    void *data;
};

static bool shrink_is_same(const struct shrink_work *w, const struct driven *driven)
{
    return driven->parted < driven->n && driven->parted == w->step &&
           driven->steps[driven->parted].judgement.parting == w->parting;
}

/* 1: the same misbehaviour, 0: not. */
static int shrink_try(struct shrink_work *w, const struct cluster *cluster)
{
    int r = bundle_lab_write(w->lab, cluster);
    bool same = false;

    w->progress.candidates++;
    for (int i = 0; r == 0 && !same && i < w->tries; i++) {
        struct driven driven;

        r = drive(w->lab, cluster, w->flow, &driven);
        same = r == 0 && shrink_is_same(w, &driven);
        driven_release(&driven);
    }
    return r < 0 ? r : same;
}

/* The cluster of what is kept now. */
static int shrink_try_kept(struct shrink_work *w)
{
    _cleanup_(cluster_free) struct cluster candidate = {};
    int r = pieces_render(w->pieces, &candidate);

    if (r < 0)
        return r;
    r = shrink_try(w, &candidate);
    if (r == 1)
        w->progress.entries = cluster_entries(&candidate);
    if (w->fn)
        w->fn(w->data, &w->progress);
    return r;
}

/* Takes away the pieces of the list, or gives them back when that is not the same any more. */
static int shrink_take(struct shrink_work *w, const size_t *list, size_t n)
{
    int r;

    for (size_t i = 0; i < n; i++)
        pieces_set(w->pieces, list[i], false);
    r = shrink_try_kept(w);
    for (size_t i = 0; r != 1 && i < n; i++)
        pieces_set(w->pieces, list[i], true);
    return r;
}

/* One pass with chunks of that size; *taken says whether it helped. */
static int shrink_pass(struct shrink_work *w, size_t *list, size_t *n, size_t chunk, bool *taken)
{
    size_t at = 0;

    *taken = false;
    while (at < *n) {
        size_t size = *n - at < chunk ? *n - at : chunk;
        int r = shrink_take(w, list + at, size);

        if (r < 0)
            return r;
        if (r == 0) {
            at += size;
            continue;
        }
        memmove(list + at, list + at + size, (*n - at - size) * sizeof(*list));
        *n -= size;
        *taken = true;
    }
    return 0;
}

/* Until no single piece can be spared. */
static int shrink_all(struct shrink_work *w)
{
    size_t count = pieces_count(w->pieces), n = 0, chunk;
    _cleanup_free_ size_t *list = calloc(count + 1, sizeof(*list));
    bool taken;
    int r = 0;

    if (!list)
        return err_r(ENOMEM, "cannot shrink");
    for (size_t i = 0; i < count; i++)
        if (pieces_has(w->pieces, i))
            list[n++] = i;
    chunk = n / 2 ? n / 2 : 1;
    do {
        r = shrink_pass(w, list, &n, chunk, &taken);
        if (chunk == 1 && !taken)
            break;
        chunk = chunk > 1 ? (chunk + 1) / 2 : 1;
    } while (r == 0 && n);
    return r;
}

/* How the flow goes wrong, and how often. -ENODATA when it does not. */
static int shrink_look(struct shrink_work *w, const struct cluster *cluster)
{
    int seen = 0, r = 0;

    for (int i = 0; r == 0 && i < SHRINK_LOOKS; i++) {
        struct driven driven;

        r = drive(w->lab, cluster, w->flow, &driven);
        if (r == 0 && seen == 0 && driven.parted < driven.n) {
            w->step = driven.parted;
            w->parting = driven.steps[driven.parted].judgement.parting;
        }
        if (r == 0)
            seen += shrink_is_same(w, &driven);
        driven_release(&driven);
    }
    if (r == 0 && seen == 0)
        return -ENODATA;
    w->tries = seen == SHRINK_LOOKS ? 1 : SHRINK_TRIES_MAX;
    return r;
}

static int shrink_end(struct shrink_work *w, struct cluster *out, struct driven *driven)
{
    int r = pieces_render(w->pieces, out);

    if (r < 0)
        return r;
    r = bundle_lab_write(w->lab, out);
    for (int i = 0; r == 0 && i < w->tries; i++) {
        if (i)
            driven_release(driven);
        r = drive(w->lab, out, w->flow, driven);
        if (r == 0 && shrink_is_same(w, driven))
            return 0;
    }
    return r;
}

int shrink(struct bundle_lab *lab, const struct cluster *cluster, const struct reachable_flow *flow,
           shrink_fn fn, void *data, struct cluster *out, struct driven *driven)
{
    _cleanup_(pieces_free) struct pieces *pieces = NULL, *all = NULL;
    struct shrink_work w = {.lab = lab,
                            .flow = flow,
                            .parting = PART_NONE,
                            .step = SIZE_MAX,
                            .progress = {.entries = cluster_entries(cluster)},
                            .fn = fn,
                            .data = data};
    int r = shrink_look(&w, cluster);

    if (r < 0)
        return r;
    r = pieces_new(cluster, &pieces);
    if (r < 0)
        return r;
    /* Most of a cluster has nothing to do with one flow. Where it has, all of it is searched. */
    pieces_keep_reachable(pieces, lab->reachable);
    w.pieces = pieces;
    r = shrink_try_kept(&w);
    if (r == 0) {
        r = pieces_new(cluster, &all);
        w.pieces = all;
    }
    if (r >= 0)
        r = shrink_all(&w);
    return r < 0 ? r : shrink_end(&w, out, driven);
}
