/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program of a lab does with a packet: the loaded program itself, with its maps and tail
 * calls, by BPF_PROG_TEST_RUN. Nothing is sent.
 */
#pragma once

#include <bpf/bpf.h>

#include "forge/place.h"

#define VERDICT_TEXT_MAX 64

struct verdict_program {
    const char *name;
    const struct forge_place *place;
    int fd;
    enum bpf_prog_type type; /* BPF_PROG_TYPE_XDP or BPF_PROG_TYPE_SCHED_CLS */
    uint32_t interface;      /* where the packet arrives; 0: the loopback */
};

struct packet_verdict {
    const char *action;          /* "pass", "drop", …; of a tc program "ok", "shot", … */
    uint32_t mark;               /* of tc: as the program left it */
    struct packet_bytes packet;  /* as the program left it */
    bool changed;                /* a byte of it, or its length */
    char text[VERDICT_TEXT_MAX]; /* "pass", "ok mark=0xe0", "pass changed" */
};

/* The program that the place's node has loaded under that name. -ENOENT with a sentence that lists
 * those that there are, -EINVAL when it is neither XDP nor tc. */
int verdict_open(const struct forge_place *place, const char *name, struct verdict_program *out);
void verdict_close(struct verdict_program *program);
/* A packet as the program gets it: XDP those that arrive at the pod, tc those that leave it. */
struct packet_scene verdict_scene(const struct verdict_program *program);
/* Calls `fn` in a thread that is in the network namespace where the program runs: XDP in the pod's,
 * tc in the node's. Only there verdict_of() sees the right sockets and interfaces. */
int verdict_inside(const struct verdict_program *program, int (*fn)(void *data), void *data);
/* `mark` is what tc finds in the packet's metadata. -errno of the kernel, with a sentence that
 * begins with `where`. */
int verdict_of(const struct verdict_program *program, const char *where,
               const struct packet_bytes *packet, uint32_t mark, struct packet_verdict *out);
