/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that there are. */
#pragma once

#include "play/turn.h"

/*
 * `make` writes the answer and returns 0. A negative errno, with a sentence, is for what cannot be
 * tried at all: no process, no memory.
 */
struct play_call {
    struct script_call script; /* first: what a line points to */
    int (*make)(struct play_turn *turn);
    bool reads;        /* at the server's end the TLV is taken off before it */
    int level, option; /* of call_option() */
};

/* For script_read(). */
extern const struct script_calls play_calls;

/* Makes the call of turn->line. */
int play_call_make(struct play_turn *turn);

/* Takes the TLV off, if it is there or has to come; a TLV that is wrong is the turn's answer, and 1
 * is returned then. */
int lead_take(struct play_turn *turn);

/* call_life.c */
int call_connect(struct play_turn *turn);
int call_accept(struct play_turn *turn);
int call_shutdown(struct play_turn *turn);
int call_reset(struct play_turn *turn);
int call_close(struct play_turn *turn);
int call_dup(struct play_turn *turn);
int call_move(struct play_turn *turn);
int call_hold(struct play_turn *turn);
int call_release(struct play_turn *turn);
/* call_data.c */
int call_send(struct play_turn *turn);
int call_fill(struct play_turn *turn);
int call_exec(struct play_turn *turn);
int call_recv(struct play_turn *turn);
int call_recvmmsg(struct play_turn *turn);
int call_splice(struct play_turn *turn);
int call_uring_recv(struct play_turn *turn);
int call_drain(struct play_turn *turn);
/* call_events.c */
int call_wait(struct play_turn *turn);
int call_poll(struct play_turn *turn);
int call_select(struct play_turn *turn);
int call_epoll(struct play_turn *turn);
int call_events(struct play_turn *turn);
/* call_counts.c */
int call_fionread(struct play_turn *turn);
int call_error(struct play_turn *turn);
int call_option(struct play_turn *turn);
int call_nonblock(struct play_turn *turn);
int call_tls(struct play_turn *turn);
/* call_ends.c */
int call_peer(struct play_turn *turn);
int call_original(struct play_turn *turn);
/* call_info.c: apart, because the kernel's own tcp.h and the C library's exclude each other */
int call_info(struct play_turn *turn);
int call_outq(struct play_turn *turn);
