// SPDX-License-Identifier: Apache-2.0
#include "agent/flow_transfer.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "agent/flow_datagrams.h"
#include "agent/payload.h"
#include "agent/send_pages.h"
#include "common/cleanup.h"

#define TRANSFER_READ (256 * 1024)
/* So little fits into any socket's buffers, in both directions: it needs no second thread. */
#define TRANSFER_SMALL 4096

/* -- Sending --------------------------------------------------------------------------------- */

static int transfer_wait(struct flow *flow, short events)
{
    int r = patience_wait(flow->socket->fd, events, flow->wake_fd, &flow->patience);

    return r < 0 ? r : 0;
}

/* One piece, completely. */
static int transfer_send_piece(struct flow *flow, const uint8_t *bytes, size_t length)
{
    while (length) {
        int r = patience_look(&flow->patience);
        ssize_t n = r < 0 ? r : flow->request.method->send(&flow->sender, bytes, length);

        if (n == -EINTR)
            continue;
        if (n == -EAGAIN) {
            r = transfer_wait(flow, POLLOUT);
            if (r < 0)
                return r;
            continue;
        }
        if (n < 0)
            return (int)n;
        flow_sent(flow, bytes, (size_t)n);
        bytes += n;
        length -= (size_t)n;
    }
    return 0;
}

static int transfer_send(struct flow *flow)
{
    uint64_t seed = payload_seed(flow->socket->port, PAYLOAD_FROM_CLIENT);
    uint64_t left = flow->request.bytes - flow->early_result.bytes;
    size_t chunk = flow->request.chunk;
    _cleanup_free_ uint8_t *buffer = left ? malloc(chunk) : NULL;
    int r = 0;

    if (left && !buffer)
        return -ENOMEM;
    if (left && !flow->request.nonblocking)
        r = patience_for_socket(flow->socket->fd, PATIENCE_CALL_MS);
    if (r == 0 && flow->request.n_also)
        return flow_send_datagrams(flow, buffer, transfer_send_piece);
    while (left && r == 0) {
        size_t length = left < chunk ? (size_t)left : chunk;

        payload_fill(seed, flow->socket->sent.bytes, buffer, length);
        flow->sender.last = length == left;
        r = transfer_send_piece(flow, buffer, length);
        left -= length;
    }
    return r;
}

/* -- Receiving ------------------------------------------------------------------------------- */

/* Waits for more, and remembers how long that took when it was not for the first. */
static int transfer_wait_for_more(struct flow *flow, uint64_t received)
{
    int64_t before = atomic_load(&flow->patience.counted_ns), paused;
    int r = transfer_wait(flow, POLLIN);

    patience_look(&flow->patience);
    paused = atomic_load(&flow->patience.counted_ns) - before;
    if (received && r == 0 && paused > flow->longest_pause_ns)
        flow->longest_pause_ns = paused;
    return r;
}

struct transfer_receiver {
    struct flow *flow;
    uint8_t *buffer;
    int result;
};

static void transfer_received(struct flow *flow, const uint8_t *bytes, size_t length)
{
    digest_feed(&flow->socket->received, bytes, length);
    payload_check_feed(&flow->socket->greeting, bytes, length);
    payload_check_feed(&flow->socket->echo, bytes, length);
}

static enum flow_read transfer_read_way(const struct flow *flow)
{
    const char *reads = flow->request.reads;
    size_t n = strlen(reads);

    return n == 0 ? READ_NAMED : (enum flow_read)reads[flow->n_reads < n ? flow->n_reads : n - 1];
}

static void transfer_note_source(struct flow *flow, const struct sockaddr_storage *sa,
                                 socklen_t length, const uint8_t *bytes, size_t n)
{
    if (address_port_from_sockaddr((const struct sockaddr *)sa, length, &flow->source) == 0)
        flow->has_source = true;
    if ((flow->request.n_also || *flow->request.reads) && flow->has_source)
        flow_note_reply(flow, &flow->source, bytes, n);
}

static ssize_t transfer_receive_some(struct flow *flow, uint8_t *buffer, size_t length)
{
    enum flow_read way = transfer_read_way(flow);
    bool named = way != READ_NAMELESS;
    struct sockaddr_storage sa;
    socklen_t sa_length = sizeof(sa);
    ssize_t n =
        recvfrom(flow->socket->fd, buffer, length, MSG_DONTWAIT | (way == READ_PEEK ? MSG_PEEK : 0),
                 named ? (struct sockaddr *)&sa : NULL, named ? &sa_length : NULL);

    if (n < 0)
        return -errno;
    flow->n_reads++;
    if (named && flow->socket->protocol == IPPROTO_UDP)
        transfer_note_source(flow, &sa, sa_length, buffer, (size_t)n);
    if (way != READ_PEEK)
        transfer_received(flow, buffer, (size_t)n);
    return n;
}

