// SPDX-License-Identifier: Apache-2.0
/* Calls that say what a socket is ready for. */
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "play/call.h"

static const struct event {
    const char *name;
    short poll;
    uint32_t epoll;
} event_table[] = {
    {"in", POLLIN, EPOLLIN},          {"out", POLLOUT, EPOLLOUT}, {"pri", POLLPRI, EPOLLPRI},
    {"rdhup", POLLRDHUP, EPOLLRDHUP}, {"hup", POLLHUP, EPOLLHUP}, {"err", POLLERR, EPOLLERR},
};

static short event_asked(const struct script_line *line)
{
    short asked = 0;

    for (size_t i = 0; i < ARRAY_SIZE(event_table); i++)
        asked |= script_line_has(line, event_table[i].name) ? event_table[i].poll : 0;
    return asked;
}

/* "in rdhup", "none" */
static int event_say(struct play_turn *turn, uint32_t events)
{
    size_t used = 0;

    turn_say(turn, "none");
    for (size_t i = 0; i < ARRAY_SIZE(event_table); i++) {
        if (events & event_table[i].epoll)
            used += (size_t)snprintf(turn->answer + used, sizeof(turn->answer) - used, "%s%s",
                                     used ? " " : "", event_table[i].name);
    }
    return 0;
}

/* Until so many bytes can be read. What tells is a look at the bytes, and no count of the kernel's:
 * that one is what scripts ask for. */
static int wait_bytes(struct play_turn *turn, size_t length)
{
    _cleanup_free_ char *bytes = malloc(length + 1);
    ssize_t n;

    if (!bytes)
        return err_r(ENOMEM, "cannot make room for %zu bytes", length);
    while ((n = recv(turn->fd, bytes, length, MSG_PEEK | MSG_DONTWAIT)) < (ssize_t)length) {
        if (n == 0 || (n < 0 && errno != EAGAIN))
            break;
        sched_yield();
    }
    return turn_say_result(turn, n < 0 ? -errno : n);
}

/* Until all that was sent has been acknowledged: then it is at the other end. */
static int wait_sent(struct play_turn *turn)
{
    int left = 1;

    while (ioctl(turn->fd, SIOCOUTQ, &left) == 0 && left > 0)
        sched_yield();
    return left == 0 ? turn_say(turn, "sent") : turn_say_result(turn, -errno);
}

/* Until all the events that are named are there, however long that takes. */
static int wait_events(struct play_turn *turn, short asked)
{
    struct pollfd look = {.fd = turn->fd, .events = asked};

    do {
        if (poll(&look, 1, -1) < 0)
            return turn_say_result(turn, -errno);
    } while ((look.revents & asked) != asked && !(look.revents & (POLLERR | POLLHUP)));
    return event_say(turn, (uint32_t)(look.revents & (asked | POLLERR | POLLHUP)));
}

int call_wait(struct play_turn *turn)
{
    if (turn->line->n_numbers)
        return wait_bytes(turn, (size_t)turn->line->numbers[0]);
    if (script_line_has(turn->line, "sent"))
        return wait_sent(turn);
    return wait_events(turn, event_asked(turn->line));
}

int call_poll(struct play_turn *turn)
{
    struct pollfd look = {.fd = turn->fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP};

    if (poll(&look, 1, 0) < 0)
        return turn_say_result(turn, -errno);
    return event_say(turn, (uint32_t)look.revents);
}

/* With words: until one of them is so. */
int call_select(struct play_turn *turn)
{
    bool waits = turn->line->n_words > 0;
    struct timeval now = {0};
    fd_set read_set, write_set, except_set;
    bool r, w, x;

    FD_ZERO(&read_set);
    FD_ZERO(&write_set);
    FD_ZERO(&except_set);
    if (!waits || script_line_has(turn->line, "read"))
        FD_SET(turn->fd, &read_set);
    if (!waits || script_line_has(turn->line, "write"))
        FD_SET(turn->fd, &write_set);
    if (!waits)
        FD_SET(turn->fd, &except_set);
    if (select(turn->fd + 1, &read_set, &write_set, &except_set, waits ? NULL : &now) < 0)
        return turn_say_result(turn, -errno);
    r = FD_ISSET(turn->fd, &read_set);
    w = FD_ISSET(turn->fd, &write_set);
    x = FD_ISSET(turn->fd, &except_set);
    if (!r && !w && !x)
        return turn_say(turn, "none");
    return turn_say(turn, "%s%s%s%s%s", r ? "read" : "", r && w ? " " : "", w ? "write" : "",
                    x && (r || w) ? " " : "", x ? "except" : "");
}

int call_epoll(struct play_turn *turn)
{
    struct play_end *end = turn_end(turn);
    struct epoll_event event = {.events = (uint32_t)event_asked(turn->line)};

    if (script_line_has(turn->line, "et"))
        event.events |= EPOLLET;
    if (end->epoll_fd >= 0)
        close(end->epoll_fd);
    end->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (end->epoll_fd < 0)
        return err_r(errno, "cannot make an epoll");
    if (epoll_ctl(end->epoll_fd, EPOLL_CTL_ADD, turn->fd, &event) < 0)
        return turn_say_result(turn, -errno);
    return turn_say(turn, "ok");
}

int call_events(struct play_turn *turn)
{
    struct epoll_event event = {0};
    int n = epoll_wait(turn_end(turn)->epoll_fd, &event, 1,
                       script_line_has(turn->line, "wait") ? -1 : 0);

    return n < 0 ? turn_say_result(turn, -errno) : event_say(turn, event.events);
}
