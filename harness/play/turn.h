/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a script that is being played, and one call of it. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/tlv.h"
#include "play/script.h"
#include "play/target.h"

#define PLAY_ANSWER_MAX 256

struct player;

/* One call while it is made, and what it is answered. */
struct play_turn {
    struct player *player;
    const struct script_line *line;
    int fd; /* the end's, in the process that makes the call */
    char answer[PLAY_ANSWER_MAX];
    /* Of a thread. */
    pthread_t thread;
    atomic_int tid; /* 0 until it is about to make the call */
    atomic_bool done;
};

struct play_end {
    int fd;         /* of the server, the listener until a connection was accepted; -1: closed */
    bool accepted;  /* the server's is the connection */
    int epoll_fd;   /* -1 until `epoll` */
    uint64_t sent;  /* by its application */
    uint64_t taken; /* by its application, of what the other one sent */
    bool blocked;   /* a thread is in `apart` */
    struct play_turn apart;
};

/* In memory that is shared with its children. */
struct player {
    const struct lab *lab;
    const struct topology_pod *client;
    const struct play_target *target;
    struct play_end ends[2]; /* by enum script_end */
    struct play_turn turn;
    bool held; /* what the client's pod sends is held back */
    /* The TLV, which the server's end takes off. */
    struct tlv_reader tlv;
    bool tlv_seen; /* that there is one, or none, is known */
};

static inline struct play_end *turn_end(const struct play_turn *turn)
{
    return &turn->player->ends[turn->line->end];
}

static inline struct play_end *turn_peer(const struct play_turn *turn)
{
    return &turn->player->ends[!turn->line->end];
}

/* Writes the answer; 0. */
int turn_say(struct play_turn *turn, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What a call returned: the number, or the name of the (negative or positive) errno. */
int turn_say_result(struct play_turn *turn, long result);
