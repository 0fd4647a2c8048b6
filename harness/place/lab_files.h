/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a lab in its state directory: lab.json, topology.yaml, lock, ready. They are written
 * by one waypost and read by another, perhaps after a crash or after somebody's edit: what is read
 * is checked.
 */
#pragma once

#include <stdbool.h>

#include "place/lab.h"

/* Fills lab->bpffs, run and cgroup_root from the environment. */
int lab_files_places(struct lab *lab);
/* Derives bpf_dir and cgroup_dir from them. */
int lab_files_paths(struct lab *lab);
/* lab.json and topology.yaml. Writing copies the file that the topology was read from. */
int lab_files_write(const struct lab *lab);
int lab_files_read(struct lab *lab);
/* The mark of a lab that was made completely; removing it where it is not is no error. */
int lab_files_mark_ready(const struct lab *lab);
int lab_files_unmark_ready(const struct lab *lab);
bool lab_files_is_ready(const struct lab *lab);
/* Removes the directory and everything in it, following nothing out of it. */
int lab_files_remove(const struct lab *lab);
