/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When namespaces are gone. Closing the last reference to one only puts it into a queue; a single
 * worker of the kernel takes them apart some time later, as many at once as have come in until it
 * looks again. Nothing tells of a namespace that it is gone, but the worker does begin a batch by
 * telling who had given a number to one of its namespaces. So two namespaces of our own go into the
 * queue: one behind all others, and when the worker has begun with it, the second. When it begins
 * with that, it has finished the first, and all that were with it.
 */
#pragma once

#include <stdint.h>

#include "common/stop.h"

struct net_gone;

/* Makes the namespaces, before anything is closed that is to be waited for. Each of the waits below
 * is over after `limit_ms`: -ETIMEDOUT with a sentence. */
int net_gone_new(int64_t limit_ms, struct net_gone **out);
/* Takes NULL; clears *gone. */
void net_gone_free(struct net_gone **gone);
/* Gives the worker something to do, and returns when it has begun. */
int net_gone_occupy(struct net_gone *gone, const struct stop *stop);
/* All that is to be waited for has been closed. */
void net_gone_begin(struct net_gone *gone);
/* Waits until all is gone that was closed before net_gone_begin(); whoever else has something in
 * the queue is waited for as well. */
int net_gone_wait(struct net_gone *gone, const struct stop *stop);
