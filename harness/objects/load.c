// SPDX-License-Identifier: Apache-2.0
#include "objects/load.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/shortage.h"
#include "place/bpffs.h"
#include "maps/field.h"
#include "maps/layout.h"
#include "objects/check.h"
#include "objects/facts.h"
#include "objects/verifier_log.h"

/* Room for what a program may read of a map in a map whose size its object does not say. */
#define LOAD_INNER_VALUE 4096

/* Only what was chosen is loaded; types are the table's, because not every section name tells. */
static void load_pick_programs(struct bpf_object *object, const struct programs_file *file,
                               const struct programs_refused *refused)
{
    struct bpf_program *program;

    bpf_object__for_each_program(program, object) bpf_program__set_autoload(program, false);
    for (size_t i = 0; i < file->n_rows; i++) {
        program = bpf_object__find_program_by_name(object, file->rows[i]->name);
        bpf_program__set_autoload(program, !programs_refused_has(refused, file->rows[i]->name));
        bpf_program__set_type(program, file->rows[i]->type);
        bpf_program__set_expected_attach_type(program, file->rows[i]->attach);
    }
}

/* How many entries the map has in this lab: what the topology says, else what the object says, but
 * not more parts of policies than a lab has a use for. */
static uint32_t load_entries(const struct lab *lab, const char *name, const struct bpf_map *map)
{
    uint32_t entries = bpf_map__max_entries(map);
    uint32_t most = map_cells_type(name) < KM_CELLS ? KM_CELLS_LAB : UINT32_MAX;

    for (size_t i = 0; i < lab->topology->n_maps; i++)
        if (strcmp(lab->topology->maps[i].name, name) == 0)
            return lab->topology->maps[i].entries;
    return entries < most ? entries : most;
}

static int load_look(const struct programs_map *shared, struct bpf_map_info *info)
{
    uint32_t length = sizeof(*info);
    int r = bpf_obj_get_info_by_fd(shared->fd, info, &length);

    return r < 0 ? err_r(r, "cannot look at map '%s'", shared->pin) : 0;
}

static bool load_is_same(const struct bpf_map *map, const struct bpf_map_info *info)
{
    return info->type == bpf_map__type(map) && info->key_size == bpf_map__key_size(map) &&
           info->value_size == bpf_map__value_size(map);
}

/* A lab that goes on without what is wrong gets no such map; the kernel then refuses the programs
 * that use it, and no others. */
static int load_leave_out(struct bpf_map *map)
{
    int r = bpf_map__set_autocreate(map, false);

    return r < 0 ? err_r(r, "cannot leave out map '%s'", bpf_map__name(map)) : 0;
}

static int load_share(const struct programs_node *node, struct bpf_map *map,
                      const struct programs_map *shared, const struct programs_file *file)
{
    struct bpf_map_info info = {};
    int r = load_look(shared, &info);

    if (r < 0)
        return r;
    if (!load_is_same(map, &info))
        return node->files->refused
                   ? load_leave_out(map)
                   : err_say(EPROTO,
                             "map '%s' is not the same in '%s' (type %u, key %u, value %u) and in "
                             "'%s' (type %u, key %u, value %u)",
                             shared->pin, shared->file->name, info.type, info.key_size,
                             info.value_size, file->name, bpf_map__type(map),
                             bpf_map__key_size(map), bpf_map__value_size(map));
    r = bpf_map__reuse_fd(map, shared->fd);
    return r < 0 ? err_r(r, "cannot share map '%s' with '%s'", shared->pin, file->name) : 0;
}

/* The kernel makes no map of maps without a pattern of what is in it. Whoever owns such objects
 * gives it one before loading; nothing is ever put in here. */
