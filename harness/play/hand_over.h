/* SPDX-License-Identifier: Apache-2.0 */
/* A socket that goes to another process. */
#pragma once

#include <sys/types.h>

#include "play/turn.h"

struct hand_over {
    pid_t child; /* 0 in the child */
};

/*
 * Forks. The child closes what it inherited of the end's socket, enters the cgroup and the network
 * namespace of turn->line->pod, and gets the socket by SCM_RIGHTS: turn->fd there. Returns in both.
 * An error is said, by the parent.
 */
int hand_over_start(struct play_turn *turn, struct hand_over *out);
/* In the parent: waits for the child's end, 0 when it was a good one. */
int hand_over_wait(const struct hand_over *way);
/* In the parent: waits, and ends as the child did. */
_Noreturn void hand_over_follow(const struct hand_over *way);
