/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labs as they are made, opened, listed and forgotten: their directories in STATE. Nothing here
 * touches what a lab has in the kernel.
 */
#pragma once

#include "common/strings.h"
#include "place/lab.h"

/* Prepares a lab of that name: checks the name, claims STATE/LAB, copies the topology there, and
 * locks it exclusively. Takes ownership of *topology on success. -EEXIST with a sentence when there
 * is such a lab. Until lab_ready() it is half made: lab_open() refuses it, lab_open_any() does not.
 */
int lab_new(const char *name, enum family family, struct topology **topology, struct lab **out);
/* The last step of making a lab: lab_open() takes it from now on. Unlocks it. */
int lab_ready(struct lab *lab);
/* The first step of taking one down: it is half made again. */
int lab_unready(const struct lab *lab);
/* Opens a lab that is up, locked shared. -ENOENT with a sentence that lists the labs when there is
 * none; -EINVAL when it is half made, half down, or its files cannot
 * be read. */
int lab_open(const char *name, struct lab **out);
/* Opens whatever there is of a lab, locked exclusively, to take it down: what cannot be read is
 * replaced by an empty topology and by the paths that a new lab would have. */
int lab_open_any(const char *name, struct lab **out);
/* Removes the state directory; the last step of taking a lab down. */
int lab_forget(struct lab *lab);
/* Every lab in STATE, sorted, in an empty list; the caller clears it. */
int lab_list(struct strings *out);