static int load_inner(struct bpf_map *map, int *inner_fd)
{
    enum bpf_map_type type = bpf_map__type(map);
    int r;

    if ((type != BPF_MAP_TYPE_ARRAY_OF_MAPS && type != BPF_MAP_TYPE_HASH_OF_MAPS) ||
        bpf_map__inner_map(map))
        return 0;
    if (*inner_fd < 0)
        *inner_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "inner", sizeof(uint32_t), LOAD_INNER_VALUE,
                                   1, NULL);
    r = *inner_fd < 0 ? *inner_fd : bpf_map__set_inner_map_fd(map, *inner_fd);
    return r < 0 ? err_r(r, "cannot give map '%s' an inner map", bpf_map__name(map)) : 0;
}

static int load_prepare_map(const struct programs_node *node, struct bpf_map *map,
                            const struct programs_file *file)
{
    const char *name = map_contract_name(bpf_map__name(map));
    uint32_t entries = load_entries(node->lab, name, map);
    const struct programs_map *shared = programs_node_map(node, name);
    int r;

    /* An object may ask to be pinned by name; then two labs would share the map. */
    bpf_map__set_pin_path(map, NULL);
    if (bpf_map__is_internal(map))
        return 0;
    if (node->files->refused && !programs_map_is_known(map))
        return load_leave_out(map);
    if (shared)
        return load_share(node, map, shared, file);
    r = entries == bpf_map__max_entries(map) ? 0 : bpf_map__set_max_entries(map, entries);
    return r < 0 ? err_r(r, "cannot give map '%s' %u entries", name, entries) : 0;
}

static void load_ask_statistics(struct bpf_object *object)
{
    struct bpf_program *program;

    /* 4: the statistics and nothing else. */
    bpf_object__for_each_program(program, object) bpf_program__set_log_level(program, 4);
}

static void load_keep_facts(const struct verifier_logs *logs, struct programs_file *file)
{
    for (size_t i = 0; i < logs->n_logs; i++)
        for (size_t r = 0; r < file->n_rows; r++)
            if (strcmp(bpf_program__name(logs->logs[i].program), file->rows[r]->name) == 0)
                program_facts_read(logs->logs[i].text, &file->facts[r]);
}

static int load_into_kernel(const struct programs_node *node, struct bpf_object *object,
                            struct programs_file *file, bool statistics,
                            struct program_refusal *refusal)
{
    _cleanup_(verifier_logs_free) struct verifier_logs logs = {};
    int r = verifier_logs_new(object, &logs);

    if (r < 0)
        return r;
    if (statistics)
        load_ask_statistics(object);
    programs_log_forget();
    r = bpf_object__load(object);
    if (r < 0)
        return statistics
                   ? -EAGAIN
                   : verifier_logs_error(&logs, r, file->name, node->lab->state_dir, refusal);
    load_keep_facts(&logs, file);
    return 0;
}

static int load_object_once(struct programs_node *node, size_t i, bool statistics,
                            struct program_refusal *refusal)
{
    struct programs_file *file = &node->files->files[i];
    _cleanup_close_ int inner_fd = -1;
    struct bpf_map *map;
    int r = programs_file_open(node->files, file, &node->objects[i]);

    if (r < 0)
        return r;
    load_pick_programs(node->objects[i], file, node->files->refused);
    bpf_object__for_each_map(map, node->objects[i])
    {
        r = load_prepare_map(node, map, file);
        if (r < 0)
            return r;
        r = load_inner(map, &inner_fd);
        if (r < 0)
            return r;
    }
    return load_into_kernel(node, node->objects[i], file, statistics, refusal);
}

/* A log of statistics does not say why a program is refused: then once more, for that. */
static int load_object(struct programs_node *node, size_t i, struct program_refusal *refusal)
{
    int r = node->files->statistics ? load_object_once(node, i, true, refusal) : -EAGAIN;

    if (r != -EAGAIN)
        return r;
    bpf_object__close(node->objects[i]);
    node->objects[i] = NULL;
    return load_object_once(node, i, false, refusal);
}

