// SPDX-License-Identifier: Apache-2.0
#include "agent/agent_log.h"

#include <stdbool.h>
#include <stdio.h>

#include "common/log.h"

static _Thread_local bool agent_log_holds;
static _Thread_local char agent_log_held[512];

static void agent_log_sink(enum log_level level, const char *message, void *data)
{
    (void)data;
    if (!agent_log_holds || level != LOG_ERROR)
        fprintf(stderr, "waypost: %s%s\n", level == LOG_WARNING ? "warning: " : "", message);
    else if (!*agent_log_held)
        snprintf(agent_log_held, sizeof(agent_log_held), "%s", message);
}

void agent_log_start(void)
{
    log_get_level(); /* reads the environment, once, before there are threads */
    log_set_sink(agent_log_sink, NULL);
}

void agent_log_stop(void)
{
    log_set_sink(NULL, NULL);
}

void agent_log_hold(void)
{
    agent_log_holds = true;
    agent_log_held[0] = '\0';
}

const char *agent_log_first_error(void)
{
    agent_log_holds = false;
    return *agent_log_held ? agent_log_held : "something failed without a word";
}
