/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long work that can be ended from outside: whoever does it asks between its parts, at least once
 * in a hundred milliseconds or so, and returns what it was told.
 */
#pragma once

#include <stddef.h>

struct stop {
    int (*asked)(
        void *data); /* 0: go on; negative: the work ends, and returns this, without a word */
    void *data;
};

/* `stop` may be NULL: the work is never ended. */
static inline int stop_asked(const struct stop *stop)
{
    return stop ? stop->asked(stop->data) : 0;
}
