// SPDX-License-Identifier: Apache-2.0
#include "run/say.h"

#include <stdio.h>

#include "common/log.h"

static void say_line(enum log_level level, const char *message, void *data)
{
    (void)data;
    fprintf(stderr, "run.sh: %s%s\n", level == LOG_ERROR ? "" : "warning: ", message);
}

void say_as_door(void)
{
    log_set_sink(say_line, NULL);
}
