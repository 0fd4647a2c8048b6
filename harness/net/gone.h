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

/* Makes the two namespaces, before anything is closed that is to be waited for. */
int net_gone_new(struct net_gone **out);
/* Takes NULL; clears *gone. */
void net_gone_free(struct net_gone **gone);
/* Gives the worker something to do, and returns when it has begun; -ETIMEDOUT as below. */
int net_gone_occupy(struct net_gone *gone, int64_t limit_ms, const struct stop *stop);
/* Waits until all is gone that was closed before this call; whoever else has something in
 * the queue is waited for as well. -ETIMEDOUT with a sentence after `limit_ms`. */
int net_gone_wait(struct net_gone *gone, int64_t limit_ms, const struct stop *stop);
