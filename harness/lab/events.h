/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the programs report in ring buffers. The position in a ring is one for all who read it: a
 * record is read once.
 */
#pragma once

#include <jansson.h>

#include "place/lab.h"

struct event {
    const struct topology_node *node;
    const char *map;
    const json_t *record; /* map_record_json() */
};

/* A negative return ends the walk and is returned; the record counts as read. */
typedef int (*events_fn)(void *data, const struct event *event);

struct events;
struct patience;

/* Opens the rings of those names on the node (NULL: on every node). Without names, the contract's
 * three, those of them that the programs have. -EINVAL for a map that is no ring buffer. */
int events_open(const struct lab *lab, const struct topology_node *node, const char *const *maps,
                size_t n_maps, struct events **out);
/* Takes NULL; clears *events. */
void events_close(struct events **events);
/* Hands every record that is there to `fn`, without waiting, ring after ring; NULL drops them. The
 * number of records, or an error. */
int events_read(struct events *events, events_fn fn, void *data);

/* When to stop waiting for more; each is enough. */
struct events_end {
    struct patience *patience; /* is over (common/patience.h); NULL: never */
    int stop_fd;               /* is readable */
    int reader_fd;             /* a pipe whose reader is gone */
};

/* Hands every record to `fn` as it comes, until it is time to end (0), or `fn` or something else
 * fails. What came without a wake-up is read at the end. */
int events_follow(struct events *events, const struct events_end *end, events_fn fn, void *data);
/* Readable, for poll(), when there is something to read. */
int events_fd(const struct events *events);
