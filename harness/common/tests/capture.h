/* SPDX-License-Identifier: Apache-2.0 */
/* What the code under test says, kept for a test to look at. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "common/log.h"

struct capture {
    char last[1024]; /* the last message, cut when it is longer */
    enum log_level level;
    size_t messages;
};

static inline void capture_message(enum log_level level, const char *message, void *data)
{
    struct capture *c = data;

    snprintf(c->last, sizeof(c->last), "%s", message);
    c->level = level;
    c->messages++;
}

static inline void capture_start(struct capture *c)
{
    *c = (struct capture){0};
    log_set_sink(capture_message, c);
}

static inline void capture_end(struct capture *c)
{
    log_set_sink(NULL, NULL);
    (void)c;
}
