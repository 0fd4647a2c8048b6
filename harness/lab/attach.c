// SPDX-License-Identifier: Apache-2.0
#include "lab/attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/shortage.h"
#include "place/bpffs.h"
#include "cgroup/cgroup.h"
#include "maps/handle.h"
#include "maps/layout.h"
#include "lab/marks.h"
#include "lab/xdp.h"

typedef int (*attach_row_fn)(const struct programs_node *node, const struct program_row *row,
                             int program_fd, size_t file, void *data);

/* A lab that goes on without what the kernel refuses goes on without this one. */
static int attach_refuse(const struct programs_node *node, const struct program_row *row,
                         size_t file)
{
    _cleanup_free_ char *dir = NULL, *pin = NULL;
    struct program_refusal refusal = {.file = node->files->files[file].name,
                                      .error = (char *)log_last_error()};
    int r = programs_refused_add(node->files->refused, row->name, &refusal);

    if (r < 0)
        return r;
    r = bpffs_path(node->dir, "programs", &dir);
    if (r < 0)
        return r;
    r = bpffs_path(dir, row->name, &pin);
    if (r < 0)
        return r;
    if (unlink(pin) < 0 && errno != ENOENT)
        return err_r(errno, "cannot remove '%s'", pin);
    return 0;
}

/* Every program that was loaded, in the table's order. */
static int attach_for_each(const struct programs_node *node, attach_row_fn fn, void *data)
{
    size_t n, file = 0;
    const struct program_row *rows = program_rows(&n);

    for (size_t i = 0; i < n; i++) {
        struct bpf_program *program = programs_node_program(node, &rows[i], &file);
        int r = program ? fn(node, &rows[i], bpf_program__fd(program), file, data) : 0;

        if (r < 0 && node->files->refused && !shortage_is_of_bpf(r))
            r = attach_refuse(node, &rows[i], file);
        if (r < 0)
            return r;
    }
    return 0;
}

/* The object's own, by whichever of its names. */
static bool attach_has_map(struct bpf_object *object, const char *name)
{
    const struct bpf_map *map;

    bpf_object__for_each_map(map, object)
    {
        if (strcmp(map_contract_name(bpf_map__name(map)), name) == 0)
            return true;
    }
    return false;
}

static int attach_tail_call(const struct programs_node *node, const struct program_row *row,
                            int program_fd, size_t file, void *data)
{
    const struct programs_map *map = row->tail_map ? programs_node_map(node, row->tail_map) : NULL;
    int r;

    (void)data;
    /* Another object's map of that name may be for one family only. */
    if (!map && row->tail_map_old && attach_has_map(node->objects[file], row->tail_map_old))
        map = programs_node_map(node, row->tail_map_old);
    if (!map)
        return 0;
    r = bpf_map_update_elem(map->fd, &row->tail_slot, &program_fd, BPF_ANY);
    if (r < 0)
        return err_r(r, "cannot put %s in %s[%u]", row->name, map->pin, row->tail_slot);
    return 0;
}

static int attach_pin_in(const struct programs_node *node, const char *kind, const char *name,
                         int fd)
{
    _cleanup_free_ char *dir = NULL;
    int r = bpffs_path(node->dir, kind, &dir);

    return r < 0 ? r : bpffs_pin(fd, dir, name);
}

static int attach_to_cgroup(const struct programs_node *node, const struct program_row *row,
                            int program_fd, int cgroup_fd)
{
    _cleanup_close_ int link = bpf_link_create(program_fd, cgroup_fd, row->attach, NULL);

    if (link < 0)
        return err_bpf(link, "cannot attach %s to the cgroup of '%s'", row->name, node->node->name);
    return attach_pin_in(node, "links", row->name, link);
}

/* Its own sockhash is the contract's km_socket; a datapath may have others for the same job. */
static bool attach_is_socket_file(const struct programs_file *file)
{
    for (size_t i = 0; i < file->n_rows; i++)
        if (file->rows[i]->type == BPF_PROG_TYPE_SK_MSG ||
            file->rows[i]->type == BPF_PROG_TYPE_SOCK_OPS)
            return true;
    return false;
}

static int attach_to_sockhashes(const struct programs_node *node, const struct program_row *row,
                                int program_fd)
{
    size_t attached = 0;

    for (size_t i = 0; i < node->n_maps; i++) {
        const struct programs_map *map = &node->maps[i];
        int r;

        if (map->type != BPF_MAP_TYPE_SOCKHASH || !attach_is_socket_file(map->file))
            continue;
        r = bpf_prog_attach(program_fd, map->fd, row->attach, 0);
        if (r < 0)
            return err_bpf(r, "cannot attach %s to map '%s'", row->name, map->pin);
        attached++;
    }
    if (attached == 0)
        return err_say(ENOENT, "there is no sockhash to attach %s to", row->name);
    return 0;
}

static int attach_row(const struct programs_node *node, const struct program_row *row,
                      int program_fd, size_t file, void *data)
{
    const int *cgroup_fd = data;
    int r = attach_pin_in(node, "programs", row->name, program_fd);

    (void)file;
    if (r < 0)
        return r;
    if (row->place == PROGRAM_SOCKHASH)
        return attach_to_sockhashes(node, row, program_fd);
    if (row->place == PROGRAM_XDP)
        return xdp_attach(node, row, program_fd);
    if (row->place == PROGRAM_TC)
        return marks_attach(node->lab, node->node, row, program_fd);
    if (row->place == PROGRAM_TAIL)
        return 0;
    return attach_to_cgroup(node, row, program_fd, *cgroup_fd);
}

