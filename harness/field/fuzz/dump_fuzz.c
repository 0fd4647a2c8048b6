// SPDX-License-Identifier: Apache-2.0
/* Any bytes as what `bpftool map dump -j` printed of a map, whose name is the first line: refused
 * with one line, or a map whose entries have its sizes and can be shown. */
#include "common/cleanup.h"
#include "common/fuzz/fuzz.h"
#include "field/capture_bpftool.h"
#include "maps/encode.h"

static void fuzz_shown(const struct map_field *fields, const void *bytes, size_t size)
{
    _cleanup_json_ json_t *shown = map_encode_json(fields, PORT_ORDER_HOST, bytes, size);

    fuzz_expect(json_is_object(shown), "bytes are shown");
}

static void fuzz_map(const struct bundle_map *map)
{
    const struct map_entries *e = &map->entries;
    const struct map_layout *layout = map->layout;

    fuzz_expect(map->has_entries && map->name && map->called, "a map with contents");
    fuzz_expect(e->key_size == map->key_size, "keys have the map's size");
    fuzz_expect(!e->value_size || e->value_size == map->value_size, "and so have values");
    for (size_t i = 0; i < e->n; i++) {
        fuzz_expect(i == 0 ||
                        memcmp(map_entries_key(e, i - 1), map_entries_key(e, i), e->key_size) < 0,
                    "keys are sorted, each once");
        fuzz_shown(layout ? layout->key : NULL, map_entries_key(e, i), e->key_size);
        if (e->value_size)
            fuzz_shown(layout ? layout->value : NULL, map_entries_value(e, i), e->value_size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
    size_t length = line ? (size_t)(line - data) : 0;
    struct bundle_map map = {};
    char name[64];
    int r;

    if (length == 0 || length >= sizeof(name) || memchr(data, '\0', length))
        return 0;
    memcpy(name, data, length);
    name[length] = '\0';
    fuzz_listen();
    r = capture_map_parse_bytes("dump", line + 1, size - length - 1, name, &map);
    fuzz_expect_said(r);
    if (r == 0)
        fuzz_map(&map);
    bundle_map_free(&map);
    return 0;
}
