/* SPDX-License-Identifier: Apache-2.0 */
/* Policies in a lab's maps: planted at `up`, replaced, shown. */
#pragma once

#include <jansson.h>

#include "maps/policy_cells.h"
#include "place/lab.h"

/* Writes the topology's policies, and which of them each pod is under, into every node's maps, in
 * the contract's order. Programs that have not all of the maps get none, with a warning. */
int maps_write_policies(const struct lab *lab);

/*
 * Puts the pod under these policies and no others, as a control plane does: new parts, then each
 * policy by one update, then the workload's slots where they change. A policy keeps the id that one
 * of its name and namespace has in the pod's slots; a new one without an id gets the first that is
 * free, and so do parts. Ids are written into `policies`. What no workload is under any more goes;
 * parts of what was replaced stay until the lab is reset, as a program may be reading them.
 */
int maps_set_policies(const struct lab *lab, const struct topology_pod *pod,
                      struct policies *policies);
/* Writes one policy and its parts, right or wrong: policy_plant() has the form. */
int maps_plant_policy(const struct lab *lab, const struct topology_node *node, uint32_t id,
                      const json_t *policy);
/* Takes the policy of that name from the pod; NULL: all. -ENOKEY when it is under none such. */
int maps_drop_policies(const struct lab *lab, const struct topology_pod *pod, const char *name);

/* The pod's policies in the order of its slots, as policy_show() has them; {"id", "fault"} where an
 * id has no policy. */
int maps_show_policies(const struct lab *lab, const struct topology_pod *pod, json_t **out);