/* How much of the next read is still wanted. Of UDP a datagram is read whole. */
static size_t transfer_wanted(const struct flow *flow, uint64_t received)
{
    uint64_t left = flow->request.receive_bytes - received;

    if (flow->request.receive == RECEIVE_EOF || flow->socket->protocol == IPPROTO_UDP)
        return TRANSFER_READ;
    return left < TRANSFER_READ ? (size_t)left : TRANSFER_READ;
}

static int transfer_receive_all(struct flow *flow, uint8_t *buffer)
{
    const struct flow_request *request = &flow->request;
    uint64_t received = 0;

    while (request->receive == RECEIVE_EOF || received < request->receive_bytes) {
        ssize_t n = transfer_receive_some(flow, buffer, transfer_wanted(flow, received));

        if (n == 0 && flow->socket->protocol == IPPROTO_TCP)
            return 0;
        if (n == -EAGAIN) {
            /* A completion of MSG_ZEROCOPY wakes the wait, again and again if it is not taken. */
            int r = transfer_wait_for_more(flow, received);

            if (r < 0)
                return r;
            zerocopy_drain(&flow->sender);
            continue;
        }
        if (n < 0 && n != -EINTR)
            return (int)n;
        received += n > 0 ? (uint64_t)n : 0;
    }
    return 0;
}

static void *transfer_receiver_run(void *data)
{
    struct transfer_receiver *receiver = data;

    receiver->result = transfer_receive_all(receiver->flow, receiver->buffer);
    return NULL;
}

/* -- Both ------------------------------------------------------------------------------------ */

/* A connection that the peer has reset meanwhile cannot be shut down; why, the receive says, or the
 * socket where there is none. */
static int transfer_finish_sending(struct flow *flow)
{
    int error = 0;
    socklen_t length = sizeof(error);

    if (flow->request.end != END_HALF_CLOSE || flow->socket->protocol != IPPROTO_TCP)
        return 0;
    if (shutdown(flow->socket->fd, SHUT_WR) == 0)
        return 0;
    if (errno != ENOTCONN)
        return -errno;
    if (flow->request.receive != RECEIVE_NONE)
        return 0;
    getsockopt(flow->socket->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    return error ? -error : -ENOTCONN;
}

static int transfer_send_and_finish(struct flow *flow)
{
    int r = transfer_send(flow);

    return r < 0 ? r : transfer_finish_sending(flow);
}

static int transfer_one_after_the_other(struct flow *flow, struct transfer_receiver *receiver)
{
    int r = flow_fail(flow, "send", transfer_send_and_finish(flow));

    if (r < 0 || flow->request.receive == RECEIVE_NONE)
        return r;
    transfer_receiver_run(receiver);
    return flow_fail(flow, "receive", receiver->result);
}

/* A send that finds the connection dead after a read was told why only says EPIPE. */
static int transfer_outcome(struct flow *flow, int sent, int received)
{
    if (received < 0 && (sent == 0 || sent == -EPIPE) && received != -ECANCELED)
        return flow_fail(flow, "receive", received);
    if (sent < 0)
        return flow_fail(flow, "send", sent);
    return flow_fail(flow, "receive", received);
}

static int transfer_at_once(struct flow *flow, struct transfer_receiver *receiver)
{
    pthread_t thread;
    int r = pthread_create(&thread, NULL, transfer_receiver_run, receiver);

    if (r)
        return flow_fail(flow, "receive", flow_lack(flow, -r));
    r = transfer_send_and_finish(flow);
    if (r < 0)
        flow_wake(flow); /* nothing more will come of it */
    pthread_join(thread, NULL);
    return transfer_outcome(flow, r, receiver->result);
}

int flow_transfer(struct flow *flow)
{
    struct transfer_receiver receiver = {.flow = flow};
    _cleanup_free_ uint8_t *buffer = NULL;
    bool receives = flow->request.receive != RECEIVE_NONE;
    int r;

    if (receives) {
        buffer = malloc(TRANSFER_READ);
        if (!buffer)
            return flow_fail(flow, "receive", flow_lack(flow, -ENOMEM));
    }
    receiver.buffer = buffer;
    sender_init(&flow->sender, flow->socket->fd, &flow->patience, flow->wake_fd);
    if (flow->socket->unconnected)
        flow->sender.to_length = address_port_to_sockaddr(&flow->socket->to, &flow->sender.to);
    if (receives && flow->request.bytes > TRANSFER_SMALL)
        r = transfer_at_once(flow, &receiver);
    else
        r = transfer_one_after_the_other(flow, &receiver);
    zerocopy_drain(&flow->sender);
    sender_close(&flow->sender);
    return r;
}
