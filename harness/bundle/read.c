// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <xxhash.h>

#include "bundle/bundle.h"
#include "bundle/pack.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "common/tree.h"

/* A bundle being opened. */
struct read_bundle {
    struct bundle *b;
    int dir_fd;
    int64_t bytes;
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
    if (b->is_copy)
        tree_remove(b->dir);
    free(b->objects);
    free(b->topology);
    free(b->dir);
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
    cleanup_close(&rb->dir_fd);
}

/* Whatever the name is, nothing outside the directory is opened, and no link is followed. */
static int read_open(const struct read_bundle *rb, const char *name, int64_t *size)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    int fd = (int)syscall(SYS_openat2, rb->dir_fd, name, &how, sizeof(how));
    struct stat st;

    if (fd < 0)
        return errno == ENOENT ? err_say(EINVAL, "'%s' has no '%s'", rb->b->path, name)
                               : err_r(errno, "'%s': cannot open '%s'", rb->b->path, name);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return err_say(EINVAL, "'%s': '%s' is no file", rb->b->path, name);
    }
    *size = st.st_size;
    return fd;
}

/* All of a file, with a terminator behind it. */
static int read_whole(const struct read_bundle *rb, const char *name, int64_t limit, char **out,
                      size_t *out_size)
{
    _cleanup_free_ char *text = NULL;
    _cleanup_close_ int fd = -1;
    int64_t size = 0, done = 0;

    fd = read_open(rb, name, &size);
    if (fd < 0)
        return fd;
    if (size > limit)
        return err_say(EFBIG, "'%s': '%s' is too large (%" PRId64 " bytes)", rb->b->path, name,
                       size);
    text = malloc((size_t)size + 1);
    if (!text)
        return err_r(ENOMEM, "cannot read '%s'", rb->b->path);
    while (done < size) {
        ssize_t n = read(fd, text + done, (size_t)(size - done));

        if (n <= 0)
            return err_r(n < 0 ? errno : EIO, "'%s': cannot read '%s'", rb->b->path, name);
        done += n;
    }
    text[size] = '\0';
    *out = TAKE_PTR(text);
    *out_size = (size_t)size;
    return 0;
}

static int read_json(const struct read_bundle *rb, const char *name, json_t **out)
{
    _cleanup_free_ char *text = NULL;
    json_error_t error;
    size_t size;
    int r = read_whole(rb, name, BUNDLE_JSON_MAX, &text, &size);

    if (r < 0)
        return r;
    *out = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    return *out ? 0
                : err_say(EINVAL, "'%s': %s:%d is no JSON: %s", rb->b->path, name, error.line,
                          json_error_line(&error));
}

static int read_check_digest(const struct read_bundle *rb, const char *name, int64_t size,
                             const char *digest)
{
    _cleanup_free_ char *bytes = NULL;
    char seen[24];
    size_t length;
    int r = read_whole(rb, name, BUNDLE_SIZE_MAX, &bytes, &length);

    if (r < 0)
        return r;
    if ((int64_t)length != size)
        return err_say(EINVAL, "'%s' is damaged: '%s' has %zu bytes, its manifest says %" PRId64,
                       rb->b->path, name, length, size);
    snprintf(seen, sizeof(seen), "%016" PRIx64, (uint64_t)XXH3_64bits(bytes, length));
    if (strcmp(seen, digest) != 0)
        return err_say(EINVAL, "'%s' is damaged: the digest of '%s' is %s, its manifest says %s",
                       rb->b->path, name, seen, digest);
    return 0;
}

static int read_check_file(struct read_bundle *rb, const json_t *file)
{
    const char *name, *digest;
    char quoted[TEXT_QUOTE_MAX];
    int64_t size;
    int r = json_get_string(file, "name", &name);

    if (r == 0 && bundle_name_check(name) < 0)
        r = err_say(EINVAL, "'%s': its manifest names a file that no bundle has, '%s'", rb->b->path,
                    text_quote(name, quoted));
    if (r == 0)
        r = json_get_integer(file, "size", 0, BUNDLE_SIZE_MAX, &size);
    if (r == 0)
        r = json_get_string(file, "xxh3", &digest);
    if (r < 0)
        return r;
    rb->bytes += size;
    if (rb->bytes > BUNDLE_SIZE_MAX)
        return err_say(EFBIG, "'%s' is too large: more than %lld MiB", rb->b->path,
                       BUNDLE_SIZE_MAX >> 20);
    return read_check_digest(rb, name, size, digest);
}

