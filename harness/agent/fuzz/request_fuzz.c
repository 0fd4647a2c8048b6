// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a message on an agent's control socket: answered once, with one JSON object that
 * fits into a message; and a request that is read has only what the agent is made for. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "agent/control.h"
#include "agent/request.h"
#include "common/cleanup.h"
#include "common/fuzz/fuzz.h"
#include "common/json.h"
#include "common/text.h"

struct fuzz_agent {
    struct loop loop;
    struct control *control;
    int client;
    bool answered;
};

static void fuzz_address_port(const struct address_port *ap, enum family family)
{
    fuzz_expect(ap->address.af == (family == FAMILY_V4 ? AF_INET : AF_INET6),
                "an address is of the socket's family");
}

static int fuzz_flow(const json_t *object)
{
    struct flow_request f;
    int r = request_parse_flow(object, &f);

    if (r < 0)
        return r;
    fuzz_expect(f.has_to || *f.socket, "a flow goes somewhere");
    if (f.has_to)
        fuzz_address_port(&f.to, f.family);
    if (f.has_from)
        fuzz_address_port(&f.from, f.family);
    for (size_t i = 0; i < f.n_also; i++)
        fuzz_address_port(&f.also[i], f.family);
    fuzz_expect(f.n_also <= FLOW_ALSO_MAX && strlen(f.socket) <= FLOW_NAME_MAX, "sizes");
    fuzz_expect(f.method && f.chunk > 0 && f.chunk <= FLOW_CHUNK_MAX, "a chunk");
    fuzz_expect(f.bytes <= FLOW_BYTES_MAX && f.deadline_ms > 0 && f.repeat >= 1, "numbers");
    fuzz_expect(f.receive_bytes <= FLOW_BYTES_MAX * (1 + FLOW_ALSO_MAX), "bytes to receive");
    return 0;
}

static int fuzz_accepted(const json_t *object)
{
    struct record_query query;
    int deadline_ms = -1, r = request_parse_accepted(object, &query, &deadline_ms);

    if (r < 0)
        return r;
    fuzz_expect(query.peer.address.af != AF_UNSPEC && query.since_ns >= 0, "a query");
    fuzz_expect(deadline_ms >= 0 && deadline_ms <= FLOW_DEADLINE_MS_MAX, "a deadline");
    return 0;
}

/* By the request's "op", as the agent does. */
static int fuzz_parse(const json_t *object)
{
    struct manage_request manage;
    char quoted[TEXT_QUOTE_MAX];
    const char *op;
    int r = json_get_string(object, "op", &op);

    if (r < 0)
        return r;
    if (strcmp(op, "flow") == 0)
        return fuzz_flow(object);
    if (strcmp(op, "accepted") == 0)
        return fuzz_accepted(object);
    if (strcmp(op, "manage") == 0)
        return request_parse_manage(object, &manage);
    return err_say(EINVAL, "there is no request '%s'", text_quote(op, quoted));
}

static void fuzz_request(void *data, struct control_connection *connection, const json_t *request)
{
    int r;

    (void)data;
    r = fuzz_parse(request);
    fuzz_expect_said(r);
    if (r < 0)
        control_refuse(connection, fuzz_last);
    else
        control_answer(connection, json_object());
}

static int64_t fuzz_until_answered(void *data)
{
    struct fuzz_agent *agent = data;
    struct pollfd fd = {.fd = agent->client, .events = POLLIN};

    agent->answered = poll(&fd, 1, 0) == 1;
    agent->loop.stop = agent->answered;
    return agent->answered ? 0 : INT64_MAX; /* 0: long ago */
}

/* A connection, and the socket that it came by; neither has a name. */
static void fuzz_start(struct fuzz_agent *agent)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = sizeof(address.sun_family);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    fuzz_expect(fd >= 0 && bind(fd, (struct sockaddr *)&address, length) == 0 && listen(fd, 1) == 0,
                "a socket that listens");
    length = sizeof(address);
    agent->client = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    fuzz_expect(getsockname(fd, (struct sockaddr *)&address, &length) == 0 &&
                    connect(agent->client, (struct sockaddr *)&address, length) == 0,
                "a connection");
    fuzz_expect(loop_init(&agent->loop) == 0, "a loop");
    fuzz_expect(control_new(fd, &agent->loop, fuzz_request, agent, &agent->control) == 0,
                "a control socket");
}

static void fuzz_answer(const struct fuzz_agent *agent)
{
    static char text[CONTROL_MESSAGE_MAX + 1];
    ssize_t n = recv(agent->client, text, sizeof(text), MSG_DONTWAIT);
    _cleanup_json_ json_t *answer = NULL;

    fuzz_expect(n > 0 && n <= CONTROL_MESSAGE_MAX, "an answer");
    answer = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
    fuzz_expect(json_is_object(answer), "an answer is an object");
    fuzz_expect(recv(agent->client, text, sizeof(text), MSG_DONTWAIT) < 0, "and there is one");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_agent agent = {.client = -1};

    if (size == 0 || size > CONTROL_MESSAGE_MAX + 1)
        return 0;
    fuzz_listen();
    if (agent.client < 0)
        fuzz_start(&agent);
    fuzz_expect(send(agent.client, data, size, 0) == (ssize_t)size, "a message is sent");
    agent.loop.stop = false;
    fuzz_expect(loop_run(&agent.loop, fuzz_until_answered, &agent) == 0, "the loop runs");
    fuzz_answer(&agent);
    return 0;
}
