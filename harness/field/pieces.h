/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces of a cluster that can be taken away, and which of them are kept: a frontend, a
 * service, an endpoint (those behind it move up and its service's count goes down, so that the
 * table stays whole), a backend, a pair of ports. No kernel.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "field/cluster.h"
#include "field/reachable.h"

struct pieces;
int pieces_new(const struct cluster *cluster, struct pieces **out);
void pieces_free(struct pieces **pieces);
/* How many there are to take away. They are numbered; a piece that was taken stays in the count. */
size_t pieces_count(const struct pieces *pieces);
bool pieces_has(const struct pieces *pieces, size_t piece);
void pieces_set(struct pieces *pieces, size_t piece, bool keep);
/* Takes away what the lab has no pod and no service for. */
void pieces_keep_reachable(struct pieces *pieces, const struct reachable *reachable);
/* The cluster that is left; the caller frees it. */
int pieces_render(const struct pieces *pieces, struct cluster *out);
