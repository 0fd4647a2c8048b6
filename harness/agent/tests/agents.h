/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two pods with an agent each, in a lab's network of their own: `client` (p0) and `server` (p1).
 */
#pragma once

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "agent/agent.h"
#include "agent/call.h"
#include "net/net.h"
#include "place/tests/fixture.h"

enum {
    PORT_SINK = 8080,
    PORT_BANNER,
    PORT_ECHO,
    PORT_RESET,
    PORT_UDP,
    PORT_FASTOPEN,
    PORT_SWAP,
    PORT_CLOSED,
};

#define AGENTS_DEADLINE_MS 20000

struct agents_one {
    char path[64];
    pid_t pid;
};

static struct lab *agents_lab;
static struct agents_one client, server;

static const struct topology_listener agents_listeners[] = {
    {PORT_SINK, LISTENER_SINK, LISTENER_DUAL}, {PORT_BANNER, LISTENER_BANNER, LISTENER_DUAL},
    {PORT_ECHO, LISTENER_ECHO, LISTENER_DUAL}, {PORT_RESET, LISTENER_RESET, LISTENER_DUAL},
    {PORT_UDP, LISTENER_UDP, LISTENER_DUAL},   {PORT_FASTOPEN, LISTENER_FASTOPEN, LISTENER_DUAL},
    {PORT_SWAP, LISTENER_SWAP, LISTENER_DUAL},
};

static inline int agents_bind(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0)
        return -1;
    return fd;
}

/* Returns when the agent's listeners are bound; 0 when it said "ok". `name` is the socket's. */
static inline int agents_start(struct agents_one *one, const char *pod, const char *name)
{
    struct agent_config config = {.pod = pod,
                                  .listeners = agents_listeners,
                                  .n_listeners = ARRAY_SIZE(agents_listeners),
                                  .ring_fd = -1};
    char line[256] = "";
    int fds[2];

    snprintf(one->path, sizeof(one->path), "/run/%s.sock", name);
    if (pipe(fds) < 0)
        return -1;
    one->pid = fork();
    if (one->pid == 0) {
        close(fds[0]);
        config.ready_fd = fds[1];
        config.control_fd = agents_bind(one->path);
        if (net_enter(agents_lab, pod) < 0)
            _exit(2);
        exit(agent_run(&config) < 0); /* not _exit(): what it leaked is said on the way out */
    }
    close(fds[1]);
    if (read(fds[0], line, sizeof(line) - 1) < 0)
        line[0] = '\0';
    close(fds[0]);
    if (strcmp(line, "ok\n") != 0)
        print_error("the agent of %s said: %s\n", pod, line);
    return strcmp(line, "ok\n") == 0 ? 0 : -1;
}

/* Ends it by request; 0 when it ended well. */
static inline int agents_stop(struct agents_one *one)
{
    _cleanup_json_ json_t *request = json_pack("{s:s}", "op", "stop");
    _cleanup_json_ json_t *answer = NULL;
    int status = 1;

    if (agent_call(one->path, request, AGENTS_DEADLINE_MS, &answer) < 0)
        kill(one->pid, SIGKILL);
    if (waitpid(one->pid, &status, 0) != one->pid || status != 0)
        print_error("agent %s ended with status %#x\n", one->path, status);
    return status == 0 ? 0 : -1;
}

static inline int agents_up(void **state)
{
    if (geteuid() != 0)
        return 0;
    if (fixture_sandbox(state) < 0)
        return -1;
    agents_lab = fixture_lab("agents", 1, 2);
    if (net_up(agents_lab, NULL) < 0)
        return -1;
    return agents_start(&client, "p0", "p0") < 0 || agents_start(&server, "p1", "p1") < 0 ? -1 : 0;
}

static inline int agents_down(void **state)
{
    int r;

    (void)state;
    if (geteuid() != 0)
        return 0;
    r = agents_stop(&client) | agents_stop(&server);
    r |= net_down(agents_lab, NULL);
    lab_free(&agents_lab);
    return r;
}

/* The request's JSON, whose single quotes stand for double ones. */
__attribute__((format(printf, 1, 0))) static inline json_t *agents_request(const char *fmt,
                                                                           va_list ap)
{
    json_t *request;
    char text[1024];

    vsnprintf(text, sizeof(text), fmt, ap);
    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    request = json_loads(text, 0, NULL);
    assert_non_null(request);
    return request;
}

