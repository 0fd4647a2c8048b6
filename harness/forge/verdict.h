/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program of a lab does with a packet: the loaded program itself, with its maps and tail
 * calls, by BPF_PROG_TEST_RUN. Nothing is sent.
 */
#pragma once

#include <bpf/bpf.h>

#include "forge/place.h"
#include "forge/table.h"

struct verdict_program {
    const char *name;
    const struct forge_place *place;
    int fd;
    enum bpf_prog_type type; /* BPF_PROG_TYPE_XDP or BPF_PROG_TYPE_SCHED_CLS */
    uint32_t interface;      /* where the packet arrives; 0: the loopback */
};

/* The program that the place's node has loaded under that name. -ENOENT with a sentence that lists
 * those that there are, -EINVAL when it is neither XDP nor tc. */
int verdict_open(const struct forge_place *place, const char *name, struct verdict_program *out);
void verdict_close(struct verdict_program *program);
/*
 * Who judges a table of packets: XDP those that arrive at the pod, in its network namespace on its
 * eth0, where it finds the pod's sockets; tc those that leave the pod, in the node's on the node's
 * end of the link. An answer is "pass", "drop", …, of a tc program "ok", "shot", … with "
 * mark=0xe0" behind, as it left it; " changed" follows when a byte of the packet is another one, or
 * its length. JSON has "action", "changed", "after", and of tc "mark_in" and "mark_out". Borrows
 * the program.
 */
struct table_judge verdict_judge(struct verdict_program *program);
