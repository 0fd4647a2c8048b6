// SPDX-License-Identifier: Apache-2.0
/*
 * Bytes that are handed to the kernel before the connection is established.
 */
#include "agent/flow_early.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/flow_connect_call.h"
#include "agent/payload.h"
#include "common/asleep.h"
#include "common/cleanup.h"
#include "common/deadline.h"
#include "net/net.h"

#ifndef TCP_FASTOPEN_NO_COOKIE
#define TCP_FASTOPEN_NO_COOKIE 34
#endif

/* The gateway is one for the pod: two flows must not hold and release it across each other. */
static pthread_mutex_t early_gateway = PTHREAD_MUTEX_INITIALIZER;

static size_t early_length(const struct flow *flow)
{
    const struct flow_request *request = &flow->request;

    return request->bytes < request->chunk ? (size_t)request->bytes : request->chunk;
}

/* The payload's first piece; the port must be known. */
static int early_bytes(const struct flow *flow, uint8_t **out)
{
    size_t length = early_length(flow);
    uint8_t *bytes = malloc(length + 1);

    if (!bytes)
        return -ENOMEM;
    payload_fill(payload_seed(flow->socket->port, PAYLOAD_FROM_CLIENT), 0, bytes, length);
    *out = bytes;
    return 0;
}

/* The bytes, and a socket whose blocking send ends with the flow's deadline. */
static int early_prepare(struct flow *flow, uint8_t **bytes)
{
    int r = flow_begin_connection(flow);

    if (r < 0)
        return r;
    r = early_bytes(flow, bytes);
    return r < 0 ? r : patience_for_socket(flow->socket->fd, flow->request.deadline_ms);
}

static int early_result(struct flow *flow, const uint8_t *bytes, ssize_t n)
{
    if (n < 0) {
        flow->early_result.error = (int)-n;
        return (int)n;
    }
    flow->early_result.bytes = (uint64_t)n;
    flow_sent(flow, bytes, (size_t)n);
    return 0;
}

/* Also the first connection carries its bytes in the SYN: no cookie is asked for. */
static int early_without_cookie(struct flow *flow)
{
    int on = 1;

    return setsockopt(flow->socket->fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, &on, sizeof(on)) < 0
               ? -errno
               : 0;
}

static int early_finish(struct flow *flow)
{
    int r = flow_connect_wait(flow);

    flow_note_names(flow);
    return r;
}

static int early_fastopen(struct flow *flow)
{
    _cleanup_free_ uint8_t *bytes = NULL;
    struct sockaddr_storage to;
    socklen_t to_length = address_port_to_sockaddr(&flow->request.to, &to);
    ssize_t n;
    int r = early_without_cookie(flow);

    if (r < 0)
        return r;
    r = early_prepare(flow, &bytes); /* bound before, so that the port is known */
    if (r < 0)
        return r;
    n = sendto(flow->socket->fd, bytes, early_length(flow), MSG_FASTOPEN | MSG_NOSIGNAL,
               (struct sockaddr *)&to, to_length);
    /* A call that could not put the bytes into the SYN has begun to connect, and does not wait for
     * it: it is non-blocking, or its time is up. */
    if (n < 0 && errno == EINPROGRESS) {
        flow->early_result.error = EINPROGRESS;
        return early_finish(flow);
    }
    r = early_result(flow, bytes, n < 0 ? -errno : n);
    return r < 0 ? r : early_finish(flow);
}

/* The connect only notes where to; the first send makes the connection. A client that has no cookie
 * and asks for one connects as ever, and the send is an ordinary one. */
static int early_fastopen_connect(struct flow *flow)
{
    _cleanup_free_ uint8_t *bytes = NULL;
    bool asks = flow->request.early == EARLY_FASTOPEN_CONNECT_COOKIE;
    int on = 1;
    int r = asks ? 0 : early_without_cookie(flow);

    if (r < 0)
        return r;
    if (setsockopt(flow->socket->fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on)) < 0)
        return -errno;
    r = flow_connect_call(flow, flow->request.nonblocking);
    if (r == -EINPROGRESS) /* not put off after all */
        r = flow_connect_wait(flow);
    if (r < 0)
        return r;
    r = early_prepare(flow, &bytes);
    if (r < 0)
        return r;
    ssize_t n = send(flow->socket->fd, bytes, early_length(flow), MSG_NOSIGNAL);

    r = early_result(flow, bytes, n < 0 ? -errno : n);
    return r < 0 ? r : early_finish(flow);
}

