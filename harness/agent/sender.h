/* SPDX-License-Identifier: Apache-2.0 */
/* One flow's sending: what a method of sending needs between its calls. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct patience;
struct sender_uring;

struct sender {
    int fd;
    struct patience *patience;  /* the flow's */
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
    struct sender_uring *uring;
};
