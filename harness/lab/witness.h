/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The observers before and after the programs (bpf/witness). "Before" is attached to the pods'
 * cgroups, "after" to the lab's (docs/contract.md §5 says why that is the order in which they run).
 * What they see is kept per network namespace, for whoever made a reader there: an agent reads its
 * own pod's events and no other.
 *
 * BPFFS/waypost/LAB/_witness/ has the pins; no node has a name with an underscore.
 */
#pragma once

#include "place/lab.h"
#include "witness/event.h"

/* Needs the lab's cgroups. On failure nothing stays attached or pinned. */
int witness_up(const struct lab *lab);
/* Absent parts are no error. */
int witness_down(const struct lab *lab);
/* Where the pod's events come from, for witness_reader_new(). The caller owns the fd. */
int witness_open_ring(const struct lab *lab, const struct topology_pod *pod, int *out_fd);

struct witness_reader;
typedef void (*witness_fn)(void *data, const struct witness_event *event);
/* A reader of the events of the calling thread's network namespace, from now on. Takes ownership of
 * ring_fd on success. */
int witness_reader_new(int ring_fd, witness_fn fn, void *data, struct witness_reader **out);
/* Hands every event that is there to the callback, without waiting. The number, or an error. */
int witness_reader_drain(struct witness_reader *reader);
/* How many events were overwritten before they were read: the last 64 are kept. */
uint64_t witness_reader_lost(const struct witness_reader *reader);
void witness_reader_free(struct witness_reader **reader);