static int read_check_version(const struct read_bundle *rb, const json_t *manifest)
{
    const json_t *version = json_object_get(manifest, "waypost_bundle");

    if (!json_is_integer(version))
        return err_say(EINVAL, "'%s' is no bundle: its manifest.json has no 'waypost_bundle'",
                       rb->b->path);
    if (json_integer_value(version) != BUNDLE_VERSION)
        return err_say(EINVAL,
                       "'%s' is a bundle of version %" JSON_INTEGER_FORMAT
                       "; this waypost reads version %d",
                       rb->b->path, json_integer_value(version), BUNDLE_VERSION);
    return 0;
}

static bool read_lists(const json_t *files, const char *name)
{
    const json_t *file;
    size_t i;

    json_array_foreach (files, i, file) {
        const char *listed = json_string_value(json_object_get(file, "name"));

        if (listed && strcmp(listed, name) == 0)
            return true;
    }
    return false;
}

static int read_manifest(struct read_bundle *rb, json_t **out)
{
    _cleanup_json_ json_t *manifest = NULL;
    const json_t *files, *file;
    size_t i;
    int r = read_json(rb, "manifest.json", &manifest);

    if (r == 0)
        r = read_check_version(rb, manifest);
    if (r < 0)
        return r;
    files = json_object_get(manifest, "files");
    if (!json_is_array(files) || json_array_size(files) > BUNDLE_FILES_MAX)
        return err_say(EINVAL, "'%s': its manifest has no list of at most %d files", rb->b->path,
                       BUNDLE_FILES_MAX);
    json_array_foreach (files, i, file) {
        r = read_check_file(rb, file);
        if (r < 0)
            return r;
    }
    *out = TAKE_PTR(manifest);
    return 0;
}

static int read_map_entries(const struct read_bundle *rb, const char *file, uint64_t n,
                            struct bundle_map *map)
{
    struct map_entries *e = &map->entries;
    _cleanup_free_ char *bytes = NULL;
    size_t size, entry;
    int r = bundle_name_check(file) < 0
                ? err_say(EINVAL, "'%s': map '%s' has an impossible file", rb->b->path, map->name)
                : read_whole(rb, file, BUNDLE_SIZE_MAX, &bytes, &size);

    if (r < 0)
        return r;
    entry = (size_t)e->key_size + e->value_size;
    if (size != n * entry)
        return err_say(EINVAL, "'%s': '%s' has %zu bytes, %" PRIu64 " entries of %zu have %" PRIu64,
                       rb->b->path, file, size, n, entry, n * entry);
    for (uint64_t i = 0; r == 0 && i < n; i++)
        r = map_entries_add(e, bytes + i * entry, bytes + i * entry + e->key_size);
    map->has_entries = true;
    return r < 0 ? r : map_entries_sort(e);
}

static int read_map_sizes(const json_t *row, struct bundle_map *map)
{
    int64_t id = 0, type = 0, key = 0, value = 0, max = 0;
    int r = json_get_optional_integer(row, "id", 0, UINT32_MAX, &id);

    if (r == 0)
        r = json_get_integer(row, "type", 0, 1000, &type);
    if (r == 0)
        r = json_get_integer(row, "key", 0, 4096, &key);
    if (r == 0)
        r = json_get_integer(row, "value", 0, 1 << 20, &value);
    if (r == 0)
        r = json_get_integer(row, "max_entries", 0, UINT32_MAX, &max);
    map->id = (uint32_t)id;
    map->type = (uint32_t)type;
    map->key_size = (uint32_t)key;
    map->value_size = (uint32_t)value;
    map->max_entries = (uint32_t)max;
    return r;
}

