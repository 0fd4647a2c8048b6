// SPDX-License-Identifier: Apache-2.0
/*
 * STATE/LAB/baseline/NODE.MAP.KIND, one file per map that is saved. KIND says how reset treats it:
 *   globals  written back, always
 *   managed  read and compared, always: programs write it themselves
 *   config   only the keys in NODE.MAP.dirty
 */
#include "maps/baseline.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "common/whole_file.h"
#include "place/bpffs.h"
#include "maps/field.h"
#include "maps/journal.h"
#include "maps/policy_cells.h"
#include "maps/raw.h"

/* Above this a hash that the topology does not write is taken to be empty: it is scratch, and a
 * walk of a million empty buckets is what would take longest. */
#define BASELINE_MANAGED_MAX 100000
#define BASELINE_ARRAY_MAX   65536 /* bytes */

struct baseline_header {
    uint32_t key_size, value_size;
    uint64_t n;
};

static bool baseline_is_config(const char *name)
{
    static const char *const names[] = {"km_frontend", "km_service",  "km_endpoint",
                                        "km_backend",  "km_wlpolicy", "km_authz_policy",
                                        "km_nodeinfo"};

    if (map_cells_type(name) < KM_CELLS)
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* NULL: not saved. */
static const char *baseline_kind(const char *name, const struct bpf_map_info *info)
{
    bool hash = info->type == BPF_MAP_TYPE_HASH || info->type == BPF_MAP_TYPE_LRU_HASH ||
                info->type == BPF_MAP_TYPE_LPM_TRIE;

    if (hash && baseline_is_config(name))
        return "config";
    if (hash && info->max_entries <= BASELINE_MANAGED_MAX)
        return "managed";
    if (info->type != BPF_MAP_TYPE_ARRAY ||
        (uint64_t)info->max_entries * info->value_size > BASELINE_ARRAY_MAX)
        return NULL;
    return strncmp(name, "globals_", 8) == 0 ? "globals" : "config";
}

static int baseline_path(const struct lab *lab, const char *node, const char *map, const char *kind,
                         char **out)
{
    return text_format(out, "%s/baseline/%s.%s.%s", lab->state_dir, node, map, kind);
}

static int baseline_write(FILE *file, const void *data)
{
    const struct map_entries *entries = data;
    struct baseline_header header = {entries->key_size, entries->value_size, entries->n};

    fwrite(&header, sizeof(header), 1, file);
    for (size_t i = 0; i < entries->n; i++) {
        fwrite(map_entries_key(entries, i), entries->key_size, 1, file);
        fwrite(map_entries_value(entries, i), entries->value_size, 1, file);
    }
    return 0;
}

static int baseline_read_entries(FILE *file, const char *path, uint64_t n,
                                 struct map_entries *entries)
{
    _cleanup_free_ uint8_t *key = malloc(entries->key_size + 1);
    _cleanup_free_ uint8_t *value = malloc(entries->value_size + 1);

    if (!key || !value)
        return err_r(ENOMEM, "cannot read '%s'", path);
    for (uint64_t i = 0; i < n; i++) {
        int r;

        if (fread(key, entries->key_size, 1, file) != 1 ||
            fread(value, entries->value_size, 1, file) != 1)
            return err_say(EINVAL, "'%s' is cut short", path);
        r = map_entries_add(entries, key, value);
        if (r < 0)
            return r;
    }
    return 0;
}

/* The entries were saved sorted, from a map of these sizes; an absent file has none. */
static int baseline_read(const char *path, const struct bpf_map_info *info, struct map_entries *out)
{
    _cleanup_(map_entries_free) struct map_entries entries = {.key_size = info->key_size,
                                                              .value_size = info->value_size};
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    struct baseline_header header = {};
    int r;

    if (!file && errno != ENOENT)
        return err_r(errno, "cannot read '%s'", path);
    if (!file) {
        *out = entries;
        return 0;
    }
    if (fread(&header, sizeof(header), 1, file) != 1 || header.key_size != info->key_size ||
        header.value_size != info->value_size)
        return err_say(EINVAL, "'%s' is not of this map", path);
    r = baseline_read_entries(file, path, header.n, &entries);
    if (r < 0)
        return r;
    *out = entries;
    entries = (struct map_entries){};
    return 0;
}

/* The parts of policies are the topology's own; walking their maps would take longest. */
static int baseline_cells(const struct lab *lab, enum km_cells type, struct map_entries *out)
{
    _cleanup_(policy_cells_free) struct policy_cells cells;
    int r;

    policy_cells_init(&cells);
    r = policy_cells_add_all(&cells, &lab->topology->policies);
    if (r < 0)
        return r;
    *out = cells.cells[type];
    cells.cells[type] = (struct map_entries){};
    return map_entries_sort(out);
}

static int baseline_save_map(const struct lab *lab, const struct topology_node *node,
                             const char *name)
{
    _cleanup_(map_handle_close) struct map_handle handle = {.fd = -1};
    _cleanup_(map_entries_free) struct map_entries entries = {};
    _cleanup_free_ char *path = NULL;
    enum km_cells cells;
    const char *kind;
    int r = map_handle_open(lab, node, name, &handle);

    if (r < 0)
        return r;
    kind = baseline_kind(name, &handle.info);
    if (!kind)
        return 0;
    r = baseline_path(lab, node->name, name, kind, &path);
    if (r < 0)
        return r;
    cells = map_cells_type(name);
    r = cells < KM_CELLS ? baseline_cells(lab, cells, &entries)
                         : map_read_entries(&handle, name, &entries);
    if (r < 0 || (cells < KM_CELLS && entries.n == 0))
        return r;
    return whole_file_write(path, baseline_write, &entries);
}

static int baseline_save_node(const struct lab *lab, const struct topology_node *node)
{
    _cleanup_strings_ struct strings names = {0};
    _cleanup_free_ char *dir = NULL;
    int r = maps_dir(lab, node, &dir);

    if (r < 0)
        return r;
    r = bpffs_names(dir, &names);
    if (r < 0)
        return r;
    for (size_t i = 0; i < names.n; i++) {
        r = baseline_save_map(lab, node, names.items[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

/* An earlier baseline is no part of this one. */
static int baseline_clear(const char *dir)
{
    _cleanup_strings_ struct strings names = {0};
    int r = bpffs_names(dir, &names);

    if (r < 0)
        return r;
    for (size_t i = 0; i < names.n; i++) {
        _cleanup_free_ char *path = NULL;

        r = bpffs_path(dir, names.items[i], &path);
        if (r < 0)
            return r;
        if (unlink(path) < 0)
            return err_r(errno, "cannot remove '%s'", path);
    }
    return 0;
}

int maps_save_baseline(const struct lab *lab)
{
    _cleanup_free_ char *dir = NULL;
    int r = maps_baseline_dir(lab, &dir);

    if (r < 0)
        return r;
    if (mkdir(dir, 0755) < 0 && errno != EEXIST)
        return err_r(errno, "cannot make '%s'", dir);
    r = baseline_clear(dir);
    if (r < 0)
        return r;
    for (size_t i = 0; i < lab->topology->n_nodes; i++) {
        r = baseline_save_node(lab, &lab->topology->nodes[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

/* -ENOENT: it was gone already, and gone it should be. */
static int baseline_delete_key(const struct map_handle *handle, const char *name, const void *key)
{
    int r = bpf_map_delete_elem(handle->fd, key);

    return r == 0 || r == -ENOENT ? 0 : err_r(r, "cannot delete from map '%s'", name);
}

/* First room is made, then it is used: a map may be full. */
static int baseline_delete_new(const struct map_handle *handle, const char *name,
                               const struct map_entries *keys, const struct map_entries *saved)
{
    if (handle->info.type == BPF_MAP_TYPE_ARRAY)
        return 0;
    for (size_t i = 0; i < keys->n; i++) {
        int r;

        if (map_entries_find(saved, map_entries_key(keys, i)) >= 0)
            continue;
        r = baseline_delete_key(handle, name, map_entries_key(keys, i));
        if (r < 0)
            return r;
    }
    return 0;
}

static bool baseline_is_same(const struct map_entries *now, const struct map_entries *saved,
                             size_t i)
{
    ssize_t at = map_entries_find(now, map_entries_key(saved, i));

    return at >= 0 && memcmp(map_entries_value(now, (size_t)at), map_entries_value(saved, i),
                             saved->value_size) == 0;
}

static int baseline_restore_whole(const struct map_handle *handle, const char *name,
                                  const struct map_entries *saved)
{
    _cleanup_(map_entries_free) struct map_entries now = {};
    int r = map_read_entries(handle, name, &now);

    if (r < 0)
        return r;
    r = baseline_delete_new(handle, name, &now, saved);
    if (r < 0)
        return r;
    for (size_t i = 0; i < saved->n; i++)
        if (!baseline_is_same(&now, saved, i) &&
            bpf_map_update_elem(handle->fd, map_entries_key(saved, i), map_entries_value(saved, i),
                                BPF_ANY) < 0)
            return err_r(errno, "cannot write map '%s'", name);
    return 0;
}

static int baseline_restore_keys(const struct map_handle *handle, const char *name,
                                 const struct map_entries *keys, const struct map_entries *saved)
{
    int r = baseline_delete_new(handle, name, keys, saved);

    if (r < 0)
        return r;
    for (size_t i = 0; i < keys->n; i++) {
        ssize_t at = map_entries_find(saved, map_entries_key(keys, i));

        if (at >= 0 && bpf_map_update_elem(handle->fd, map_entries_key(keys, i),
                                           map_entries_value(saved, (size_t)at), BPF_ANY) < 0)
            return err_r(errno, "cannot write map '%s'", name);
    }
    return 0;
}

static int baseline_restore_dirty(const struct map_handle *handle, const char *name,
                                  const char *journal, const struct map_entries *saved)
{
    _cleanup_(map_entries_free) struct map_entries keys = {};
    int r = maps_journal_read(journal, handle->info.key_size, &keys);

    return r < 0 ? r : baseline_restore_keys(handle, name, &keys, saved);
}

/* `kind` is that of the file that made us come here: one that is always looked at, or a journal. */
static int baseline_restore_map(const struct lab *lab, const struct topology_node *node,
                                const char *map, const char *kind)
{
    _cleanup_(map_handle_close) struct map_handle handle = {.fd = -1};
    _cleanup_(map_entries_free) struct map_entries saved = {};
    _cleanup_free_ char *path = NULL, *journal = NULL;
    const char *saved_as;
    int r = map_handle_open(lab, node, map, &handle);

    if (r < 0)
        return r;
    saved_as = baseline_kind(map, &handle.info);
    r = baseline_path(lab, node->name, map, saved_as ? saved_as : "config", &path);
    if (r < 0)
        return r;
    r = baseline_read(path, &handle.info, &saved);
    if (r < 0)
        return r;
    if (strcmp(kind, "dirty") != 0)
        return baseline_restore_whole(&handle, map, &saved);
    r = baseline_path(lab, node->name, map, kind, &journal);
    if (r < 0)
        return r;
    r = baseline_restore_dirty(&handle, map, journal, &saved);
    if (r < 0)
        return r;
    return unlink(journal) < 0 ? err_r(errno, "cannot remove '%s'", journal) : 0;
}

/* "NODE.MAP.KIND" into its parts, in place. */
static bool baseline_split(char *name, char **map, char **kind)
{
    char *first = strchr(name, '.'), *last = strrchr(name, '.');

    if (!first || first == last)
        return false;
    *first = *last = '\0';
    *map = first + 1;
    *kind = last + 1;
    return true;
}

static int baseline_restore_file(const struct lab *lab, char *name)
{
    const struct topology_node *node;
    char *map, *kind;

    if (!baseline_split(name, &map, &kind) || strcmp(kind, "config") == 0)
        return 0;
    node = topology_node(lab->topology, name);
    return node ? baseline_restore_map(lab, node, map, kind) : 0;
}

int maps_restore_baseline(const struct lab *lab)
{
    _cleanup_strings_ struct strings names = {0};
    _cleanup_free_ char *dir = NULL;
    int r = maps_baseline_dir(lab, &dir);

    if (r < 0)
        return r;
    r = bpffs_names(dir, &names);
    if (r < 0)
        return r;
    for (size_t i = 0; i < names.n; i++) {
        r = baseline_restore_file(lab, names.items[i]);
        if (r < 0)
            return r;
    }
    return 0;
}
