/* SPDX-License-Identifier: Apache-2.0 */
/* A node's programs and maps, loaded but not attached to anything. */
#pragma once

#include <bpf/libbpf.h>
#include <stddef.h>
#include <stdint.h>

#include "objects/file.h"
#include "place/lab.h"

/* One map of the node; belongs to the object that had it first. */
struct programs_map {
    char *pin; /* the name below maps/: the contract's, or globals_FILE_SECTION */
    const struct programs_file *file;
    int fd;
    uint32_t type;
};

struct programs_node {
    const struct lab *lab;
    const struct topology_node *node;
    struct programs_files *files;
    struct bpf_object **objects; /* one per file, NULL until it is opened */
    struct programs_map *maps;
    size_t n_maps;
    char *dir; /* BPFFS/waypost/LAB/NODE */
};

/* Closes what was opened: what is neither attached nor pinned leaves the kernel. */
void programs_node_free(struct programs_node *node);
/* NULL when the node has no map of that name. */
const struct programs_map *programs_node_map(const struct programs_node *node, const char *pin);
/* The row's program, or NULL; *file is the index of its file. */
struct bpf_program *programs_node_program(const struct programs_node *node,
                                          const struct program_row *row, size_t *file);
/* Notes a map of the file's loaded object, unless the node has one of that name, or it is of no
 * interest to anybody: constants. */
int programs_node_add_map(struct programs_node *node, const struct bpf_map *map,
                          const struct programs_file *file);
