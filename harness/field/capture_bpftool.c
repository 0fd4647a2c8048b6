// SPDX-License-Identifier: Apache-2.0
/*
 * What `bpftool map dump -j` prints: [{"key": ["0x0a", …], "value": ["0x01", …], …}, …]. Sizes are
 * those of the first entry, the type is the one that the contract's map of that name has.
 */
#include "field/capture_bpftool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"

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

static int bpftool_fill(const char *path, const char *name, const json_t *list,
                        struct bundle_map *map)
{
    const struct map_layout *layout = map_layout(name);
    int r = 0;

    map->name = strdup(map_contract_name(name));
    map->called = strdup(name);
    if (!map->name || !map->called)
        return err_r(ENOMEM, "cannot read '%s'", path);
    map->has_entries = true;
    map->type = layout ? layout->type : BPF_MAP_TYPE_HASH;
    map->max_entries = layout ? layout->entries : (uint32_t)json_array_size(list) + 1;
    map->entries.key_size = layout ? layout->key_size : 1;
    if (json_array_size(list))
        r = bpftool_entries(path, list, &map->entries);
    else if (layout)
        map->entries.value_size = layout->value_size;
    map->key_size = map->entries.key_size;
    map->value_size =
        map->entries.value_size ? map->entries.value_size : (layout ? layout->value_size : 0);
    map->layout = map_layout_find(name, map->type, map->key_size, map->value_size);
    return r;
}

int capture_map_parse(const char *path, const char *name, struct bundle_map *out)
{
    _cleanup_(bundle_map_free) struct bundle_map map = {};
    _cleanup_json_ json_t *list = NULL;
    struct stat st;
    int r;

    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return err_say(EINVAL, "'%s' is no file", path);
    if (st.st_size > BUNDLE_SIZE_MAX)
        return err_say(EFBIG, "'%s' is too large", path);
    r = json_read_file(path, &list);
    if (r < 0)
        return r;
    if (!json_is_array(list))
        return err_say(EINVAL, "%s: no list, as `bpftool map dump -j` prints it", path);
    r = bpftool_fill(path, name, list, &map);
    if (r < 0)
        return r;
    *out = map;
    map = (struct bundle_map){};
    return 0;
}
