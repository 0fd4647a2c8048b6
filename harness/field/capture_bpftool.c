// SPDX-License-Identifier: Apache-2.0
/*
 * What `bpftool map dump -j` prints: [{"key": ["0x0a", …], "value": ["0x01", …], …}, …]. Sizes are
 * those of the first entry, the type is the one that the contract's map of that name has.
 */
#include "field/capture_bpftool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "confine/confine.h"

/* What the child may take. A byte of an entry counts for 102 bytes. */
#define BPFTOOL_MEMORY (2LL << 30)

static int bpftool_bytes(const char *path, size_t entry, const json_t *list, uint8_t *out,
                         size_t size)
{
    const json_t *cell;
    size_t i;

    if (json_array_size(list) != size)
        return err_say(EINVAL, "%s: entry %zu has %zu bytes where the first has %zu", path, entry,
                       json_array_size(list), size);
    json_array_foreach (list, i, cell) {
        const char *text = json_string_value(cell);
        char *end = NULL;
        unsigned long byte = text ? strtoul(text, &end, 16) : 0;

        if (!text || end == text || *end || byte > 0xff)
            return err_say(EINVAL, "%s: entry %zu: byte %zu is not like \"0x0a\"", path, entry, i);
        out[i] = (uint8_t)byte;
    }
    return 0;
}

/* Some entries cannot be read (of a sockhash, of one that went away): {"error": …} for a value. */
static int bpftool_entry(const char *path, size_t n, const json_t *entry, struct map_entries *e,
                         uint8_t *key, uint8_t *value)
{
    const json_t *bytes = json_object_get(entry, "value");
    int r = bpftool_bytes(path, n, json_object_get(entry, "key"), key, e->key_size);

    if (r == 0 && e->value_size)
        r = bpftool_bytes(path, n, bytes, value, e->value_size);
    return r < 0 ? r : map_entries_add(e, key, value);
}

static int bpftool_entries(const char *path, const json_t *list, struct map_entries *e)
{
    const json_t *first = json_array_get(list, 0), *entry;
    _cleanup_free_ uint8_t *key = NULL, *value = NULL;
    size_t i;

    e->key_size = (uint32_t)json_array_size(json_object_get(first, "key"));
    e->value_size = (uint32_t)json_array_size(json_object_get(first, "value"));
    if (e->key_size == 0)
        return err_say(EINVAL,
                       "%s: no list of {\"key\": [\"0x…\"…], \"value\": […]}, as "
                       "`bpftool map dump -j` prints it",
                       path);
    key = malloc(e->key_size);
    value = malloc(e->value_size + 1);
    if (!key || !value)
        return err_r(ENOMEM, "cannot read '%s'", path);
    json_array_foreach (list, i, entry) {
        int r = bpftool_entry(path, i, entry, e, key, value);

        if (r < 0)
            return r;
    }
    return map_entries_sort(e);
}

static int bpftool_parse(const char *path, const uint8_t *bytes, size_t size,
                         struct map_entries *out)
{
    _cleanup_json_ json_t *list = NULL;
    int r = json_read_text(path, bytes, size, BPFTOOL_MEMORY, &list);

    if (r < 0)
        return r;
    if (!json_is_array(list))
        return err_say(EINVAL, "%s: no list, as `bpftool map dump -j` prints it", path);
    return json_array_size(list) ? bpftool_entries(path, list, out) : 0;
}

/* ---- the child ---- */

struct bpftool_sizes {
    uint32_t key, value;
    uint64_t n;
};

static int bpftool_confined(const struct memory_file *dump, const void *unused,
                            struct memory_files *out)
{
    _cleanup_(map_entries_free) struct map_entries e = {};
    struct bpftool_sizes sizes;
    int r = bpftool_parse(dump->name, dump->bytes, dump->size, &e);

