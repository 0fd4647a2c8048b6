/* SPDX-License-Identifier: Apache-2.0 */
/* Where a node's global variables are. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "place/lab.h"

/* The .data or .bss of one object: a map with one value. */
struct settings_section {
    char *object; /* the file, as far as its pin has it */
    int fd;
    uint32_t size;
    uint8_t *value;
};

struct settings_variable {
    char *name;
    enum setting_kind kind;
    size_t section;
    uint32_t offset; /* within the section's value, with room for the whole variable */
};

struct settings {
    struct settings_section *sections;
    size_t n_sections;
    struct settings_variable *variables; /* sorted by name */
    size_t n_variables;
    bool in_map; /* there is a km_configmap, or kmesh_config_map, in which older programs have
                    theirs */
};

/* Reads every section of the node's programs. None is no error. */
int settings_find(const struct lab *lab, const struct topology_node *node, struct settings *out);
void settings_free(struct settings *settings);
