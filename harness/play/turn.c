// SPDX-License-Identifier: Apache-2.0
#include "play/turn.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int turn_say(struct play_turn *turn, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(turn->answer, sizeof(turn->answer), fmt, ap);
    va_end(ap);
    return 0;
}

int turn_say_result(struct play_turn *turn, long result)
{
    const char *name = result < 0 ? strerrorname_np((int)-result) : NULL;

    return name ? turn_say(turn, "%s", name) : turn_say(turn, "%ld", result);
}
