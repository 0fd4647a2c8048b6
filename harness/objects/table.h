/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The programs of the contract (docs/contract.md §1) as data: how each is loaded, what it is
 * attached to and which tail-call slot it fills. A loader goes by these names only.
 */
#pragma once

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum program_place {
    PROGRAM_CGROUP,     /* the node's cgroup, by a link */
    PROGRAM_CGROUP_OWN, /* the same; the contract does not name it, objects need not have it */
    PROGRAM_SOCKHASH,   /* km_socket and the other sockhashes of sockops_prog and sendmsg_prog */
    PROGRAM_XDP,        /* the interface of every managed pod, by a link: lab/xdp.h */
    PROGRAM_TC,         /* tc ingress in the node, where the topology asks for it: lab/marks.h */
    PROGRAM_TAIL,       /* nothing: it is only tail-called */
    PROGRAM_LATER,      /* named by the contract, not loaded yet */
};

struct program_row {
    const char *name;
    const char *attached; /* for people: section names as in the contract */
    enum bpf_prog_type type;
    enum bpf_attach_type attach;
    enum program_place place;
    const char *tail_map; /* NULL: fills no slot */
    uint32_t tail_slot;
    const char *tail_map_old; /* where older objects have the slot, when there is no tail_map */
};

#define PROGRAM_ROWS_MAX 16

const struct program_row *program_rows(size_t *n);

/* A lab that runs without it lacks something. */
static inline bool program_is_expected(const struct program_row *row)
{
    return row->place != PROGRAM_LATER && row->place != PROGRAM_CGROUP_OWN;
}
