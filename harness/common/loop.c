// SPDX-License-Identifier: Apache-2.0
#include "common/loop.h"

#include <errno.h>
#include <unistd.h>

#include "common/deadline.h"
#include "common/log.h"

int loop_init(struct loop *loop)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);

    if (fd < 0)
        return err_r(errno, "cannot make an event loop");
    *loop = (struct loop){.epoll_fd = fd};
    return 0;
}

void loop_close(struct loop *loop)
{
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    loop->epoll_fd = -1;
}

int loop_add(struct loop *loop, struct loop_source *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};

    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event) < 0)
        return err_r(errno, "cannot wait for events of fd %d", source->fd);
    return 0;
}

int loop_modify(struct loop *loop, struct loop_source *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};

    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, source->fd, &event) < 0)
        return err_r(errno, "cannot wait for events of fd %d", source->fd);
    return 0;
}

void loop_close_source(struct loop *loop, struct loop_source *source)
{
    if (source->fd < 0)
        return;
    /* Explicitly: a forked child may hold a copy of the fd for a moment, and would keep it in. */
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
    close(source->fd);
    source->fd = -1;
}

int loop_run(struct loop *loop, loop_timer_fn timer, void *data)
{
    while (!loop->stop) {
        int64_t next = timer(data);
        struct epoll_event event;
        int n = epoll_wait(loop->epoll_fd, &event, 1, deadline_left_ms(next));

        if (n < 0 && errno != EINTR)
            return err_r(errno, "cannot wait for events");
        if (n == 1) {
            struct loop_source *source = event.data.ptr;

            source->ready(source, event.events);
        }
    }
    return 0;
}
