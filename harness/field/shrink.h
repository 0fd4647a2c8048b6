/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shrinking: the smallest cluster in which a flow still parts from the contract at the same connect
 * and in the same way. A lab is built once; a candidate is the difference in its maps and one
 * drive of the flow.
 *
 * Pieces are what can be taken away: a frontend, a service, an endpoint (those behind it move up
 * and its service's count goes down, so that the table stays whole), a backend, a pair of ports.
 */
#pragma once

#include "field/drive.h"

struct shrink_progress {
    size_t entries;    /* of the smallest cluster so far */
    size_t candidates; /* tried so far */
};

typedef void (*shrink_fn)(void *data, const struct shrink_progress *progress);

/* The pieces of a cluster, and which of them are kept. No kernel. */
struct pieces;
int pieces_new(const struct cluster *cluster, struct pieces **out);
void pieces_free(struct pieces **pieces);
/* How many there are to take away. They are numbered; a piece that was taken stays in the count. */
size_t pieces_count(const struct pieces *pieces);
bool pieces_has(const struct pieces *pieces, size_t piece);
void pieces_set(struct pieces *pieces, size_t piece, bool keep);
/* Takes away what the lab has no pod and no service for. */
void pieces_keep_reach(struct pieces *pieces, const struct reach *reach);
/* The cluster that is left; the caller frees it. */
int pieces_render(const struct pieces *pieces, struct cluster *out);

/*
 * Shrinks what is on the stage. -ENODATA, saying nothing, when the flow parts nowhere. *out is the
 * smallest cluster, which is in the maps then, and *driven how the flow went in it; the caller
 * releases both.
 */
int shrink(struct stage *stage, const struct cluster *cluster, const struct reach_flow *flow,
           shrink_fn fn, void *data, struct cluster *out, struct driven *driven);
