// SPDX-License-Identifier: Apache-2.0
#include "maps/convert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "maps/field.h"

static size_t convert_field_size(const struct map_field *field)
{
    if (field->kind == FIELD_LIST_U32)
        return sizeof(uint32_t) * (field->count + 1);
    if (field->kind == FIELD_MANAGE_KEY)
        return 16;
    return field_cell_size(field->kind) * field->count;
}

static const struct map_field *convert_find(const struct map_field *fields, const char *name)
{
    for (; fields->name; fields++)
        if (strcmp(fields->name, name) == 0)
            return fields;
    return NULL;
}

static bool convert_is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}

/* True when everything that was set has a place. The target starts as zeroes. */
static bool convert_bytes(const struct map_field *from, const uint8_t *source,
                          const struct map_field *to, uint8_t *target)
{
    bool whole = true;

    for (; from->name; from++) {
        const struct map_field *field = convert_find(to, from->name);
        size_t size = convert_field_size(from), room = field ? convert_field_size(field) : 0;
        size_t copied = size < room ? size : room;

        if (copied)
            memcpy(target + field->offset, source + from->offset, copied);
        whole = whole && convert_is_zero(source + from->offset + copied, size - copied);
    }
    return whole;
}

int maps_convert(const struct map_layout *from, const struct map_layout *to,
                 const struct map_entries *entries, struct map_entries *out, size_t *lost)
{
    _cleanup_(map_entries_free) struct map_entries converted = {.key_size = to->key_size,
                                                                .value_size = to->value_size};
    _cleanup_free_ uint8_t *key = malloc(to->key_size + 1), *value = malloc(to->value_size + 1);

    if (!key || !value)
        return err_r(ENOMEM, "cannot write map '%s'", from->name);
    for (size_t i = 0; i < entries->n; i++) {
        bool key_whole, value_whole;
        int r;

        memset(key, 0, to->key_size);
        memset(value, 0, to->value_size);
        key_whole = convert_bytes(from->key, map_entries_key(entries, i), to->key, key);
        value_whole = convert_bytes(from->value, map_entries_value(entries, i), to->value, value);
        *lost += !key_whole || !value_whole;
        r = key_whole ? map_entries_add(&converted, key, value) : 0;
        if (r < 0)
            return r;
    }
    *out = converted;
    converted = (struct map_entries){};
    return 0;
}