    (void)unused;
    if (r < 0)
        return r;
    sizes = (struct bpftool_sizes){e.key_size, e.value_size, e.n};
    r = memory_files_put(out, "sizes", &sizes, sizeof(sizes));
    if (r >= 0)
        r = memory_files_put(out, "keys", e.keys, e.n * e.key_size);
    return r < 0 ? r : memory_files_put(out, "values", e.values, e.n * e.value_size);
}

/* ---- the parent ---- */

static int bpftool_take(const char *path, const struct memory_files *words, struct map_entries *out)
{
    const struct memory_file *said = memory_files_find(words, "sizes");
    const struct memory_file *keys = memory_files_find(words, "keys");
    const struct memory_file *values = memory_files_find(words, "values");
    struct bpftool_sizes sizes = {};
    int r = 0;

    if (said && said->size == sizeof(sizes))
        memcpy(&sizes, said->bytes, sizeof(sizes));
    if (!said || !keys || !values || sizes.n > keys->size || (sizes.n && !sizes.key) ||
        sizes.n * sizes.key != keys->size || sizes.n * sizes.value != values->size)
        return err_say(EBADMSG, "what reads '%s' answered nonsense", path);
    *out = (struct map_entries){.key_size = sizes.key, .value_size = sizes.value};
    for (uint64_t i = 0; r >= 0 && i < sizes.n; i++)
        r = map_entries_add(out, keys->bytes + i * sizes.key,
                            sizes.value ? values->bytes + i * sizes.value : NULL);
    return r < 0 ? r : map_entries_sort(out);
}

static int bpftool_read(const char *path, struct map_entries *out)
{
    static const struct confine_limits limits = {
        .memory = BPFTOOL_MEMORY, .output = BUNDLE_SIZE_MAX, .cpu_s = 120};
    _cleanup_(memory_files_free) struct memory_files words = {};
    int r =
        confine_file("the dump", path, BUNDLE_SIZE_MAX, bpftool_confined, NULL, &limits, &words);

    return r < 0 ? r : bpftool_take(path, &words, out);
}

/* Takes the entries over. */
static int bpftool_describe(const char *name, struct map_entries *entries, struct bundle_map *map)
{
    const struct map_layout *layout = map_layout(name);

    map->entries = *entries;
    *entries = (struct map_entries){};
    map->name = strdup(map_contract_name(name));
    map->called = strdup(name);
    if (!map->name || !map->called)
        return err_r(ENOMEM, "cannot read '%s'", name);
    map->has_entries = true;
    map->type = layout ? layout->type : BPF_MAP_TYPE_HASH;
    map->max_entries = layout ? layout->entries : (uint32_t)map->entries.n + 1;
    if (map->entries.n == 0) {
        map->entries.key_size = layout ? layout->key_size : 1;
        map->entries.value_size = layout ? layout->value_size : 0;
    }
    map->key_size = map->entries.key_size;
    map->value_size =
        map->entries.value_size ? map->entries.value_size : (layout ? layout->value_size : 0);
    map->layout = map_layout_find(name, map->type, map->key_size, map->value_size);
    return 0;
}

static int bpftool_finish(int r, const char *name, struct map_entries *entries,
                          struct bundle_map *out)
{
    _cleanup_(bundle_map_free) struct bundle_map map = {};

    if (r >= 0)
        r = bpftool_describe(name, entries, &map);
    map_entries_free(entries);
    if (r < 0)
        return r;
    *out = map;
    map = (struct bundle_map){};
    return 0;
}

int capture_map_parse(const char *path, const char *name, struct bundle_map *out)
{
    struct map_entries entries = {};
    int r = bpftool_read(path, &entries);

    return bpftool_finish(r, name, &entries, out);
}

int capture_map_parse_bytes(const char *path, const uint8_t *bytes, size_t size, const char *name,
                            struct bundle_map *out)
{
    struct map_entries entries = {};
    int r = bpftool_parse(path, bytes, size, &entries);

    return bpftool_finish(r, name, &entries, out);
}
