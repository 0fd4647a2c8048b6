/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The methods of handing bytes to a connected socket. Each is one call, or a few that belong
 * together; who calls it repeats it until everything is sent.
 */
#pragma once

#include <sys/types.h>

#include "agent/sender.h"

#define SEND_CHUNK_MAX (1024 * 1024)
#define SEND_METHODS   13

struct send_method {
    const char *name;
    size_t chunk; /* bytes per call where the way decides, else 0 */
    /* How many bytes the kernel took, at least one, or a negative errno: -EAGAIN when the socket is
     * full (or the deadline has passed), -ETIME, -ECANCELED. */
    ssize_t (*send)(struct sender *sender, const uint8_t *bytes, size_t length);
};

/* The names of all of them, and NULL. */
void send_method_names(const char *names[SEND_METHODS + 1]);
/* NULL when there is no way of that name. */
const struct send_method *send_method_find(const char *name);

void sender_init(struct sender *sender, int fd, struct patience *patience, int wake_fd);
void sender_close(struct sender *sender);
