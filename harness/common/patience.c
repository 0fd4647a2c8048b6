// SPDX-License-Identifier: Apache-2.0
#include "common/patience.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/log.h"

#define NS_PER_S  1000000000LL
#define NS_PER_MS 1000000LL
/* Between two looks of one waiter; a shorter time is left for the next one to count. */
#define PATIENCE_STEP_NS (10 * NS_PER_MS)

/* Tasks of all processors that run or want to; 1, this one, where nobody says so. */
static long patience_runnable(void)
{
    _cleanup_close_ int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
    char text[128];
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    const char *at;
    long runnable;

    text[n > 0 ? n : 0] = '\0';
    at = strchr(text, '/'); /* "0.93 0.97 2.04 3/221 4711" */
    while (at && at > text && at[-1] != ' ')
        at--;
    runnable = at ? atol(at) : 1;
    return runnable > 0 ? runnable : 1;
}

/* What of `ns` a process could have had. */
static int64_t patience_share(int64_t ns)
{
    long enough = 2 * sysconf(_SC_NPROCESSORS_ONLN);
    long runnable = patience_runnable();

    return runnable > enough && enough > 0 ? ns * enough / runnable : ns;
}

void patience_start(struct patience *p, int64_t ms)
{
    p->quiet_ns = ms * NS_PER_MS;
    p->started_ns = clock_ns();
    atomic_store(&p->looked_ns, p->started_ns);
    atomic_store(&p->counted_ns, 0);
}

/* Where two threads look at once each counts what the other has not. */
static void patience_count(struct patience *p, int64_t now)
{
    int64_t passed = now - atomic_exchange(&p->looked_ns, now);

    if (passed > PATIENCE_LOOK_NS)
        passed = PATIENCE_LOOK_NS;
    if (passed > 0)
        atomic_fetch_add(&p->counted_ns, patience_share(passed));
}

int patience_outcome(const struct patience *p)
{
    int64_t most = PATIENCE_FACTOR * p->quiet_ns;

    if (most < PATIENCE_LEAST_NS)
        most = PATIENCE_LEAST_NS;
    if (atomic_load(&p->counted_ns) >= p->quiet_ns)
        return -ETIME;
    return atomic_load(&p->looked_ns) - p->started_ns >= most ? -PATIENCE_STARVED : 0;
}

int patience_look(struct patience *p)
{
    int64_t now = clock_ns(), passed = now - atomic_load(&p->looked_ns);

    if (passed >= PATIENCE_STEP_NS || atomic_load(&p->counted_ns) + passed >= p->quiet_ns)
        patience_count(p, now);
    return patience_outcome(p);
}

int patience_left_ms(struct patience *p)
{
    int64_t left;

    if (patience_look(p) < 0)
        return 0;
    left = p->quiet_ns - atomic_load(&p->counted_ns);
    left = left < PATIENCE_STEP_NS ? left : PATIENCE_STEP_NS;
    return left > 0 ? (int)((left + NS_PER_MS - 1) / NS_PER_MS) : 1;
}

int patience_wait(int fd, short events, int wake_fd, struct patience *p)
{
    struct pollfd fds[] = {{.fd = fd, .events = events}, {.fd = wake_fd, .events = POLLIN}};

    for (;;) {
        int left = patience_left_ms(p);
        int n = poll(fds, 2, left);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0 && fds[1].revents)
            return -ECANCELED;
        if (n > 0)
            return fds[0].revents;
        if (n == 0 && left == 0)
            return patience_outcome(p);
    }
}

int patience_for_socket(int fd, int64_t ms)
{
    struct timeval limit = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ? -errno : 0;
}

const char *patience_text(const struct patience *p, const char *what, char text[PATIENCE_TEXT_MAX])
{
    double waited = (double)(atomic_load(&p->looked_ns) - p->started_ns) / NS_PER_S;

    snprintf(text, PATIENCE_TEXT_MAX,
             PATIENCE_WORD "%s: in %.1f s of waiting it had its turn for %.2f of %.2f s (%ld tasks "
                           "want one of %ld processors): run it again with less beside it",
             what, waited, (double)atomic_load(&p->counted_ns) / NS_PER_S,
             (double)p->quiet_ns / NS_PER_S, patience_runnable(), sysconf(_SC_NPROCESSORS_ONLN));
    return text;
}

int patience_say(const struct patience *p, const char *what)
{
    char text[PATIENCE_TEXT_MAX];

    return err_say(PATIENCE_STARVED, "%s", patience_text(p, what, text));
}
