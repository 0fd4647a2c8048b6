// SPDX-License-Identifier: Apache-2.0
#include "agent/call.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/control.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/patience.h"
#include "common/shortage.h"

static int call_late(const struct patience *patience, const char *socket_path, const char *what)
{
    if (patience_outcome(patience) == -PATIENCE_STARVED)
        return patience_say(patience, "whether the agent answers");
    return err_say(ETIMEDOUT, "the agent at '%s' does not %s", socket_path, what);
}

static int call_connect(const char *socket_path, struct patience *patience, int *out)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    _cleanup_close_ int fd = -1;

    if (strlen(socket_path) >= sizeof(address.sun_path))
        return err_say(ENAMETOOLONG, "the path of the agent's socket is too long: '%s'",
                       socket_path);
    strcpy(address.sun_path, socket_path);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_r(errno, "cannot make a socket");
    patience_for_socket(fd, PATIENCE_CALL_MS);
    while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        if (errno == EAGAIN || errno == EINTR) {
            if (patience_look(patience) == 0)
                continue;
            return call_late(patience, socket_path, "take requests");
        }
        if (errno == ENOENT || errno == ECONNREFUSED)
            return err_say(ECONNREFUSED, "there is no agent at '%s'", socket_path);
        return err_r(errno, "cannot reach the agent at '%s'", socket_path);
    }
    *out = TAKE_FD(fd);
    return 0;
}

static int call_send(int fd, const char *socket_path, struct patience *patience,
                     const json_t *request)
{
    _cleanup_free_ char *text = json_dumps(request, JSON_COMPACT);

    if (!text)
        return err_r(ENOMEM, "cannot write the request");
    if (strlen(text) > CONTROL_MESSAGE_MAX)
        return err_say(EMSGSIZE, "the request is over %d KiB", CONTROL_MESSAGE_MAX / 1024);
    while (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0) {
        if (errno == EAGAIN && patience_look(patience) == 0)
            continue;
        if (errno == EAGAIN)
            return call_late(patience, socket_path, "take requests");
        return err_say(EPIPE, "the agent at '%s' has died", socket_path);
    }
    return 0;
}

/* One message, and the descriptor that is with it, -1 for none. */
static ssize_t call_receive_message(int socket_fd, char *buffer, int *out_fd)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } ancillary = {.room = {0}};
    struct iovec part = {.iov_base = buffer, .iov_len = CONTROL_MESSAGE_MAX + 1};
    struct msghdr whole = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = &ancillary,
                           .msg_controllen = sizeof(ancillary)};
    ssize_t n = recvmsg(socket_fd, &whole, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    const struct cmsghdr *header = n < 0 ? NULL : CMSG_FIRSTHDR(&whole);

    *out_fd = -1;
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(out_fd, CMSG_DATA(header), sizeof(int));
    return n;
}

/* The length of the answer in buffer[CONTROL_MESSAGE_MAX + 1], or an error. */
static ssize_t call_receive(int fd, const char *socket_path, struct patience *patience,
                            char *buffer, int *out_fd)
{
    int r = patience_wait(fd, POLLIN, -1, patience);
    ssize_t n;

    if (r == -ETIME || r == -PATIENCE_STARVED)
        return call_late(patience, socket_path, "answer");
    if (r < 0)
        return err_r(r, "cannot wait for the agent at '%s'", socket_path);
    n = call_receive_message(fd, buffer, out_fd);
    if (n <= 0)
        return err_say(EPIPE, "the agent at '%s' died before it answered", socket_path);
    if (n > CONTROL_MESSAGE_MAX)
        return err_say(EMSGSIZE, "the answer of the agent at '%s' is over 64 KiB", socket_path);
    return n;
}

/* Of an error that the agent says: what it is to the caller. */
static int call_code(const char *sentence)
{
    if (strncmp(sentence, PATIENCE_WORD, strlen(PATIENCE_WORD)) == 0)
        return PATIENCE_STARVED;
    return strncmp(sentence, SHORTAGE_WORD, strlen(SHORTAGE_WORD)) == 0 ? ENOBUFS : EINVAL;
}

/* *lent is -1, or a descriptor of the caller's, also when there is an error. */
static int call_agent(const char *socket_path, const json_t *request, int deadline_ms,
                      json_t **answer, int *lent)
{
    _cleanup_free_ char *buffer = malloc(CONTROL_MESSAGE_MAX + 1);
    _cleanup_close_ int fd = -1;
    _cleanup_json_ json_t *object = NULL;
    const char *sentence = NULL;
    struct patience patience;
    ssize_t n;
    int r;

    if (!buffer)
        return err_r(ENOMEM, "cannot ask");
    patience_start(&patience, deadline_ms);
    r = call_connect(socket_path, &patience, &fd);
    if (r < 0)
        return r;
    r = call_send(fd, socket_path, &patience, request);
    if (r < 0)
        return r;
    n = call_receive(fd, socket_path, &patience, buffer, lent);
    if (n < 0)
        return (int)n;
    object = json_loadb(buffer, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(object))
        return err_say(EPROTO, "the answer of the agent at '%s' is not JSON", socket_path);
    r = json_get_optional_string(object, "error", &sentence);
    if (r < 0)
        return r;
    if (sentence)
        return err_say(call_code(sentence), "%s", sentence);
    *answer = TAKE_PTR(object);
    return 0;
}

int agent_call(const char *socket_path, const json_t *request, int deadline_ms, json_t **answer)
{
    _cleanup_close_ int lent = -1;

    return call_agent(socket_path, request, deadline_ms, answer, &lent);
}

int agent_call_for_fd(const char *socket_path, const json_t *request, int deadline_ms,
                      json_t **answer, int *out_fd)
{
    _cleanup_json_ json_t *object = NULL;
    _cleanup_close_ int lent = -1;
    int r = call_agent(socket_path, request, deadline_ms, &object, &lent);

    if (r < 0)
        return r;
    if (lent < 0)
        return err_say(EPROTO, "the agent at '%s' lent no descriptor", socket_path);
    *answer = TAKE_PTR(object);
    *out_fd = TAKE_FD(lent);
    return 0;
}
