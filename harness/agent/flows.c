// SPDX-License-Identifier: Apache-2.0
#include "agent/flows.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/flow_answer.h"
#include "agent/flow_connect.h"
#include "agent/flow_repeat.h"
#include "agent/flow_socket.h"
#include "agent/flow_transfer.h"
#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/log.h"

void flows_init(struct flows *flows, struct hooks *hooks)
{
    *flows = (struct flows){.hooks = hooks};
    pthread_mutex_init(&flows->mutex, NULL);
    pthread_cond_init(&flows->changed, NULL);
    named_sockets_init(&flows->sockets);
}

static void flow_free(struct flow *flow)
{
    if (!*flow->request.socket)
        client_socket_free(&flow->socket);
    if (flow->wake_fd >= 0)
        close(flow->wake_fd);
    json_decref(flow->peers);
    free(flow);
}

/* A connection that is only half built, or that failed, is no reason to forget a kept socket: the
 * next request may connect it again. */
static void flow_release_socket(struct flow *flow)
{
    bool keep = flow->request.end == END_KEEP && !atomic_load(&flow->cancelled);

    if (*flow->request.socket)
        named_sockets_return(&flow->flows->sockets, flow->socket, keep && flow->socket->fd >= 0);
    else
        client_socket_free(&flow->socket);
    flow->socket = NULL;
}

static void flow_end(struct flow *flow)
{
    if (flow->request.end == END_RESET && flow->socket->fd >= 0)
        client_socket_linger_reset(flow->socket);
}

static void flow_leave(struct flow *flow)
{
    struct flows *flows = flow->flows;
    struct flow **link = &flows->first;

    while (*link != flow)
        link = &(*link)->next;
    *link = flow->next;
    flows->n--;
    pthread_cond_broadcast(&flows->changed);
}

static void *flow_thread(void *data)
{
    struct flow *flow = data;
    struct flows *flows = flow->flows;
    json_t *answer;

    if (flow_repeat(flow) == 0 && flow_open(flow) == 0 && flow_connect(flow) == 0 &&
        flow_count_peer(flow) == 0)
        flow_transfer(flow);
    /* A socket that was shut down for it reads like one whose stream has ended. */
    if (atomic_load(&flow->cancelled))
        flow_fail(flow, "receive", -ECANCELED);
    if (flow->cookie)
        hooks_take(flows->hooks, flow->cookie, &flow->seen);
    flow_end(flow);
    answer = flow_describe(flow);

    /* Under the lock: nobody may cancel a socket that is being closed. */
    pthread_mutex_lock(&flows->mutex);
    flow_release_socket(flow);
    pthread_mutex_unlock(&flows->mutex);
    flow->done(flow->data, answer);
    pthread_mutex_lock(&flows->mutex);
    flow_leave(flow);
    pthread_mutex_unlock(&flows->mutex);
    flow_free(flow);
    return NULL;
}

static int flow_take_socket(struct flow *flow)
{
    const struct flow_request *request = &flow->request;

    if (*request->socket)
        return named_sockets_take(&flow->flows->sockets, request->socket, request->has_to,
                                  &flow->socket);
    return client_socket_new(request->family, request->protocol, &flow->socket);
}

static int flow_new(struct flows *flows, const struct flow_request *request, struct flow **out)
{
    struct flow *flow = calloc(1, sizeof(*flow));
    int r;

    if (!flow)
        return err_r(ENOMEM, "cannot start a flow");
    flow->flows = flows;
    flow->mutex = &flows->mutex;
    flow->hooks = flows->hooks;
    flow->request = *request;
    flow->started_ns = clock_ns();
    patience_start(&flow->patience, request->deadline_ms);
    flow->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r = flow->wake_fd < 0 ? err_r(errno, "cannot start a flow") : flow_take_socket(flow);
    if (r < 0) {
        flow->request.socket[0] = '\0'; /* nothing was taken */
        flow_free(flow);
        return r;
    }
    *out = flow;
    return 0;
}

static int flow_start_thread(struct flow *flow)
{
    pthread_attr_t detached;
    pthread_t thread;
    int r;

    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    r = pthread_create(&thread, &detached, flow_thread, flow);
    pthread_attr_destroy(&detached);
    return r ? err_r(r, "cannot start a thread") : 0;
}

static int flow_enter(struct flow *flow)
{
    struct flows *flows = flow->flows;
    int r;

    if (flows->n == FLOWS_MAX)
        return err_say(EBUSY, "%d flows are under way already", FLOWS_MAX);
    r = flow_start_thread(flow); /* it leaves under the lock that is held here */
    if (r < 0)
        return r;
    flow->next = flows->first;
    flows->first = flow;
    flows->n++;
    return 0;
}

int flows_start(struct flows *flows, const struct flow_request *request,
                void (*done)(void *data, json_t *answer), void *data)
{
    struct flow *flow = NULL;
    int r = flow_new(flows, request, &flow);

    if (r < 0)
        return r;
    flow->done = done;
    flow->data = data;
    pthread_mutex_lock(&flows->mutex);
    r = flow_enter(flow);
    pthread_mutex_unlock(&flows->mutex);
    if (r < 0) {
        if (*request->socket)
            named_sockets_return(&flows->sockets, flow->socket, flow->socket->fd >= 0);
        flow_free(flow);
    }
    return r;
}

/* Blocking calls on the socket end when it is shut down, all other waits by the event. */
static void flow_cancel(struct flow *flow)
{
    atomic_store(&flow->cancelled, true);
    flow_wake(flow);
    if (flow->socket && flow->socket->fd >= 0)
        shutdown(flow->socket->fd, SHUT_RDWR);
}

void flows_clear(struct flows *flows)
{
    pthread_mutex_lock(&flows->mutex);
    for (struct flow *flow = flows->first; flow; flow = flow->next)
        flow_cancel(flow);
    while (flows->n)
        pthread_cond_wait(&flows->changed, &flows->mutex);
    pthread_mutex_unlock(&flows->mutex);
    named_sockets_clear(&flows->sockets);
}

void flows_free(struct flows *flows)
{
    flows_clear(flows);
    pthread_cond_destroy(&flows->changed);
    pthread_mutex_destroy(&flows->mutex);
}
