/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XDP programs on the pods' own interfaces: eth0, from inside the pod's namespace, in generic mode.
 * Each is held by a link that is pinned as links/PROGRAM_POD.
 */
#pragma once

#include "objects/load.h"

/* Attaches the program to every managed pod of the node. On failure to none. */
int xdp_attach(const struct programs_node *node, const struct program_row *row, int program_fd);
/* Attaches the lab's XDP program to a pod that has become managed later. Nothing happens where the
 * pod has it already, and where the lab has none. */
int xdp_attach_pod(const struct lab *lab, const struct topology_pod *pod);
/* Whether the lab's XDP program is attached to the pod. */
bool xdp_is_attached(const struct lab *lab, const struct topology_pod *pod);
