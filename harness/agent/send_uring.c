// SPDX-License-Identifier: Apache-2.0
#include "agent/send_uring.h"

#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/patience.h"

#define SENDER_URING_ENTRIES 8

struct sender_uring {
    struct io_uring ring;
    bool send_zc;
};

static bool sender_uring_has(struct io_uring *ring, int operation)
{
    struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
    bool has = probe && io_uring_opcode_supported(probe, operation);

    io_uring_free_probe(probe);
    return has;
}

static int sender_uring_new(struct sender_uring **out)
{
    _cleanup_free_ struct sender_uring *uring = calloc(1, sizeof(*uring));
    int r;

    if (!uring)
        return -ENOMEM;
    r = io_uring_queue_init(SENDER_URING_ENTRIES, &uring->ring, 0);
    if (r < 0)
        return r;
    uring->send_zc = sender_uring_has(&uring->ring, IORING_OP_SEND_ZC);
    *out = TAKE_PTR(uring);
    return 0;
}

void sender_uring_free(struct sender_uring **uring)
{
    if (*uring)
        io_uring_queue_exit(&(*uring)->ring);
    free(*uring);
    *uring = NULL;
}

/* The kernel reads the buffer until it says that it has done: when time is up the socket is shut
 * down, which ends the operation, and only then may the caller have its buffer back. */
static int sender_uring_wait(struct sender *sender, struct io_uring_cqe **cqe)
{
    struct io_uring *ring = &sender->uring->ring;
    int r = -ETIME;

    for (int left = 1; r == -ETIME && left > 0;) {
        struct __kernel_timespec limit;

        left = patience_left_ms(sender->patience);
        limit = (struct __kernel_timespec){.tv_nsec = left * 1000000L};
        r = io_uring_wait_cqe_timeout(ring, cqe, &limit);
    }
    if (r != -ETIME)
        return r;
    shutdown(sender->fd, SHUT_RDWR);
    do {
        r = io_uring_wait_cqe(ring, cqe);
    } while (r == -EINTR);
    return r < 0 ? r : -ETIME;
}

/* One operation to its end: its result, and of a zero-copy one the notification behind it. */
static ssize_t sender_uring_finish(struct sender *sender)
{
    struct io_uring *ring = &sender->uring->ring;
    bool more = true, late = false;
    ssize_t result = -EIO;

    while (more) {
        struct io_uring_cqe *cqe;
        int r = sender_uring_wait(sender, &cqe);

        if (r == -EINTR)
            continue;
        if (r < 0 && r != -ETIME)
            return r;
        late = late || r == -ETIME;
        if (!(cqe->flags & IORING_CQE_F_NOTIF))
            result = cqe->res;
        more = (cqe->flags & IORING_CQE_F_MORE) != 0;
        io_uring_cqe_seen(ring, cqe);
    }
    return late && result < 0 ? patience_outcome(sender->patience) : result;
}

static ssize_t sender_uring_send(struct sender *sender, const uint8_t *bytes, size_t length,
                                 bool zc)
{
    struct io_uring_sqe *sqe;
    int r = sender->uring ? 0 : sender_uring_new(&sender->uring);

    if (r < 0)
        return r;
    if (zc && !sender->uring->send_zc)
        return -ENOSYS;
    sqe = io_uring_get_sqe(&sender->uring->ring);
    if (!sqe)
        return -EBUSY;
    if (zc)
        io_uring_prep_send_zc(sqe, sender->fd, bytes, length, MSG_NOSIGNAL, 0);
    else
        io_uring_prep_send(sqe, sender->fd, bytes, length, MSG_NOSIGNAL);
    r = io_uring_submit(&sender->uring->ring);
    return r < 0 ? r : sender_uring_finish(sender);
}

ssize_t send_by_io_uring(struct sender *sender, const uint8_t *bytes, size_t length)
{
    return sender_uring_send(sender, bytes, length, false);
}

ssize_t send_by_io_uring_zc(struct sender *sender, const uint8_t *bytes, size_t length)
{
    return sender_uring_send(sender, bytes, length, true);
}
