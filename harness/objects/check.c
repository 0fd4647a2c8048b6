// SPDX-License-Identifier: Apache-2.0
#include "objects/check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "maps/layout.h"

struct check {
    const struct programs_files *files;
    programs_check_fn fn;
    void *data;
};

struct check_subject {
    const char *kind, *name, *file;
    bool fatal;
};

static int check_say(const struct check *check, const struct check_subject *subject,
                     const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int check_say(const struct check *check, const struct check_subject *subject,
                     const char *fmt, ...)
{
    _cleanup_free_ char *text = NULL;
    struct programs_difference difference = {subject->kind, subject->name, subject->file, NULL,
                                             subject->fatal};
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = text_format_v(&text, fmt, ap);
    va_end(ap);
    if (r < 0)
        return r;
    difference.text = text;
    return check->fn(check->data, &difference);
}

#define MISSING(kind, name)     (&(struct check_subject){kind, name, NULL, false})
#define WRONG(kind, name, file) (&(struct check_subject){kind, name, file, true})

struct bpf_map *programs_files_map(const struct programs_files *files, const char *name,
                                   const struct programs_file **file)
{
    for (size_t i = 0; i < files->n_files; i++) {
        struct bpf_map *map;

        bpf_object__for_each_map(map, files->files[i].object)
        {
            if (bpf_map__is_internal(map) ||
                strcmp(map_contract_name(bpf_map__name(map)), name) != 0)
                continue;
            *file = &files->files[i];
            return map;
        }
    }
    return NULL;
}

bool programs_map_is_known(const struct bpf_map *map)
{
    const char *name = bpf_map__name(map);
    const struct map_layout *layout = map_layout(name);

    return !layout || layout->optional ||
           map_layout_find(name, bpf_map__type(map), bpf_map__key_size(map),
                           bpf_map__value_size(map));
}

static const char *check_type(enum bpf_map_type type)
{
    const char *name = libbpf_bpf_map_type_str(type);

    return name ? name : "unknown";
}

/* What the section says, where libbpf can read it; "xdp_auth" and the like say nothing. */
static int check_program(const struct check *check, const struct program_row *row)
{
    const struct programs_file *file = programs_files_of(check->files, row);
    const struct bpf_program *program =
        file ? bpf_object__find_program_by_name(file->object, row->name) : NULL;
    enum bpf_prog_type type;

    if (!program && row->place == PROGRAM_CGROUP_OWN)
        return 0;
    if (!program)
        return check_say(check, MISSING("program", row->name), "no object in '%s' has program %s",
                         check->files->dir, row->name);
    type = bpf_program__type(program);
    if (type == BPF_PROG_TYPE_UNSPEC)
        return 0;
    if (type != row->type || (type == BPF_PROG_TYPE_CGROUP_SOCK_ADDR &&
                              bpf_program__expected_attach_type(program) != row->attach))
        return check_say(check, WRONG("program", row->name, file->name),
                         "program %s of '%s' is in section '%s' (%s), must be '%s' (%s)", row->name,
                         file->name, bpf_program__section_name(program),
                         libbpf_bpf_prog_type_str(type), row->attached,
                         libbpf_bpf_prog_type_str(row->type));
    return 0;
}

static bool check_is_same(const struct bpf_map *a, const struct bpf_map *b)
{
    return bpf_map__type(a) == bpf_map__type(b) && bpf_map__key_size(a) == bpf_map__key_size(b) &&
           bpf_map__value_size(a) == bpf_map__value_size(b);
}

static int check_shared(const struct check *check, const struct programs_file *file,
                        const struct bpf_map *map)
{
    const struct programs_file *first;
    const char *name = map_contract_name(bpf_map__name(map));
    const struct bpf_map *other = programs_files_map(check->files, name, &first);

    if (!other || other == map || check_is_same(map, other))
        return 0;
    return check_say(check, WRONG("map", name, file->name),
                     "map '%s' is not the same in '%s' (%s, key %u, value %u) and in '%s' (%s, key "
                     "%u, value %u)",
                     name, first->name, check_type(bpf_map__type(other)), bpf_map__key_size(other),
                     bpf_map__value_size(other), file->name, check_type(bpf_map__type(map)),
                     bpf_map__key_size(map), bpf_map__value_size(map));
}

static int check_all_shared(const struct check *check)
{
    for (size_t i = 0; i < check->files->n_files; i++) {
        const struct programs_file *file = &check->files->files[i];
        const struct bpf_map *map;

        bpf_object__for_each_map(map, file->object)
        {
            int r = bpf_map__is_internal(map) ? 0 : check_shared(check, file, map);

            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* An older layout is one that the suite reads and writes. */
static int check_older(const struct check *check, const struct map_layout *layout,
                       const struct map_layout *found, const char *file)
{
    if (found->key_size != layout->key_size)
        return check_say(check, MISSING("map", layout->name),
                         "map '%s' of '%s' has key size %u, the contract %u: the layout of %s is "
                         "used",
                         layout->name, file, found->key_size, layout->key_size, found->version);
    return check_say(
        check, MISSING("map", layout->name),
        "map '%s' of '%s' has value size %u, the contract %u: the layout of %s is used",
        layout->name, file, found->value_size, layout->value_size, found->version);
}

static int check_unknown(const struct check *check, const struct map_layout *layout,
                         const struct bpf_map *map, const char *file)
{
    bool ring = layout->type == BPF_MAP_TYPE_RINGBUF;

    return check_say(check, WRONG("map", layout->name, file),
                     "map '%s' of '%s' is %s with key %u and value %u, must be %s with key %u "
                     "and value %u",
                     layout->name, file, check_type(bpf_map__type(map)), bpf_map__key_size(map),
                     bpf_map__value_size(map), check_type(layout->type), layout->key_size,
                     ring ? 0 : layout->value_size);
}

static int check_map(const struct check *check, const struct map_layout *layout)
{
    const struct programs_file *file;
    const struct bpf_map *map = programs_files_map(check->files, layout->name, &file);
    const struct map_layout *found;

    if (!map && layout->optional)
        return 0;
    if (!map)
        return check_say(check, MISSING("map", layout->name), "no object in '%s' has map '%s'",
                         check->files->dir, layout->name);
    if (strcmp(bpf_map__name(map), layout->name) != 0) {
        int r = check_say(check, MISSING("map", layout->name), "map '%s' is called '%s' in '%s'",
                          layout->name, bpf_map__name(map), file->name);

        if (r < 0)
            return r;
    }
    found = map_layout_find(layout->name, bpf_map__type(map), bpf_map__key_size(map),
                            bpf_map__value_size(map));
    if (!found)
        return layout->optional ? 0 : check_unknown(check, layout, map, file->name);
    return found->version ? check_older(check, layout, found, file->name) : 0;
}

static int check_all_maps(const struct check *check)
{
    size_t n;
    const struct map_layout *layouts = map_layouts(&n);

    for (size_t i = 0; i < n; i++) {
        int r = layouts[i].version ? 0 : check_map(check, &layouts[i]);

        if (r < 0)
            return r;
    }
    return 0;
}

/* The map is there, and what belongs into its slot is not. */
static int check_slot(const struct check *check, const struct program_row *row)
{
    const struct programs_file *file;
    const char *map = row->tail_map;

    if (!map || programs_files_of(check->files, row) ||
        !programs_files_map(check->files, map, &file))
        return 0;
    return check_say(check, MISSING("slot", map), "slot %u of '%s' stays empty: it is for %s",
                     row->tail_slot, map, row->name);
}

typedef int (*check_row_fn)(const struct check *check, const struct program_row *row);

static int check_all_rows(const struct check *check, check_row_fn fn)
{
    size_t n;
    const struct program_row *rows = program_rows(&n);

    for (size_t i = 0; i < n; i++) {
        int r = fn(check, &rows[i]);

        if (r < 0)
            return r;
    }
    return 0;
}

int programs_check(const struct programs_files *files, programs_check_fn fn, void *data)
{
    const struct check check = {files, fn, data};
    int r = check_all_rows(&check, check_program);

    if (r < 0)
        return r;
    r = check_all_shared(&check);
    if (r < 0)
        return r;
    r = check_all_maps(&check);
    return r < 0 ? r : check_all_rows(&check, check_slot);
}
