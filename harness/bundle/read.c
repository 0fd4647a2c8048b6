// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "bundle/bundle.h"
#include "bundle/dir.h"
#include "bundle/manifest.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"

/* A bundle being opened. */
struct read_bundle {
    struct bundle *b;
    struct bundle_dir dir;
    json_t *files; /* those of the manifest that no map has taken */
};

void bundle_map_free(struct bundle_map *map)
{
    free(map->name);
    free(map->called);
    map_entries_free(&map->entries);
    *map = (struct bundle_map){};
}

void bundle_free(struct bundle **bundle)
{
    struct bundle *b = TAKE_PTR(*bundle);

    if (!b)
        return;
    for (size_t i = 0; i < b->n_maps; i++)
        bundle_map_free(&b->maps[i]);
    free(b->maps);
    json_decref(b->node);
    json_decref(b->flows);
    memory_files_free(&b->objects);
    free(b->path);
    free(b);
}

const struct bundle_map *bundle_map(const struct bundle *b, const char *name)
{
    for (size_t i = 0; i < b->n_maps; i++)
        if (strcmp(b->maps[i].name, name) == 0 && b->maps[i].has_entries)
            return &b->maps[i];
    return NULL;
}

static void read_bundle_close(struct read_bundle *rb)
{
    bundle_free(&rb->b);
    json_decref(rb->files);
}

/* A file is one map's: maps add up to no more than the files. */
static int read_take_file(const struct read_bundle *rb, const char *file,
                          const struct bundle_map *map)
{
    const json_t *listed;
    size_t i;

    if (bundle_name_check(file) < 0)
        return err_say(EINVAL, "'%s': map '%s' has an impossible file", rb->b->path, map->name);
    json_array_foreach (rb->files, i, listed)
        if (strcmp(json_string_value(json_object_get(listed, "name")), file) == 0)
            return json_array_remove(rb->files, i);
    return err_say(EINVAL,
                   "'%s': the file of map '%s', '%s', is another map's, or its manifest does not "
                   "list it",
                   rb->b->path, map->name, file);
}

static int read_map_entries(const struct read_bundle *rb, const char *file, uint64_t n,
                            struct bundle_map *map)
{
    struct map_entries *e = &map->entries;
    size_t entry = (size_t)e->key_size + e->value_size;
    const struct memory_file *found;
    int r = read_take_file(rb, file, map);

    if (r < 0)
        return r;
    r = bundle_dir_find(&rb->dir, file, BUNDLE_SIZE_MAX, &found);
    if (r < 0)
        return r;
    if (found->size != n * entry)
        return err_say(EINVAL, "'%s': '%s' has %zu bytes, %" PRIu64 " entries of %zu have %" PRIu64,
                       rb->b->path, file, found->size, n, entry, n * entry);
    for (uint64_t i = 0; i < n; i++) {
        const uint8_t *key = found->bytes + i * entry;

        r = map_entries_add(e, key, key + e->key_size);
        if (r < 0)
            return r;
    }
    map->has_entries = true;
    return map_entries_sort(e);
}

static int read_map_sizes(const json_t *row, struct bundle_map *map)
{
    int64_t id = 0, type = 0, key = 0, value = 0, max = 0;
    int r = json_get_optional_integer(row, "id", 0, UINT32_MAX, &id);

    if (r < 0)
        return r;
    r = json_get_integer(row, "type", 0, 1000, &type);
    if (r < 0)
        return r;
    r = json_get_integer(row, "key", 0, 4096, &key);
    if (r < 0)
        return r;
    r = json_get_integer(row, "value", 0, 1 << 20, &value);
    if (r < 0)
        return r;
    r = json_get_integer(row, "max_entries", 0, UINT32_MAX, &max);
    if (r < 0)
        return r;
    map->id = (uint32_t)id;
    map->type = (uint32_t)type;
    map->key_size = (uint32_t)key;
    map->value_size = (uint32_t)value;
    map->max_entries = (uint32_t)max;
    return 0;
}

/* What the row says, but for its sizes; strings are the row's. */
struct read_row {
    const char *name, *called, *file;
    bool with_values;
    int64_t entries;
};

static int read_row(const struct read_bundle *rb, const json_t *row, struct read_row *out)
{
    int r = json_get_string(row, "name", &out->name);

    if (r < 0)
        return r;
    if (bundle_name_check(out->name) < 0)
        return err_say(EINVAL, "'%s': maps.json has a map with an impossible name", rb->b->path);
    r = json_get_optional_string(row, "called", &out->called);
    if (r < 0)
        return r;
    r = json_get_optional_string(row, "file", &out->file);
    if (r < 0)
        return r;
    r = json_get_optional_bool(row, "with_values", &out->with_values);
    if (r < 0)
        return r;
    return json_get_optional_integer(row, "entries", 0, BUNDLE_ENTRIES_MAX, &out->entries);
}