/* What becomes of a request: 0, or an error. */
__attribute__((format(printf, 2, 3))) static inline int ask_outcome(const struct agents_one *one,
                                                                    const char *fmt, ...)
{
    _cleanup_json_ json_t *request = NULL, *answer = NULL;
    va_list ap;

    va_start(ap, fmt);
    request = agents_request(fmt, ap);
    va_end(ap);
    return agent_call(one->path, request, AGENTS_DEADLINE_MS, &answer);
}

/* The answer to a request. */
__attribute__((format(printf, 2, 3))) static inline json_t *ask(const struct agents_one *one,
                                                                const char *fmt, ...)
{
    _cleanup_json_ json_t *request = NULL;
    json_t *answer = NULL;
    va_list ap;

    va_start(ap, fmt);
    request = agents_request(fmt, ap);
    va_end(ap);
    assert_int_equal(agent_call(one->path, request, AGENTS_DEADLINE_MS, &answer), 0);
    return answer;
}

/* The member at a path like "client.errno"; a failure when there is none. */
static inline const json_t *at(const json_t *object, const char *path)
{
    char copy[128], *rest = copy, *key;

    snprintf(copy, sizeof(copy), "%s", path);
    while ((key = strsep(&rest, ".")))
        object = json_object_get(object, key);
    if (!object)
        print_error("no '%s'\n", path);
    assert_non_null(object);
    return object;
}

static inline const char *text_at(const json_t *object, const char *path)
{
    const json_t *value = at(object, path);

    return json_is_null(value) ? "null" : json_string_value(value);
}

static inline json_int_t number_at(const json_t *object, const char *path)
{
    const json_t *value = at(object, path);

    return json_is_null(value) ? -1 : json_integer_value(value);
}

/* The server's address as a socket of the family names it, with a port. */
static inline const char *to_server(const char *family, int port)
{
    static char out[ADDRESS_TEXT_MAX];
    const struct topology_pod *pod = &agents_lab->topology->pods[1];
    struct address_port to = {strcmp(family, "v6") == 0 ? pod->v6 : pod->v4, (uint16_t)port};

    if (strcmp(family, "mapped") == 0)
        to.address = address_mapped(&to.address);
    address_port_text(&to, out);
    return out;
}

/* What the server's listeners took of a flow. */
static inline json_t *taken(const json_t *flow, const char *more)
{
    return ask(&server, "{'op': 'accepted', 'peer': '%s', 'since_ns': %lld%s}",
               text_at(flow, "tuple.local"), (long long)number_at(flow, "tuple.connect_ns"), more);
}

static inline void expect_no_error(const json_t *flow)
{
    if (!json_is_null(at(flow, "client.errno")))
        print_error("%s at %s\n", text_at(flow, "client.errno"), text_at(flow, "client.stage"));
    assert_true(json_is_null(at(flow, "client.errno")));
    assert_true(json_is_false(at(flow, "client.deadline")));
}

static inline void expect_error(const json_t *flow, const char *error, const char *stage)
{
    assert_string_equal(text_at(flow, "client.errno"), error);
    assert_string_equal(text_at(flow, "client.stage"), stage);
}

/* The listener read exactly what the client sent, without a TLV. */
static inline void expect_arrived(const json_t *flow, const json_t *listener)
{
    assert_int_equal(number_at(listener, "listener.payload.bytes"), number_at(flow, "client.sent"));
    assert_string_equal(text_at(listener, "listener.payload.digest"),
                        text_at(flow, "client.sent_digest"));
    assert_string_equal(text_at(listener, "listener.tlv.status"), "none");
    assert_int_equal(number_at(listener, "listener.payload.wrong_at"), -1);
}

/* A kernel that has no io_uring, or does not let us have it, must be answered as just that. */
static inline bool lacks_uring(const char *way, const json_t *flow)
{
    const char *error = text_at(flow, "client.errno");

    if (strncmp(way, "io_uring", 8) != 0 ||
        (strcmp(error, "EPERM") != 0 && strcmp(error, "ENOSYS") != 0))
        return false;
    assert_string_equal(text_at(flow, "client.stage"), "send");
    print_message("%s: the kernel answers %s\n", way, error);
    return true;
}

static inline int reset_both(void **state)
{
    (void)state;
    if (geteuid() == 0) {
        json_decref(ask(&client, "{'op': 'reset'}"));
        json_decref(ask(&server, "{'op': 'reset'}"));
    }
    return 0;
}
