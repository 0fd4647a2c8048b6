// SPDX-License-Identifier: Apache-2.0
#include "objects/node.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "maps/layout.h"
void programs_node_free(struct programs_node *node)
{
    for (size_t i = 0; node->objects && i < node->files->n_files; i++)
        bpf_object__close(node->objects[i]);
    for (size_t i = 0; i < node->n_maps; i++)
        free(node->maps[i].pin);
    free(node->objects);
    free(node->maps);
    free(node->dir);
    *node = (struct programs_node){};
}

const struct programs_map *programs_node_map(const struct programs_node *node, const char *pin)
{
    for (size_t i = 0; i < node->n_maps; i++)
        if (strcmp(node->maps[i].pin, pin) == 0)
            return &node->maps[i];
    return NULL;
}

/* One that is in the kernel: not refused there, nor when it was attached. */
static struct bpf_program *node_program(const struct programs_node *node, size_t file,
                                        const char *name)
{
    struct bpf_program *program =
        node->objects[file] ? bpf_object__find_program_by_name(node->objects[file], name) : NULL;

    return program && bpf_program__fd(program) >= 0 &&
                   !programs_refused_has(node->files->refused, name)
               ? program
               : NULL;
}

struct bpf_program *programs_node_program(const struct programs_node *node,
                                          const struct program_row *row, size_t *file)
{
    for (size_t i = 0; i < node->files->n_files; i++) {
        const struct programs_file *f = &node->files->files[i];

        for (size_t r = 0; r < f->n_rows; r++) {
            if (f->rows[r] != row)
                continue;
            *file = i;
            return node_program(node, i, row->name);
        }
    }
    return NULL;
}

/* globals_FILE_SECTION, in characters that bpffs takes: "x.bpf.o" and ".data" are "globals_x_data".
 */
static char *node_globals_pin(const char *file, const char *section)
{
    size_t length = strcspn(file, ".");
    char *pin;

    if (text_format(&pin, "globals_%.*s_%s", (int)length, file, section + 1) < 0)
        return NULL;
    for (char *c = pin; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
    return pin;
}

/* Constants are frozen and stay with their program: nothing to show, nothing to reset. */
static bool node_wants_map(const struct bpf_map *map)
{
    const char *dot = strchr(bpf_map__name(map), '.');

    if (bpf_map__fd(map) < 0)
        return false;
    if (!bpf_map__is_internal(map))
        return true;
    return dot && (strncmp(dot, ".data", 5) == 0 || strcmp(dot, ".bss") == 0);
}

int programs_node_add_map(struct programs_node *node, const struct bpf_map *map,
                          const struct programs_file *file)
{
    const char *name = map_contract_name(bpf_map__name(map));
    struct programs_map new = {.file = file, .fd = bpf_map__fd(map), .type = bpf_map__type(map)};
    struct programs_map *maps;

    if (!node_wants_map(map) || (!bpf_map__is_internal(map) && programs_node_map(node, name)))
        return 0;
    maps = reallocarray(node->maps, node->n_maps + 1, sizeof(*maps));
    if (!maps)
        return err_r(ENOMEM, "cannot keep map '%s'", name);
    node->maps = maps;
    new.pin =
        bpf_map__is_internal(map) ? node_globals_pin(file->name, strchr(name, '.')) : strdup(name);
    if (!new.pin)
        return err_r(ENOMEM, "cannot keep map '%s'", name);
    maps[node->n_maps++] = new;
    return 0;
}