static int read_map(const struct read_bundle *rb, const json_t *json, struct bundle_map *map)
{
    struct read_row row = {.called = "", .with_values = true};
    int r = read_row(rb, json, &row);

    if (r < 0)
        return r;
    r = read_map_sizes(json, map);
    if (r < 0)
        return r;
    map->name = strdup(row.name);
    map->called = strdup(row.called);
    if (!map->name || !map->called)
        return err_r(ENOMEM, "cannot read '%s'", rb->b->path);
    map->layout = map_layout_find(row.name, map->type, map->key_size, map->value_size);
    map->entries.key_size = map->key_size;
    map->entries.value_size = row.with_values ? map->value_size : 0;
    if (row.file && map->key_size == 0)
        return err_say(EINVAL, "'%s': map '%s' has entries without keys", rb->b->path, row.name);
    return row.file ? read_map_entries(rb, row.file, (uint64_t)row.entries, map) : 0;
}

static int read_maps(struct read_bundle *rb)
{
    _cleanup_json_ json_t *rows = NULL;
    const json_t *row;
    size_t i;
    int r = bundle_dir_read_json(&rb->dir, "maps.json", &rows);

    if (r < 0)
        return r;
    if (!json_is_array(rows) || json_array_size(rows) > BUNDLE_FILES_MAX)
        return err_say(EINVAL, "'%s': maps.json is no list of maps", rb->b->path);
    rb->b->maps = calloc(json_array_size(rows) + 1, sizeof(*rb->b->maps));
    if (!rb->b->maps)
        return err_r(ENOMEM, "cannot read '%s'", rb->b->path);
    json_array_foreach (rows, i, row) {
        r = read_map(rb, row, &rb->b->maps[rb->b->n_maps++]);
        if (r < 0)
            return r;
    }
    return 0;
}

static int read_optional(struct read_bundle *rb, const json_t *files, const char *name,
                         json_t *otherwise, json_t **out)
{
    if (!manifest_lists(files, name)) {
        *out = otherwise;
        return otherwise ? 0 : err_r(ENOMEM, "cannot read '%s'", rb->b->path);
    }
    json_decref(otherwise);
    return bundle_dir_read_json(&rb->dir, name, out);
}

static int read_objects(struct read_bundle *rb)
{
    for (size_t i = 0; i < rb->dir.memory->n; i++) {
        const struct memory_file *file = &rb->dir.memory->files[i];

        if (strncmp(file->name, "objects/", 8) == 0 &&
            memory_files_put(&rb->b->objects, file->name + 8, file->bytes, file->size) < 0)
            return err_r(ENOMEM, "cannot read '%s'", rb->b->path);
    }
    return 0;
}

static int read_contents(struct read_bundle *rb)
{
    _cleanup_json_ json_t *manifest = NULL;
    const json_t *files;
    int r = manifest_read(&rb->dir, &manifest);

    if (r < 0)
        return r;
    files = json_object_get(manifest, "files");
    rb->files = json_copy(json_object_get(manifest, "files"));
    if (!rb->files)
        return err_r(ENOMEM, "cannot read '%s'", rb->b->path);
    r = read_optional(rb, files, "node.json", json_object(), &rb->b->node);
    if (r < 0)
        return r;
    r = read_optional(rb, files, "flows.json", json_array(), &rb->b->flows);
    if (r < 0)
        return r;
    if (!json_is_object(rb->b->node) || !json_is_array(rb->b->flows))
        return err_say(EINVAL, "'%s': node.json must be an object, flows.json a list", rb->b->path);
    r = read_objects(rb);
    return r < 0 ? r : read_maps(rb);
}

static int read_new(const char *path, struct bundle **out)
{
    *out = calloc(1, sizeof(**out));
    if (*out)
        (*out)->path = strdup(path);
    return *out && (*out)->path ? 0 : err_r(ENOMEM, "cannot open '%s'", path);
}

int bundle_open_memory(const char *path, const struct memory_files *memory, struct bundle **out)
{
    _cleanup_(read_bundle_close) struct read_bundle rb = {};
    int r = read_new(path, &rb.b);

    if (r < 0)
        return r;
    rb.dir = (struct bundle_dir){rb.b->path, memory, BUNDLE_JSON_MEMORY_MAX};
    r = read_contents(&rb);
    if (r < 0)
        return r;
    *out = TAKE_PTR(rb.b);
    return 0;
}
