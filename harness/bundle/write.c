// SPDX-License-Identifier: Apache-2.0
/* A bundle on its way to disk. What is written is digested on the way, for the manifest. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <xxhash.h>

#include "bundle/bundle.h"
#include "bundle/pack.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "common/tree.h"
#include "maps/encode.h"

struct bundle_writer {
    char *path, *partial;
    json_t *files, *maps;
    char *names[BUNDLE_FILES_MAX + 1];
    size_t n_names;
};

/* A file being written. */
struct write_file {
    const char *name;
    FILE *stream;
    XXH3_state_t *state;
    int64_t size;
};

int bundle_name_check(const char *name)
{
    size_t slashes = 0;

    if (strlen(name) > BUNDLE_NAME_MAX)
        return -EINVAL;
    for (const char *c = name; *c; c++) {
        bool starts = c == name || c[-1] == '/';

        slashes += *c == '/';
        if (starts && (*c == '.' || *c == '/' || *c == '-'))
            return -EINVAL;
        if (!isalnum((unsigned char)*c) && !strchr("_-./", *c))
            return -EINVAL;
        if (*c == '/' && !c[1])
            return -EINVAL;
    }
    return *name && slashes <= 1 ? 0 : -EINVAL;
}

static int write_path(const struct bundle_writer *w, const char *name, char **out)
{
    return text_format(out, "%s/%s", w->partial, name);
}

static int write_make_dir(const struct bundle_writer *w, const char *name)
{
    _cleanup_free_ char *path = NULL;
    int r = write_path(w, name, &path);

    if (r < 0)
        return r;
    *strrchr(path, '/') = '\0';
    return mkdir(path, 0700) < 0 && errno != EEXIST ? err_r(errno, "cannot make '%s'", path) : 0;
}

static void write_close(struct write_file *f)
{
    if (f->stream)
        fclose(f->stream);
    XXH3_freeState(f->state);
}

static int write_open(const struct bundle_writer *w, const char *name, struct write_file *out)
{
    _cleanup_free_ char *path = NULL;
    int r = bundle_name_check(name) < 0 ? err_say(EINVAL, "'%s' cannot be in a bundle", name)
                                        : write_make_dir(w, name);

    if (r < 0)
        return r;
    r = write_path(w, name, &path);
    if (r < 0)
        return r;
    out->name = name;
    out->stream = fopen(path, "wxe");
    if (!out->stream)
        return err_r(errno, "cannot write '%s'", path);
    out->state = XXH3_createState();
    if (!out->state)
        return err_r(ENOMEM, "cannot write '%s'", path);
    XXH3_64bits_reset(out->state);
    return 0;
}

/* Errors are seen at the end. */
static void write_bytes(struct write_file *f, const void *bytes, size_t n)
{
    fwrite(bytes, 1, n, f->stream);
    XXH3_64bits_update(f->state, bytes, n);
    f->size += (int64_t)n;
}

static int write_json_piece(const char *bytes, size_t n, void *data)
{
    write_bytes(data, bytes, n);
    return 0;
}

static int write_done(struct bundle_writer *w, struct write_file *f)
{
    char digest[24];

    if (fflush(f->stream) != 0 || ferror(f->stream))
        return err_r(errno ? errno : EIO, "cannot write '%s/%s'", w->path, f->name);
    if (w->n_names >= BUNDLE_FILES_MAX)
        return err_say(EFBIG, "a bundle has at most %d files", BUNDLE_FILES_MAX);
    w->names[w->n_names] = strdup(f->name);
    snprintf(digest, sizeof(digest), "%016" PRIx64, (uint64_t)XXH3_64bits_digest(f->state));
    if (!w->names[w->n_names++] ||
        json_array_append_new(w->files, json_pack("{s:s, s:I, s:s}", "name", f->name, "size",
                                                  (json_int_t)f->size, "xxh3", digest)) < 0)
        return err_r(ENOMEM, "cannot write '%s'", w->path);
    return 0;
}

int bundle_writer_new(const char *path, struct bundle_writer **out)
{
    _cleanup_(bundle_writer_free) struct bundle_writer *w = calloc(1, sizeof(*w));

    if (!w)
        return err_r(ENOMEM, "cannot write '%s'", path);
    w->files = json_array();
    w->maps = json_array();
    w->path = strdup(path);
    if (!w->files || !w->maps || !w->path)
        return err_r(ENOMEM, "cannot write '%s'", path);
    if (access(path, F_OK) == 0)
        return err_say(EEXIST, "there is a '%s' already", path);
    if (text_format(&w->partial, "%s.partial", path) < 0)
        return -ENOMEM;
    if (mkdir(w->partial, 0700) < 0) {
        int r = err_r(errno, "cannot make '%s'", w->partial);

        free(TAKE_PTR(w->partial)); /* it is somebody else's */
        return r;
    }
    *out = TAKE_PTR(w);
    return 0;
}

void bundle_writer_free(struct bundle_writer **writer)
{
    struct bundle_writer *w = TAKE_PTR(*writer);

    if (!w)
        return;
    if (w->partial)
        tree_remove(w->partial);
    for (size_t i = 0; i < w->n_names; i++)
        free(w->names[i]);
    json_decref(w->files);
    json_decref(w->maps);
    free(w->partial);
    free(w->path);
    free(w);
}

int bundle_write_json(struct bundle_writer *w, const char *name, const json_t *j)
{
    _cleanup_(write_close) struct write_file f = {};
    int r = write_open(w, name, &f);

    if (r < 0)
        return r;
    if (json_dump_callback(j, write_json_piece, &f, JSON_INDENT(1) | JSON_PRESERVE_ORDER) < 0)
        return err_r(ENOMEM, "cannot write '%s'", name);
    write_bytes(&f, "\n", 1);
    return write_done(w, &f);
}

