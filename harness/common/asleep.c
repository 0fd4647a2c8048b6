// SPDX-License-Identifier: Apache-2.0
#include "common/asleep.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"

static bool asleep_read(int tid, const char *file, char *out, size_t size)
{
    char path[64];
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/self/task/%d/%s", tid, file);
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

    n = fd < 0 ? -1 : read(fd, out, size - 1);
    out[n > 0 ? n : 0] = '\0';
    return n > 0;
}

bool asleep_in(int tid, long *call)
{
    char text[512];
    const char *state;

    if (!tid || !asleep_read(tid, "stat", text, sizeof(text)))
        return false;
    state = strrchr(text, ')'); /* behind the name, which may hold anything */
    if (!state || strncmp(state, ") S", 3) != 0)
        return false;
    *call = asleep_read(tid, "syscall", text, sizeof(text)) ? atoi(text) : -1;
    return true;
}
