/* SPDX-License-Identifier: Apache-2.0 */
/* A loaded program, run once by BPF_PROG_TEST_RUN. */
#pragma once

#include <bpf/bpf.h>
#include <stdint.h>

/* A page without the room that XDP keeps in front of a packet and behind it. */
#define ONCE_PACKET_MAX (4096 - 256 - 320)
#define ONCE_ROOM       (ONCE_PACKET_MAX + 512) /* for programs that make it longer */
#define ONCE_CONTEXT    256 /* struct __sk_buff or xdp_md, and more; the rest is zero */

/* What goes into a program, and what came out of it. */
struct once {
    uint8_t data[ONCE_ROOM];
    uint32_t size;
    uint8_t context[ONCE_CONTEXT];
    /* Of XDP: the interface where the packet arrives, in the calling thread's network namespace,
     * where sockets are looked up too; 0: its loopback. */
    uint32_t xdp_interface;
};

bool once_is_skb(enum bpf_prog_type type);
bool once_takes_packets(enum bpf_prog_type type);
/* The program's return code in *answer. A negative errno of the kernel's, without a word:
 * -ONCE_ENOTSUPP and -EOPNOTSUPP where it cannot run such programs. */
int once_run(int program_fd, enum bpf_prog_type type, struct once *once, uint32_t *answer);

#define ONCE_ENOTSUPP 524 /* the kernel's own, not in errno.h */
