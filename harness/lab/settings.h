/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The programs' global variables, found by BTF in every object that has them: one name may live in
 * several, at different offsets. Numbers are u32; addresses are u32[4], with IPv4 as
 * ::ffff:a.b.c.d. `reset` goes back to what they were when the lab was made (maps/maps.h).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "place/lab.h"

/* A value for a variable, as text (topology/topology.h). */
struct setting {
    const char *name, *text;
};

/*
 * Writes them all on the node, or none: into every object that has the variable. -EINVAL for a
 * value that cannot be; -ENOENT for a name that neither the programs nor the contract have, with
 * those that there are; -ENODATA when it is the contract's but these objects have not got it (or
 * have no type information, or none at all). Each with a sentence.
 */
int settings_write(const struct lab *lab, const struct topology_node *node,
                   const struct setting *settings, size_t n);
/* [{"name", "value", "objects": [FILE, …]}, …] by name, one for each value that a name has; the
 * caller owns *out. -ENODATA with a sentence when there is none. */
int settings_read(const struct lab *lab, const struct topology_node *node, json_t **out);
/* The names of those that the node's programs have, as strings, each once; and whether the programs
 * have their settings in a map, as older ones do. The caller owns *names. */
int settings_list(const struct lab *lab, const struct topology_node *node, json_t **names,
                  bool *in_map);
/* The topology's and then `more`, on every node. In a `partial` lab a variable that its objects
 * have not got is a warning. */
int settings_apply(const struct lab *lab, const struct setting *more, size_t n, bool partial);
