// SPDX-License-Identifier: Apache-2.0
#include "agent/send_method.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "agent/send_pages.h"
#include "agent/send_uring.h"
#include "common/cleanup.h"

#define SEND_IOVECS 5

static ssize_t send_result(ssize_t n)
{
    return n < 0 ? -errno : n;
}

static ssize_t send_by_write(struct sender *sender, const uint8_t *bytes, size_t length)
{
    return send_result(write(sender->fd, bytes, length));
}

static ssize_t send_by_send(struct sender *sender, const uint8_t *bytes, size_t length)
{
    return send_result(send(sender->fd, bytes, length, MSG_NOSIGNAL));
}

static ssize_t send_by_sendto(struct sender *sender, const uint8_t *bytes, size_t length)
{
    const struct sockaddr *to = sender->to_length ? (struct sockaddr *)&sender->to : NULL;

    return send_result(sendto(sender->fd, bytes, length, MSG_NOSIGNAL, to, sender->to_length));
}

/* Cuts the bytes at odd places: the first pieces are shorter than a TLV, one may be empty. */
static size_t send_cut(const uint8_t *bytes, size_t length, struct iovec iov[SEND_IOVECS])
{
    static const size_t sizes[SEND_IOVECS - 1] = {1, 7, 0, 33};
    size_t n = 0;

    for (; n < ARRAY_SIZE(sizes) && length; n++) {
        size_t size = sizes[n] < length ? sizes[n] : length;

        iov[n] = (struct iovec){.iov_base = (void *)bytes, .iov_len = size};
        bytes += size;
        length -= size;
    }
    if (length)
        iov[n++] = (struct iovec){.iov_base = (void *)bytes, .iov_len = length};
    return n;
}

static ssize_t send_by_writev(struct sender *sender, const uint8_t *bytes, size_t length)
{
    struct iovec iov[SEND_IOVECS];
    size_t n = send_cut(bytes, length, iov);

    return send_result(writev(sender->fd, iov, (int)n));
}

static ssize_t send_by_sendmsg(struct sender *sender, const uint8_t *bytes, size_t length)
{
    struct iovec iov[SEND_IOVECS];
    struct msghdr message = {.msg_iov = iov, .msg_iovlen = send_cut(bytes, length, iov)};

    return send_result(sendmsg(sender->fd, &message, MSG_NOSIGNAL));
}

/* All but the very last byte is announced as incomplete; that one sends everything off. */
static ssize_t send_by_more(struct sender *sender, const uint8_t *bytes, size_t length)
{
    bool more = !sender->last || length > 1;
    size_t n = sender->last && length > 1 ? length - 1 : length;

    return send_result(send(sender->fd, bytes, n, MSG_NOSIGNAL | (more ? MSG_MORE : 0)));
}

static const struct send_method send_methods[] = {
    {"write", 0, send_by_write},
    {"writev", 0, send_by_writev},
    {"send", 0, send_by_send},
    {"sendmsg", 0, send_by_sendmsg},
    {"sendto", 0, send_by_sendto},
    {"sendfile", 0, send_by_sendfile},
    {"splice", 0, send_by_splice},
    {"more", 0, send_by_more},
    {"zerocopy", 0, send_by_zerocopy},
    {"io_uring", 0, send_by_io_uring},
    {"io_uring_zc", 0, send_by_io_uring_zc},
    {"byte", 1, send_by_send},
    {"big", SEND_CHUNK_MAX, send_by_send},
};

static_assert(ARRAY_SIZE(send_methods) == SEND_METHODS, "all are named");

void send_method_names(const char *names[SEND_METHODS + 1])
{
    for (size_t i = 0; i < SEND_METHODS; i++)
        names[i] = send_methods[i].name;
    names[SEND_METHODS] = NULL;
}

const struct send_method *send_method_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(send_methods); i++) {
        if (strcmp(send_methods[i].name, name) == 0)
            return &send_methods[i];
    }
    return NULL;
}

void sender_init(struct sender *sender, int fd, struct patience *patience, int wake_fd)
{
    *sender = (struct sender){
        .fd = fd, .patience = patience, .wake_fd = wake_fd, .pipe = {-1, -1}, .zerocopy_fd = -1};
}

void sender_close(struct sender *sender)
{
    cleanup_close(&sender->pipe[0]);
    cleanup_close(&sender->pipe[1]);
    sender->pipe[0] = sender->pipe[1] = -1;
    if (sender->zerocopy_fd >= 0)
        close(sender->zerocopy_fd);
    sender->zerocopy_fd = -1;
    sender_uring_free(&sender->uring);
}
