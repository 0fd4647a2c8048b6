// SPDX-License-Identifier: Apache-2.0
#include "agent/said.h"

#include <stdbool.h>
#include <stdio.h>

#include "common/log.h"

static _Thread_local bool said_keeps;
static _Thread_local char said_text[512];

static void said_sink(enum log_level level, const char *message, void *data)
{
    (void)data;
    if (!said_keeps || level != LOG_ERROR)
        fprintf(stderr, "waypost: %s%s\n", level == LOG_WARNING ? "warning: " : "", message);
    else if (!*said_text)
        snprintf(said_text, sizeof(said_text), "%s", message);
}

void said_start(void)
{
    log_get_level(); /* reads the environment, once, before there are threads */
    log_set_sink(said_sink, NULL);
}

void said_stop(void)
{
    log_set_sink(NULL, NULL);
}

void said_begin(void)
{
    said_keeps = true;
    said_text[0] = '\0';
}

const char *said_end(void)
{
    said_keeps = false;
    return *said_text ? said_text : "something failed without a word";
}