static int read_map(const struct read_bundle *rb, const json_t *row, struct bundle_map *map)
{
    const char *name, *called = "", *file = NULL;
    bool with_values = true;
    int64_t n = 0;
    int r = json_get_string(row, "name", &name);

    if (r == 0 && bundle_name_check(name) < 0)
        r = err_say(EINVAL, "'%s': maps.json has a map with an impossible name", rb->b->path);
    if (r == 0)
        r = json_get_optional_string(row, "called", &called);
    if (r == 0)
        r = json_get_optional_string(row, "file", &file);
    if (r == 0)
        r = json_get_optional_bool(row, "with_values", &with_values);
    if (r == 0)
        r = json_get_optional_integer(row, "entries", 0, BUNDLE_ENTRIES_MAX, &n);
    if (r == 0)
        r = read_map_sizes(row, map);
    if (r < 0)
        return r;
    map->name = strdup(name);
    map->called = strdup(called);
    if (!map->name || !map->called)
        return err_r(ENOMEM, "cannot read '%s'", rb->b->path);
    map->layout = map_layout_find(name, map->type, map->key_size, map->value_size);
    map->entries.key_size = map->key_size;
    map->entries.value_size = with_values ? map->value_size : 0;
    if (file && map->key_size == 0)
        return err_say(EINVAL, "'%s': map '%s' has entries without keys", rb->b->path, name);
    return file ? read_map_entries(rb, file, (uint64_t)n, map) : 0;
}

static int read_maps(struct read_bundle *rb)
{
    _cleanup_json_ json_t *rows = NULL;
    const json_t *row;
    size_t i;
    int r = read_json(rb, "maps.json", &rows);

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

static int read_optional(const struct read_bundle *rb, const json_t *files, const char *name,
                         json_t *otherwise, json_t **out)
{
    if (!read_lists(files, name)) {
        *out = otherwise;
        return otherwise ? 0 : err_r(ENOMEM, "cannot read '%s'", rb->b->path);
    }
    json_decref(otherwise);
    return read_json(rb, name, out);
}

static int read_place(const struct bundle *b, const char *name, char **out)
{
    return text_format(out, "%s/%s", b->dir, name);
}

static int read_places(struct read_bundle *rb, const json_t *files)
{
    const json_t *file;
    size_t i;
    int r = read_lists(files, "topology.yaml")
                ? read_place(rb->b, "topology.yaml", &rb->b->topology)
                : 0;

    json_array_foreach (files, i, file) {
        if (r == 0 && !rb->b->objects &&
            strncmp(json_string_value(json_object_get(file, "name")), "objects/", 8) == 0)
            r = read_place(rb->b, "objects", &rb->b->objects);
    }
    return r;
}

static int read_contents(struct read_bundle *rb)
{
    _cleanup_json_ json_t *manifest = NULL;
    const json_t *files;
    int r = read_manifest(rb, &manifest);

    if (r < 0)
        return r;
    files = json_object_get(manifest, "files");
    r = read_optional(rb, files, "node.json", json_object(), &rb->b->node);
    if (r == 0)
        r = read_optional(rb, files, "flows.json", json_array(), &rb->b->flows);
    if (r == 0 && (!json_is_object(rb->b->node) || !json_is_array(rb->b->flows)))
        r = err_say(EINVAL, "'%s': node.json must be an object, flows.json a list", rb->b->path);
    if (r == 0)
        r = read_places(rb, files);
    return r < 0 ? r : read_maps(rb);
}

static int read_find_dir(struct bundle *b)
{
    struct stat st;

    if (stat(b->path, &st) < 0)
        return err_r(errno, "cannot open the bundle '%s'", b->path);
    if (!S_ISDIR(st.st_mode)) {
        b->is_copy = true;
        return S_ISREG(st.st_mode) ? pack_read(b->path, &b->dir)
                                   : err_say(EINVAL, "'%s' is no bundle", b->path);
    }
    b->dir = strdup(b->path);
    return b->dir ? 0 : err_r(ENOMEM, "cannot open '%s'", b->path);
}

int bundle_open(const char *path, struct bundle **out)
{
    _cleanup_(read_bundle_close) struct read_bundle rb = {.dir_fd = -1};
    int r;

    rb.b = calloc(1, sizeof(*rb.b));
    if (rb.b)
        rb.b->path = strdup(path);
    if (!rb.b || !rb.b->path)
        return err_r(ENOMEM, "cannot open '%s'", path);
    r = read_find_dir(rb.b);
    if (r < 0) {
        rb.b->is_copy = false;
        return r;
    }
    rb.dir_fd = open(rb.b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (rb.dir_fd < 0)
        return err_r(errno, "cannot open '%s'", rb.b->dir);
    r = read_contents(&rb);
    if (r < 0)
        return r;
    *out = TAKE_PTR(rb.b);
    return 0;
}
