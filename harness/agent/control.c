// SPDX-License-Identifier: Apache-2.0
#include "agent/control.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"

struct control_connection {
    struct control_connection *next;
    struct control *control;
    struct loop_source source;
};

struct control {
    struct loop_source source;
    struct loop *loop;
    struct control_connection *connections;
    size_t n;
    control_fn fn;
    void *data;
    pthread_mutex_t handover; /* an answer is over when the main thread has its connection back */
};

/* A connection hears nothing while a request of it is under way: whoever answers owns it, and hands
 * it back to the main thread by arming it again. */
#define CONTROL_EVENTS (EPOLLIN | EPOLLONESHOT)

static void control_drop(struct control_connection *connection)
{
    struct control *control = connection->control;
    struct control_connection **link = &control->connections;

    while (*link != connection)
        link = &(*link)->next;
    *link = connection->next;
    control->n--;
    loop_close_source(control->loop, &connection->source);
    free(connection);
}

/* One message, with a descriptor beside it unless that is -1. */
static ssize_t control_send(int socket_fd, const char *message, int fd)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(fd))];
    } ancillary = {.room = {0}};
    struct iovec part = {.iov_base = (void *)message, .iov_len = strlen(message)};
    struct msghdr whole = {.msg_iov = &part, .msg_iovlen = 1};

    if (fd >= 0) {
        whole.msg_control = &ancillary;
        whole.msg_controllen = sizeof(ancillary);
        ancillary.header = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof(fd)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&ancillary.header), &fd, sizeof(fd));
    }
    return sendmsg(socket_fd, &whole, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void control_answer(struct control_connection *connection, json_t *answer)
{
    control_answer_with(connection, answer, -1);
}

void control_answer_with(struct control_connection *connection, json_t *answer, int fd)
{
    struct control *control = connection->control;
    _cleanup_free_ char *text =
        answer ? json_dumps(answer, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    const char *message = text ? text : "{\"error\":\"out of memory\"}";

    json_decref(answer);
    if (strlen(message) > CONTROL_MESSAGE_MAX)
        message = "{\"error\":\"the answer is over 64 KiB\"}";
    pthread_mutex_lock(&control->handover);
    /* One that does not read its answers is cut off. */
    if (control_send(connection->source.fd, message, fd) < 0)
        shutdown(connection->source.fd, SHUT_RDWR);
    if (loop_modify(control->loop, &connection->source, CONTROL_EVENTS) < 0)
        log_warning("a control connection is lost");
    pthread_mutex_unlock(&control->handover);
}

void control_refuse(struct control_connection *connection, const char *sentence)
{
    control_answer(connection, json_pack("{s:s%}", "error", sentence, strlen(sentence)));
}

static void control_request(struct control_connection *connection, const char *text, size_t length)
{
    struct control *control = connection->control;
    json_error_t error;
    _cleanup_json_ json_t *request = NULL;

    if (length > CONTROL_MESSAGE_MAX) {
        control_refuse(connection, "the request is over 64 KiB");
        return;
    }
    request = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (json_is_object(request))
        control->fn(control->data, connection, request);
    else
        control_refuse(connection, "the request is not a JSON object");
}

static void control_ready(struct loop_source *source, uint32_t events)
{
    static char text[CONTROL_MESSAGE_MAX + 1];
    struct control_connection *connection = container_of(source, struct control_connection, source);
    ssize_t n;

    (void)events;
    pthread_mutex_lock(&connection->control->handover);
    pthread_mutex_unlock(&connection->control->handover);
    n = recv(source->fd, text, sizeof(text), MSG_DONTWAIT);
    if (n > 0)
        control_request(connection, text, (size_t)n);
    else
        control_drop(connection);
}

/* The socket's directory is root's; this is the second door. */
static bool control_may_ask(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}

static int control_take(struct control *control, int accepted)
{
    _cleanup_close_ int fd = accepted;
    _cleanup_free_ struct control_connection *connection = NULL;
    int r;

    if (!control_may_ask(fd))
        return err_say(EPERM, "a request of another user was refused");
    if (control->n == CONTROL_CONNECTIONS_MAX)
        return err_say(EBUSY, "%d control connections are open", CONTROL_CONNECTIONS_MAX);
    connection = calloc(1, sizeof(*connection));
    if (!connection)
        return err_r(ENOMEM, "cannot take a control connection");
    connection->control = control;
    connection->source = (struct loop_source){.fd = fd, .ready = control_ready};
    r = loop_add(control->loop, &connection->source, CONTROL_EVENTS);
    if (r < 0)
        return r;
    TAKE_FD(fd);
    connection->next = control->connections;
    control->connections = TAKE_PTR(connection);
    control->n++;
    return 0;
}

static void control_accept(struct loop_source *source, uint32_t events)
{
    struct control *control = container_of(source, struct control, source);
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)events;
    if (fd >= 0)
        control_take(control, fd);
    else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        err_r(errno, "cannot take a control connection");
}

int control_new(int fd, struct loop *loop, control_fn fn, void *data, struct control **out)
{
    _cleanup_free_ struct control *control = calloc(1, sizeof(*control));
    int flags = fcntl(fd, F_GETFL);
    int r;

    if (!control)
        return err_r(ENOMEM, "cannot take requests");
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return err_r(errno, "cannot take requests");
    *control = (struct control){
        .source = {.fd = fd, .ready = control_accept}, .loop = loop, .fn = fn, .data = data};
    pthread_mutex_init(&control->handover, NULL);
    r = loop_add(loop, &control->source, EPOLLIN);
    if (r < 0)
        return r;
    *out = TAKE_PTR(control);
    return 0;
}

void control_free(struct control **control)
{
    if (!*control)
        return;
    while ((*control)->connections)
        control_drop((*control)->connections);
    loop_close_source((*control)->loop, &(*control)->source);
    pthread_mutex_destroy(&(*control)->handover);
    free(*control);
    *control = NULL;
}
