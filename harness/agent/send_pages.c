// SPDX-License-Identifier: Apache-2.0
#include "agent/send_pages.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/patience.h"

/* What a socket still refers to must not be written again: every call uses pages of its own and
 * lets go of them, and the kernel keeps those that it needs. */
static int send_file_of(const uint8_t *bytes, size_t length, int *out)
{
    _cleanup_close_ int fd = memfd_create("payload", MFD_CLOEXEC);

    if (fd < 0)
        return -errno;
    while (length) {
        ssize_t n = write(fd, bytes, length);

        if (n < 0)
            return -errno;
        bytes += n;
        length -= (size_t)n;
    }
    *out = TAKE_FD(fd);
    return 0;
}

ssize_t send_by_sendfile(struct sender *sender, const uint8_t *bytes, size_t length)
{
    _cleanup_close_ int file = -1;
    off_t offset = 0;
    ssize_t n;
    int r = send_file_of(bytes, length, &file);

    if (r < 0)
        return r;
    n = sendfile(sender->fd, file, &offset, length);
    return n < 0 ? -errno : n;
}

/* What does not go through stays in the pipe: the next call is about the same bytes. The pipe takes
 * as much as it has room for, which depends on what its user has used up. */
ssize_t send_by_splice(struct sender *sender, const uint8_t *bytes, size_t length)
{
    unsigned int flags = sender->last ? 0 : SPLICE_F_MORE;
    ssize_t n;

    if (sender->pipe[0] < 0 && pipe2(sender->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    if (sender->in_pipe == 0) {
        n = write(sender->pipe[1], bytes, length);
        if (n < 0)
            return -errno;
        sender->in_pipe = (size_t)n;
    }
    n = splice(sender->pipe[0], NULL, sender->fd, NULL, sender->in_pipe, flags);
    if (n < 0)
        return -errno;
    sender->in_pipe -= (size_t)n;
    return n;
}

/* A completion is a range of calls; the code tells whether the kernel copied after all. */
static void zerocopy_count(struct sender *sender, const struct cmsghdr *cmsg)
{
    const struct sock_extended_err *error = (const struct sock_extended_err *)CMSG_DATA(cmsg);
    uint64_t calls = (uint64_t)error->ee_data - error->ee_info + 1;

    if (error->ee_origin != SO_EE_ORIGIN_ZEROCOPY)
        return;
    atomic_fetch_add(&sender->zerocopy_completions, calls);
    if (error->ee_code & SO_EE_CODE_ZEROCOPY_COPIED)
        atomic_fetch_add(&sender->zerocopy_copied, calls);
}

void zerocopy_drain(struct sender *sender)
{
    int fd = atomic_load(&sender->zerocopy_fd);
    char control[128];

    if (fd < 0)
        return;
    for (;;) {
        struct msghdr message = {.msg_control = control, .msg_controllen = sizeof(control)};

        if (recvmsg(sender->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
            return;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
            if ((c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) ||
                (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR))
                zerocopy_count(sender, c);
        }
        eventfd_write(fd, 1);
    }
}

static int zerocopy_enable(struct sender *sender)
{
    _cleanup_close_ int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int on = 1;

    if (fd < 0 || setsockopt(sender->fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) < 0)
        return -errno;
    atomic_store(&sender->zerocopy_fd, TAKE_FD(fd));
    return 0;
}

/* Until a completion was taken, by whomever: the events are counted in the eventfd. */
static int zerocopy_wait(struct sender *sender)
{
    int fd = atomic_load(&sender->zerocopy_fd);
    struct pollfd fds[] = {{.fd = sender->fd},
                           {.fd = fd, .events = POLLIN},
                           {.fd = sender->wake_fd, .events = POLLIN}};
    eventfd_t count;

    for (;;) {
        int left = patience_left_ms(sender->patience);
        int n;

        zerocopy_drain(sender);
        if (eventfd_read(fd, &count) == 0)
            return 0;
        n = poll(fds, ARRAY_SIZE(fds), left);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (fds[2].revents)
            return -ECANCELED;
        if (n == 0 && left == 0)
            return patience_outcome(sender->patience);
    }
}

/* A socket has room for so many completions: with the room used up a send is refused until some
 * have come. */
static ssize_t zerocopy_send(struct sender *sender, const void *pages, size_t length)
{
    for (;;) {
        ssize_t n = send(sender->fd, pages, length, MSG_ZEROCOPY | MSG_NOSIGNAL);
        int r = n < 0 ? -errno : 0;

        if (r == 0) {
            atomic_fetch_add(&sender->zerocopy_calls, 1);
            return n;
        }
        if (r != -ENOBUFS || sender->zerocopy_completions >= sender->zerocopy_calls)
            return r;
        r = zerocopy_wait(sender);
        if (r < 0)
            return r;
    }
}

ssize_t send_by_zerocopy(struct sender *sender, const uint8_t *bytes, size_t length)
{
    int r = sender->zerocopy_fd >= 0 ? 0 : zerocopy_enable(sender);
    void *pages;
    ssize_t n;

    if (r < 0)
        return r;
    pages = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return -errno;
    memcpy(pages, bytes, length);
    n = zerocopy_send(sender, pages, length);
    munmap(pages, length);
    return n;
}