/* -- blocked-send ---------------------------------------------------------------------------- */

struct early_send {
    int fd;
    const uint8_t *bytes;
    size_t length;
    ssize_t result;
    atomic_int tid; /* 0 until the thread is about to make the call */
    atomic_bool done;
};

static void *early_send_run(void *data)
{
    struct early_send *job = data;
    ssize_t n;

    atomic_store(&job->tid, (int)syscall(SYS_gettid));
    n = send(job->fd, job->bytes, job->length, MSG_NOSIGNAL);
    job->result = n < 0 ? -errno : n;
    atomic_store(&job->done, true);
    return NULL;
}

/* Asleep, and in the send: a kernel that does not tell the call is believed by the state alone. */
static bool early_sleeps(int tid)
{
    long call;

    return asleep_in(tid, &call) && (call < 0 || call == SYS_sendto);
}

static bool early_wait_asleep(struct flow *flow, struct early_send *job)
{
    while (!atomic_load(&job->done) && patience_look(&flow->patience) == 0 &&
           !atomic_load(&flow->cancelled)) {
        if (early_sleeps(atomic_load(&job->tid)))
            return true;
        sched_yield();
    }
    return false;
}

static int early_blocked_connect(struct flow *flow)
{
    int fd = flow->socket->fd;
    int r = flow_set_nonblocking(fd, true);

    if (r < 0)
        return r;
    r = flow_connect_call(flow, true);
    if (r < 0 && r != -EINPROGRESS)
        return r;
    r = flow_begin_connection(flow);
    if (r < 0)
        return r;
    r = flow_set_nonblocking(fd, false);
    return r < 0 ? r : patience_for_socket(fd, 0); /* for ever: early_join_send() ends it */
}

/* The send, begun while the handshake is held open. */
static int early_start_send(struct flow *flow, struct early_send *job, pthread_t *thread)
{
    int r = early_blocked_connect(flow);

    if (r < 0)
        return r;
    job->length = early_length(flow);
    job->fd = flow->socket->fd;
    r = early_bytes(flow, (uint8_t **)&job->bytes);
    if (r < 0)
        return r;
    r = -pthread_create(thread, NULL, early_send_run, job);
    if (r < 0)
        return flow_lack(flow, r);
    flow->early_result.waited = early_wait_asleep(flow, job);
    return 0;
}

/* One call, however long it takes; at the deadline the socket is shut down under it. */
static int early_join_send(struct flow *flow, pthread_t thread)
{
    for (;;) {
        int64_t until = clock_ns() + patience_left_ms(&flow->patience) * 1000000LL;
        struct timespec limit = {.tv_sec = until / 1000000000, .tv_nsec = until % 1000000000};
        int r = patience_outcome(&flow->patience);

        if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &limit) == 0)
            return 0;
        if (r == 0)
            continue;
        shutdown(flow->socket->fd, SHUT_RDWR);
        pthread_join(thread, NULL);
        return r;
    }
}

/* The handshake is held open: the send has to wait in the kernel, and goes on when the gateway is
 * back. Whatever happens, it is. */
static int early_send_across(struct flow *flow, struct early_send *job)
{
    pthread_t thread;
    int r, released;

    if (access("/proc/self/task", R_OK) < 0)
        return -errno;
    r = net_gateway_hold();
    if (r < 0)
        return r;
    r = early_start_send(flow, job, &thread);
    released = net_gateway_release();
    if (r < 0)
        return r;
    r = early_join_send(flow, thread);
    return r < 0 ? r : released;
}

static int early_blocked_send(struct flow *flow)
{
    struct early_send job = {};
    int r;

    pthread_mutex_lock(&early_gateway);
    r = early_send_across(flow, &job);
    pthread_mutex_unlock(&early_gateway);
    if (r == 0)
        r = early_result(flow, job.bytes, job.result);
    free((void *)job.bytes);
    flow_note_names(flow);
    if (r == 0)
        r = flow_set_nonblocking(flow->socket->fd, flow->request.nonblocking);
    return r;
}

int flow_connect_early(struct flow *flow)
{
    switch (flow->request.early) {
    case EARLY_FASTOPEN:
        return early_fastopen(flow);
    case EARLY_FASTOPEN_CONNECT:
    case EARLY_FASTOPEN_CONNECT_COOKIE:
        return early_fastopen_connect(flow);
    default:
        return early_blocked_send(flow);
    }
}
