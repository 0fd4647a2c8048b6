// SPDX-License-Identifier: Apache-2.0
#include "common/deadline.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#define NS_PER_S  1000000000LL
#define NS_PER_MS 1000000LL

int64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t deadline_in(int64_t ms)
{
    return clock_ns() + ms * NS_PER_MS;
}

int deadline_left_ms(int64_t deadline)
{
    int64_t left = deadline - clock_ns();

    if (deadline == DEADLINE_NEVER)
        return -1;
    return left > 0 ? (int)((left + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

int deadline_wait(int fd, short events, int wake_fd, int64_t deadline)
{
    struct pollfd fds[] = {{.fd = fd, .events = events}, {.fd = wake_fd, .events = POLLIN}};

    for (;;) {
        int left = deadline_left_ms(deadline);
        int n = poll(fds, 2, left);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0 && fds[1].revents)
            return -ECANCELED;
        if (n > 0)
            return fds[0].revents;
        if (n == 0 && left == 0)
            return -ETIME;
    }
}