/* Notes every program of the file that is not refused yet; *added says whether there was one. */
static int load_refuse_all(struct programs_refused *refused, const struct programs_file *file,
                           const struct program_refusal *refusal, bool *added)
{
    for (size_t i = 0; i < file->n_rows; i++) {
        int r;

        if (programs_refused_has(refused, file->rows[i]->name))
            continue;
        *added = true;
        r = programs_refused_add(refused, file->rows[i]->name, refusal);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Notes the program that is to blame, or all of the file's where none is. */
static int load_refuse(const struct programs_node *node, const struct programs_file *file,
                       const struct program_refusal *refusal, bool *added)
{
    struct programs_refused *refused = node->files->refused;
    struct program_refusal said = {.file = file->name, .error = (char *)log_last_error()};

    if (refusal->name && !programs_refused_has(refused, refusal->name)) {
        *added = true;
        return programs_refused_add(refused, refusal->name, refusal);
    }
    return load_refuse_all(refused, file, refusal->error ? refusal : &said, added);
}

/*
 * Where the lab is to go on without what the kernel refuses: each time without one program more, at
 * last for the maps alone. An object of which not even those can be had is left out.
 */
static int load_what_can_be(struct programs_node *node, size_t i)
{
    bool added = true;

    while (added) {
        _cleanup_(program_refusal_free) struct program_refusal refusal = {};
        int r = load_object(node, i, &refusal);

        /* Of a map or a program that the machine has no room for nobody knows what it does. */
        if (r == 0 || !node->files->refused || shortage_is_of_bpf(r))
            return r;
        bpf_object__close(node->objects[i]);
        node->objects[i] = NULL;
        added = false;
        if (refusal.error && programs_refused_explain(node->files->refused, &refusal.error) < 0)
            return -ENOMEM;
        r = load_refuse(node, &node->files->files[i], &refusal, &added);
        if (r < 0)
            return r;
    }
    return 0;
}

static int load_file(struct programs_node *node, size_t i)
{
    struct bpf_map *map;
    int r = load_what_can_be(node, i);

    if (r < 0 || !node->objects[i])
        return r;
    bpf_object__for_each_map(map, node->objects[i])
    {
        r = programs_node_add_map(node, map, &node->files->files[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Programs for encryption between nodes, in a lab that has none. */
static bool load_is_idle(const struct lab *lab, const struct programs_file *file)
{
    for (size_t i = 0; i < file->n_rows; i++)
        if (file->rows[i]->place != PROGRAM_TC)
            return false;
    return file->n_rows > 0 && lab->topology->encryption == ENCRYPTION_NONE;
}

int programs_load(const struct lab *lab, const struct topology_node *node,
                  struct programs_files *files, struct programs_node *out)
{
    _cleanup_(programs_node_free) struct programs_node loaded = {
        .lab = lab, .node = node, .files = files};
    int r = bpffs_path(lab->bpf_dir, node->name, &loaded.dir);

    if (r < 0)
        return r;
    loaded.objects = calloc(files->n_files, sizeof(*loaded.objects));
    if (!loaded.objects)
        return err_r(ENOMEM, "cannot load the programs of '%s'", node->name);
    for (size_t i = 0; i < files->n_files; i++) {
        r = load_is_idle(lab, &files->files[i]) ? 0 : load_file(&loaded, i);
        if (r < 0)
            return r;
    }
    *out = loaded;
    loaded = (struct programs_node){};
    return 0;
}

static int load_no_such_map(const struct programs_files *files, const char *name)
{
    static const char fmt[] =
        "the topology sets the entries of map '%s', but no object in '%s' has it";

    if (!files->refused)
        return err_say(ENOENT, fmt, name, files->dir);
    log_warning(fmt, name, files->dir);
    return 0;
}

int programs_check_entries(const struct lab *lab, struct programs_files *files)
{
    const struct programs_file *file;

    for (size_t i = 0; i < lab->topology->n_maps; i++) {
        const char *name = lab->topology->maps[i].name;
        int r = programs_files_map(files, name, &file) ? 0 : load_no_such_map(files, name);

        if (r < 0)
            return r;
    }
    return 0;
}
