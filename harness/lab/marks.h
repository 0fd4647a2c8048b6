/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The classifiers that mark packets for encryption, on the nodes' interfaces
 * (docs/contract-marks.md): filters at clsact ingress, priority 1, handle 1, protocol all, direct
 * action. No link holds them; they go with the node's namespace.
 */
#pragma once

#include "objects/table.h"
#include "place/lab.h"

/* Attaches the program where it belongs in the node: the encrypting one to the host end of every
 * managed pod's veth, the decrypting one to the links to other nodes. A filter that is there
 * already is replaced. */
int marks_attach(const struct lab *lab, const struct topology_node *node,
                 const struct program_row *row, int program_fd);
/* Attaches what the lab has once more, on all nodes; or takes it off all interfaces, where it need
 * not be. */
int marks_attach_again(const struct lab *lab);
int marks_detach(const struct lab *lab);
/* Attaches the encrypting program to a pod that has become managed later. Nothing happens where the
 * lab has none. */
int marks_attach_pod(const struct lab *lab, const struct topology_pod *pod);
/* How many filters are at the ingress of the node's interface that leads to `to`, a pod or node. */
int marks_count(const struct lab *lab, const struct topology_node *node, const char *to,
                size_t *out);

/* The index of that interface. -EINVAL with a sentence when the node has none. */
int marks_interface(const struct lab *lab, const struct topology_node *node, const char *to,
                    int *out);
/* Attaches a program to an interface in the calling thread's namespace. `point` is BPF_TC_INGRESS
 * or BPF_TC_EGRESS; `handle` says which filter of priority 1 it replaces. */
int marks_attach_filter(int index, int point, uint32_t handle, int program_fd);
/* Takes the filter off the ingress; 0 when there was none. */
int marks_detach_filter(int index, uint32_t handle);
