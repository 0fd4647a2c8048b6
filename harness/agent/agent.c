// SPDX-License-Identifier: Apache-2.0
#include "agent/agent.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/control.h"
#include "agent/flow_answer.h"
#include "agent/flows.h"
#include "agent/lend.h"
#include "agent/listener.h"
#include "agent/manage.h"
#include "agent/record.h"
#include "agent/request.h"
#include "agent/agent_log.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"

struct agent {
    const char *pod;
    struct loop loop;
    struct records records;
    struct listener *listeners;
    size_t n_listeners;
    struct hooks *hooks;
    struct flows flows;
    struct control *control;
};

/* -- Requests: each handler answers, or returns an error that it has said --------------------- */

static void agent_flow_done(void *data, json_t *answer)
{
    control_answer(data, answer);
}

static int agent_flow(struct agent *agent, struct control_connection *connection,
                      const json_t *object)
{
    struct flow_request request;
    int r = request_parse_flow(object, &request);

    return r < 0 ? r : flows_start(&agent->flows, &request, agent_flow_done, connection);
}

static void agent_accepted_done(void *data, json_t *listener, const char *sentence)
{
    if (sentence)
        control_refuse(data, sentence);
    else
        control_answer(data, json_pack("{s:o}", "listener", listener));
}

static int agent_accepted(struct agent *agent, struct control_connection *connection,
                          const json_t *object)
{
    struct record_query query;
    int deadline_ms;
    int r = request_parse_accepted(object, &query, &deadline_ms);

    return r < 0 ? r
                 : records_wait(&agent->records, &query, deadline_ms, agent_accepted_done,
                                connection);
}

static int agent_socket(struct agent *agent, struct control_connection *connection,
                        const json_t *object)
{
    _cleanup_close_ int fd = -1;
    json_t *answer = NULL;
    int r = lend_socket(&agent->flows.sockets, &agent->records, object, &answer, &fd);

    if (r < 0)
        return r;
    control_answer_with(connection, answer, fd);
    return 0;
}

static int agent_manage(struct agent *agent, struct control_connection *connection,
                        const json_t *object)
{
    struct manage_request request;
    int r = request_parse_manage(object, &request);

    (void)agent;
    if (r < 0)
        return r;
    r = manage_connect(&request);
    control_answer(connection,
                   json_pack("{s:o}", "errno", r < 0 ? json_string(errno_name(-r)) : json_null()));
    return 0;
}

static int agent_reset(struct agent *agent, struct control_connection *connection,
                       const json_t *object)
{
    (void)object;
    flows_clear(&agent->flows);
    records_clear(&agent->records);
    control_answer(connection, json_object());
    return 0;
}

static int agent_ping(struct agent *agent, struct control_connection *connection,
                      const json_t *object)
{
    (void)object;
    control_answer(connection, json_pack("{s:s}", "pod", agent->pod));
    return 0;
}

static int agent_stop(struct agent *agent, struct control_connection *connection,
                      const json_t *object)
{
    (void)object;
    control_answer(connection, json_object());
    agent->loop.stop = true;
    return 0;
}

static const struct {
    const char *op;
    int (*handle)(struct agent *, struct control_connection *, const json_t *);
} agent_ops[] = {
    {"flow", agent_flow},     {"accepted", agent_accepted}, {"manage", agent_manage},
    {"socket", agent_socket}, {"reset", agent_reset},       {"ping", agent_ping},
    {"stop", agent_stop},
};

static int agent_dispatch(struct agent *agent, struct control_connection *connection,
                          const json_t *request)
{
    char quoted[TEXT_QUOTE_MAX];
    const char *op;
    int r = json_get_string(request, "op", &op);

    if (r < 0)
        return r;
    for (size_t i = 0; i < ARRAY_SIZE(agent_ops); i++) {
        if (strcmp(agent_ops[i].op, op) == 0)
            return agent_ops[i].handle(agent, connection, request);
    }
    return err_say(EINVAL, "there is no request '%s'", text_quote(op, quoted));
}

static void agent_request(void *data, struct control_connection *connection, const json_t *request)
{
    const char *sentence;
    int r;

    agent_log_hold();
    r = agent_dispatch(data, connection, request);
    sentence = agent_log_first_error();
    if (r < 0)
        control_refuse(connection, sentence);
}

/* -- From the start to the end ---------------------------------------------------------------- */

/* One process serves all of a pod's connections. */
static void agent_raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int64_t agent_timer(void *data)
{
    struct agent *agent = data;

    return records_expire(&agent->records);
}

static int agent_open_listeners(struct agent *agent, const struct agent_config *config)
{
    agent->listeners = calloc(config->n_listeners + 1, sizeof(*agent->listeners));
    if (!agent->listeners)
        return err_r(ENOMEM, "cannot start the listeners");
    for (size_t i = 0; i < config->n_listeners; i++) {
        int r = listener_open(&agent->listeners[i], &config->listeners[i], &agent->records);

        if (r < 0)
            return r;
        agent->n_listeners++;
    }
    return 0;
}

/* What it could not take over of the config's descriptors is closed here. */
static int agent_open(struct agent *agent, const struct agent_config *config)
{
    _cleanup_close_ int control_fd = config->control_fd;
    _cleanup_close_ int ring_fd = config->ring_fd;
    int r = loop_init(&agent->loop);

    if (r < 0)
        return r;
    r = agent_open_listeners(agent, config);
    if (r < 0)
        return r;
    r = hooks_new(ring_fd, &agent->hooks);
    if (r < 0)
        return r;
    TAKE_FD(ring_fd);
    agent->flows.hooks = agent->hooks;
    r = control_new(control_fd, &agent->loop, agent_request, agent, &agent->control);
    if (r < 0)
        return r;
    TAKE_FD(control_fd);
    return 0;
}

/* Flows and waiting requests are answered, so the control connections are the last to go. */
static void agent_close(struct agent *agent)
{
    flows_free(&agent->flows);
    records_free(&agent->records);
    for (size_t i = 0; i < agent->n_listeners; i++)
        listener_close(&agent->listeners[i]);
    free(agent->listeners);
    control_free(&agent->control);
    hooks_free(&agent->hooks);
    loop_close(&agent->loop);
}

static void agent_say_ready(int ready_fd, const char *line)
{
    if (ready_fd < 0)
        return;
    if (dprintf(ready_fd, "%s\n", line) < 0)
        log_warning("nobody waits for this agent to be ready");
    close(ready_fd);
}

int agent_run(const struct agent_config *config)
{
    struct agent agent = {.pod = config->pod, .loop = {.epoll_fd = -1}};
    const char *sentence;
    int r;

    signal(SIGPIPE, SIG_IGN);
    agent_raise_limit();
    agent_log_start();
    agent.records = (struct records){.pod = config->pod, .loop = &agent.loop};
    flows_init(&agent.flows, NULL);
    agent_log_hold();
    r = agent_open(&agent, config);
    sentence = agent_log_first_error();
    if (r < 0)
        log_at(LOG_ERROR, "%s", sentence);
    agent_say_ready(config->ready_fd, r < 0 ? sentence : "ok");
    if (r == 0)
        r = loop_run(&agent.loop, agent_timer, &agent);
    agent_close(&agent);
    agent_log_stop();
    return r;
}
