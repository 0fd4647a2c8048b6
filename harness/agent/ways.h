/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways of handing bytes to a connected socket. Each is one call, or a few that belong together;
 * who calls it repeats it until everything is sent.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define WAY_CHUNK_MAX (1024 * 1024)

struct ways_uring;

/* One flow's sending; what a way needs between its calls. */
struct sender {
    int fd;
    int64_t deadline;           /* ns of CLOCK_MONOTONIC */
    int wake_fd;                /* readable when waiting makes no sense any more */
    bool last;                  /* the bytes that are handed over are the payload's last */
    struct sockaddr_storage to; /* sendto on an unconnected socket */
    socklen_t to_length;        /* 0: connected */
    int pipe[2];                /* splice */
    size_t in_pipe;
    /* MSG_ZEROCOPY: how many calls, and what the kernel said of them. Who receives takes
     * completions too, since they would wake it again and again; it says so by way of the eventfd.
     */
    atomic_int zerocopy_fd; /* -1: not in use */
    atomic_ullong zerocopy_calls, zerocopy_completions, zerocopy_copied;
    struct ways_uring *uring;
};

struct way {
    const char *name;
    size_t chunk; /* bytes per call where the way decides, else 0 */
    /* How many bytes the kernel took, at least one, or a negative errno: -EAGAIN when the socket is
     * full (or the deadline has passed), -ETIME, -ECANCELED. */
    ssize_t (*send)(struct sender *sender, const uint8_t *bytes, size_t length);
};

/* NULL when there is no way of that name. */
const struct way *way_find(const char *name);

void sender_init(struct sender *sender, int fd, int64_t deadline, int wake_fd);
void sender_close(struct sender *sender);

/* In files of their own. */
ssize_t way_sendfile(struct sender *sender, const uint8_t *bytes, size_t length);
ssize_t way_splice(struct sender *sender, const uint8_t *bytes, size_t length);
ssize_t way_zerocopy(struct sender *sender, const uint8_t *bytes, size_t length);
/* Takes the completions that are there, without waiting. From any thread. */
void way_zerocopy_drain(struct sender *sender);
ssize_t way_io_uring(struct sender *sender, const uint8_t *bytes, size_t length);
ssize_t way_io_uring_zc(struct sender *sender, const uint8_t *bytes, size_t length);
void ways_uring_free(struct ways_uring **uring);
