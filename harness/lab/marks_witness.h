/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the programs left in the packets' marks, seen at the egress of every interface of the nodes,
 * and marks that a test puts on packets before the programs see them (bpf/witness/marks.bpf.c).
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "place/lab.h"

/* Nothing in a lab without encryption. It is taken down with the other witnesses. */
int marks_witness_up(const struct lab *lab);
/* Forgets what was seen, and puts no more marks on packets. */
int marks_witness_forget(const struct lab *lab);
/* The same, the programs are attached again, and the nodes' xfrm states and policies are those of
 * the topology. Nothing in a lab without encryption. */
int marks_reset(const struct lab *lab);
/*
 * The marks of the packets of that IP protocol, or WITNESS_MARKS_OTHER, that left the node by its
 * interface to `to`, a pod or node, since they were last forgotten: {"0xe0": packets, …}.
 */
int marks_witness_seen(const struct lab *lab, const struct topology_node *node, const char *to,
                       uint32_t protocol, json_t **out);
/* Puts the mark on what comes in by the node's interface to `from`, before the programs see it. */
int marks_witness_set(const struct lab *lab, const struct topology_node *node, const char *from,
                      uint32_t mark);