int bundle_write_file(struct bundle_writer *w, const char *name, const char *from)
{
    _cleanup_(write_close) struct write_file f = {};
    _cleanup_close_ int fd = open(from, O_RDONLY | O_CLOEXEC);
    char chunk[16384];
    struct stat st;
    ssize_t n;
    int r;

    if (fd < 0 || fstat(fd, &st) < 0)
        return err_r(errno, "cannot read '%s'", from);
    if (!S_ISREG(st.st_mode) || st.st_size > BUNDLE_SIZE_MAX / 4)
        return err_say(EINVAL, "'%s' is no file, or too large for a bundle", from);
    r = write_open(w, name, &f);
    if (r < 0)
        return r;
    while ((n = read(fd, chunk, sizeof(chunk))) > 0)
        write_bytes(&f, chunk, (size_t)n);
    return n < 0 ? err_r(errno, "cannot read '%s'", from) : write_done(w, &f);
}

static int write_map_raw(struct bundle_writer *w, const struct bundle_map *map, const char *name)
{
    _cleanup_(write_close) struct write_file f = {};
    int r = write_open(w, name, &f);

    if (r < 0)
        return r;
    for (size_t i = 0; i < map->entries.n; i++) {
        write_bytes(&f, map_entries_key(&map->entries, i), map->entries.key_size);
        if (map->entries.value_size)
            write_bytes(&f, map_entries_value(&map->entries, i), map->entries.value_size);
    }
    return write_done(w, &f);
}

/* In the contract's order of ports: a bundle is of no lab. */
static json_t *write_bytes_json(const struct map_field *fields, const void *bytes, size_t size)
{
    return map_encode_json(fields, PORT_ORDER_HOST, bytes, size);
}

static json_t *write_entry_json(const struct bundle_map *map, size_t i)
{
    const struct map_layout *layout = map->layout;
    const struct map_entries *e = &map->entries;
    json_t *key, *value = json_null();

    key = write_bytes_json(layout ? layout->key : NULL, map_entries_key(e, i), e->key_size);
    if (e->value_size)
        value =
            write_bytes_json(layout ? layout->value : NULL, map_entries_value(e, i), e->value_size);
    return json_pack("{s:o, s:o}", "key", key, "value", value);
}

/* Entry by entry: a map of 100,000 is never in memory as JSON. */
static int write_map_json(struct bundle_writer *w, const struct bundle_map *map, const char *name)
{
    _cleanup_(write_close) struct write_file f = {};
    int r = write_open(w, name, &f);

    if (r < 0)
        return r;
    for (size_t i = 0; i < map->entries.n; i++) {
        _cleanup_json_ json_t *entry = write_entry_json(map, i);

        if (!entry ||
            json_dump_callback(entry, write_json_piece, &f, JSON_COMPACT | JSON_PRESERVE_ORDER) < 0)
            return err_r(ENOMEM, "cannot write '%s'", name);
        write_bytes(&f, "\n", 1);
    }
    return write_done(w, &f);
}

int bundle_write_map(struct bundle_writer *w, const struct bundle_map *map)
{
    char raw[BUNDLE_NAME_MAX], json[BUNDLE_NAME_MAX];
    json_t *row;
    int r;

    snprintf(raw, sizeof(raw), "maps/%s.bin", map->name);
    snprintf(json, sizeof(json), "maps/%s.json", map->name);
    if (map->has_entries) {
        r = write_map_raw(w, map, raw);
        if (r < 0)
            return r;
        r = write_map_json(w, map, json);
        if (r < 0)
            return r;
    }
    row = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:b, s:s?}", "name", map->name,
                    "called", map->called, "id", (json_int_t)map->id, "type", (json_int_t)map->type,
                    "key", (json_int_t)map->key_size, "value", (json_int_t)map->value_size,
                    "max_entries", (json_int_t)map->max_entries, "entries",
                    map->has_entries ? json_integer((json_int_t)map->entries.n) : json_null(),
                    "with_values", map->entries.value_size != 0, "file",
                    map->has_entries ? raw : NULL);
    return json_array_append_new(w->maps, row) < 0 ? err_r(ENOMEM, "cannot write '%s'", raw) : 0;
}

static int write_manifest(struct bundle_writer *w)
{
    time_t now = time(NULL);
    char created[32] = "";
    _cleanup_json_ json_t *manifest = NULL;
    struct tm tm;

    if (gmtime_r(&now, &tm))
        (void)strftime(created, sizeof(created), "%Y-%m-%dT%H:%M:%SZ", &tm);
    manifest = json_pack("{s:i, s:s, s:O}", "waypost_bundle", BUNDLE_VERSION, "created", created,
                         "files", w->files);
    return manifest ? bundle_write_json(w, "manifest.json", manifest)
                    : err_r(ENOMEM, "cannot write '%s'", w->path);
}

int bundle_writer_finish(struct bundle_writer *w)
{
    int r = bundle_write_json(w, "maps.json", w->maps);

    if (r < 0)
        return r;
    r = write_manifest(w);
    if (r < 0)
        return r;
    if (pack_is_archive_name(w->path))
        return pack_write(w->path, w->partial, w->names);
    if (rename(w->partial, w->path) < 0)
        return err_r(errno, "cannot make '%s'", w->path);
    free(TAKE_PTR(w->partial));
    return 0;
}
