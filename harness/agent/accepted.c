// SPDX-License-Identifier: Apache-2.0
#include "agent/accepted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/payload.h"
#include "common/cleanup.h"
#include "common/log.h"

#define ACCEPTED_READ   (256 * 1024)
#define ACCEPTED_BANNER 64
/* Nothing is read while something is pending: one read, and what the TLV reader had held back. */
#define ACCEPTED_PENDING (ACCEPTED_READ + 2 * TLV_SIZE_V6)

/* The main thread's. */
static uint8_t accepted_buffer[ACCEPTED_READ];

static int accepted_local(int fd, struct address_port *out)
{
    struct sockaddr_storage sa;
    socklen_t length = sizeof(sa);

    if (getsockname(fd, (struct sockaddr *)&sa, &length) < 0)
        return -errno;
    return address_port_from_sockaddr((struct sockaddr *)&sa, length, out);
}

static void accepted_wait_for(struct record *record, uint32_t events)
{
    if (loop_modify(record->records->loop, &record->source, events) < 0)
        record_ended(record, RECORD_CLOSED);
}

/* Sends what is pending. Returns 0 when nothing is any more, -EAGAIN, or what the send died of. */
static int accepted_flush(struct record *record)
{
    while (record->pending_sent < record->pending_used) {
        ssize_t n = send(record->source.fd, record->pending + record->pending_sent,
                         record->pending_used - record->pending_sent, MSG_NOSIGNAL);

        if (n < 0)
            return -errno;
        record->pending_sent += (size_t)n;
    }
    record->pending_used = record->pending_sent = 0;
    return 0;
}

static void accepted_send_back(void *data, const uint8_t *bytes, size_t length)
{
    struct record *record = data;

    if (!record->pending)
        record->pending = malloc(ACCEPTED_PENDING);
    if (!record->pending || record->pending_used + length > ACCEPTED_PENDING) {
        err_r(ENOMEM, "cannot echo %zu bytes", length);
        return;
    }
    memcpy(record->pending + record->pending_used, bytes, length);
    record->pending_used += length;
}

/* The client's stream is over and everything was sent back. */
static void accepted_finish(struct record *record)
{
    record_ended(record, RECORD_EOF);
}

static void accepted_answer(struct record *record)
{
    int r = accepted_flush(record);

    if (r == -EAGAIN)
        accepted_wait_for(record, EPOLLOUT);
    else if (r < 0)
        record_ended(record, RECORD_RESET);
    else if (record->eof)
        accepted_finish(record);
    else
        accepted_wait_for(record, EPOLLIN);
}

/* Of a listener that resets: on a slow machine a TLV and what stands behind it come one by one. */
static bool accepted_has_enough(const struct stream *stream)
{
    if (stream->tlv.status == TLV_OK)
        return stream->raw_bytes > stream->tlv.used;
    return stream->tlv.status != TLV_PENDING;
}

static void accepted_read(struct record *record)
{
    ssize_t n = recv(record->source.fd, accepted_buffer, sizeof(accepted_buffer), 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        record_ended(record, RECORD_RESET);
        return;
    }
    if (n > 0) {
        stream_feed(&record->stream, accepted_buffer, (size_t)n);
    } else {
        record->eof = true;
        stream_end(&record->stream);
    }
    if (n > 0 && record->mode == LISTENER_RESET && accepted_has_enough(&record->stream)) {
        record_ended(record, RECORD_CLOSED);
        return;
    }
    if (record->pending_used)
        accepted_answer(record);
    else if (record->eof)
        accepted_finish(record);
    if (record->end == RECORD_OPEN)
        record_changed(record);
}

static void accepted_ready(struct loop_source *source, uint32_t events)
{
    struct record *record = container_of(source, struct record, source);

    if (!record->pending_used)
        accepted_read(record);
    else if (events & EPOLLERR)
        record_ended(record, RECORD_RESET);
    else
        accepted_answer(record);
}

static void accepted_greet(struct record *record)
{
    uint8_t banner[ACCEPTED_BANNER];

    payload_fill(payload_seed(record->peer.port, PAYLOAD_FROM_LISTENER), 0, banner, sizeof(banner));
    /* A new connection's buffer has room for it. */
    if (send(record->source.fd, banner, sizeof(banner), MSG_NOSIGNAL) != (ssize_t)sizeof(banner))
        record_ended(record, RECORD_RESET);
}

void accepted_take(const struct listener_port *at, int accepted,
                   const struct sockaddr_storage *from, socklen_t length)
{
    _cleanup_close_ int fd = accepted;
    struct address_port peer, local;
    struct record *record;

    /* A connection that died while it waited to be accepted has no getpeername() any more: hence
     * what accept() said. */
    if (address_port_from_sockaddr((const struct sockaddr *)from, length, &peer) < 0 ||
        accepted_local(fd, &local) < 0)
        return;
    if (record_new(at->records, &peer, &local, &record) < 0)
        return;
    record->port = at->port;
    record->mode = at->mode;
    record->source = (struct loop_source){.fd = TAKE_FD(fd), .ready = accepted_ready};
    if (record->mode == LISTENER_ECHO) {
        record->stream.on_payload = accepted_send_back;
        record->stream.data = record;
    }
    if (loop_add(record->records->loop, &record->source, EPOLLIN) < 0)
        record_ended(record, RECORD_CLOSED);
    else if (record->mode == LISTENER_BANNER)
        accepted_greet(record);
    record_changed(record);
}