static int attach_make_dirs(const struct programs_node *node)
{
    static const char *const kinds[] = {"maps", "programs", "links"};

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        _cleanup_free_ char *dir = NULL;
        int r = bpffs_path(node->dir, kinds[i], &dir);

        if (r < 0)
            return r;
        r = bpffs_mkdir(dir);
        if (r < 0)
            return r;
    }
    return 0;
}

static int attach_pin_maps(const struct programs_node *node)
{
    for (size_t i = 0; i < node->n_maps; i++) {
        int r = attach_pin_in(node, "maps", node->maps[i].pin, node->maps[i].fd);

        if (r < 0)
            return r;
    }
    return 0;
}

int programs_attach(const struct programs_node *node)
{
    _cleanup_close_ int cgroup_fd = -1;
    int r = cgroup_open_node(node->lab, node->node, &cgroup_fd);

    if (r < 0)
        return r;
    r = attach_make_dirs(node);
    if (r < 0)
        return r;
    r = attach_pin_maps(node);
    if (r < 0)
        return r;
    r = attach_for_each(node, attach_tail_call, NULL);
    return r < 0 ? r : attach_for_each(node, attach_row, &cgroup_fd);
}

/* A sockhash and a prog array keep their programs for a while after their last reference is gone;
 * emptied by hand they let go at once. */
static void attach_let_go(const char *maps_dir, const char *name, int sendmsg_fd)
{
    _cleanup_close_ int fd = -1;
    struct bpf_map_info info = {};
    uint32_t length = sizeof(info);

    if (bpffs_open(maps_dir, name, &fd) < 0 || bpf_obj_get_info_by_fd(fd, &info, &length) < 0)
        return;
    if (info.type == BPF_MAP_TYPE_SOCKHASH && sendmsg_fd >= 0)
        bpf_prog_detach2(sendmsg_fd, fd, BPF_SK_MSG_VERDICT);
    for (uint32_t i = 0; info.type == BPF_MAP_TYPE_PROG_ARRAY && i < info.max_entries; i++)
        bpf_map_delete_elem(fd, &i);
}

static int attach_empty_maps(const char *dir)
{
    _cleanup_strings_ struct strings names = {0};
    _cleanup_free_ char *maps_dir = NULL, *programs_dir = NULL;
    _cleanup_close_ int sendmsg_fd = -1;
    int r = bpffs_path(dir, "maps", &maps_dir);

    if (r < 0)
        return r;
    r = bpffs_path(dir, "programs", &programs_dir);
    if (r < 0)
        return r;
    r = bpffs_names(maps_dir, &names);
    if (r < 0)
        return r;
    bpffs_open(programs_dir, "sendmsg_prog", &sendmsg_fd);
    for (size_t i = 0; i < names.n; i++)
        attach_let_go(maps_dir, names.items[i], sendmsg_fd);
    return 0;
}

int programs_detach(const char *dir)
{
    int first = attach_empty_maps(dir);
    int r = bpffs_remove(dir);

    return first < 0 ? first : r;
}

static int attach_record_program(const struct programs_node *node, const struct program_row *row,
                                 int program_fd, size_t file, void *data)
{
    json_t *list = data, *entry;
    struct bpf_prog_info info = {};
    uint32_t length = sizeof(info);
    int r = bpf_obj_get_info_by_fd(program_fd, &info, &length);

    if (r < 0)
        return err_r(r, "cannot look at %s", row->name);
    entry =
        json_pack("{s:s, s:I, s:s, s:s, s:s}", "name", row->name, "id", (json_int_t)info.id, "file",
                  node->files->files[file].name, "from",
                  node->files->files[file].own ? "suite" : "objects", "attached", row->attached);
    return json_array_append_new(list, entry) < 0 ? err_r(ENOMEM, "cannot record %s", row->name)
                                                  : 0;
}

static int attach_record_maps(const struct programs_node *node, json_t *list)
{
    for (size_t i = 0; i < node->n_maps; i++) {
        const struct programs_map *map = &node->maps[i];
        struct bpf_map_info info = {};
        uint32_t length = sizeof(info);
        int r = bpf_obj_get_info_by_fd(map->fd, &info, &length);

        if (r < 0)
            return err_r(r, "cannot look at map '%s'", map->pin);
        if (json_array_append_new(list, json_pack("{s:s, s:I, s:s}", "name", map->pin, "id",
                                                  (json_int_t)info.id, "file", map->file->name)) <
            0)
            return err_r(ENOMEM, "cannot record map '%s'", map->pin);
    }
    return 0;
}

int programs_record(const struct programs_node *node, json_t **out)
{
    _cleanup_json_ json_t *record = json_pack("{s:[], s:[]}", "programs", "maps");
    int r;

    if (!record)
        return err_r(ENOMEM, "cannot record the programs of '%s'", node->node->name);
    r = attach_for_each(node, attach_record_program, json_object_get(record, "programs"));
    if (r < 0)
        return r;
    r = attach_record_maps(node, json_object_get(record, "maps"));
    if (r < 0)
        return r;
    *out = TAKE_PTR(record);
    return 0;
}
