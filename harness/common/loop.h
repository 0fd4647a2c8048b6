/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop of one thread: it waits for many descriptors, and for the next time to come.
 *
 * One event is fetched at a time, so that a handler may free any other source: no event that was
 * fetched before can refer to it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* Embedded in what owns the fd. */
struct loop_source {
    int fd;
    void (*ready)(struct loop_source *source, uint32_t events);
};

/* Called between events: returns when it wants to be called at the latest, a deadline
 * (common/deadline.h). */
typedef int64_t (*loop_timer_fn)(void *data);

struct loop {
    int epoll_fd;
    bool stop; /* set by a handler: loop_run() returns */
};

int loop_init(struct loop *loop);
void loop_close(struct loop *loop);
/* Both are safe from any thread. Errors are said. */
int loop_add(struct loop *loop, struct loop_source *source, uint32_t events);
int loop_modify(struct loop *loop, struct loop_source *source, uint32_t events);
/* Closes the source's fd, which takes it out of the loop. */
void loop_close_source(struct loop *loop, struct loop_source *source);
int loop_run(struct loop *loop, loop_timer_fn timer, void *data);
