// SPDX-License-Identifier: Apache-2.0
#include "maps/decode.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/address.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "maps/field.h"
#include "topology/topology.h"

static int decode_mistake(struct decoder *decoder, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int decode_mistake(struct decoder *decoder, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(decoder->error, sizeof(decoder->error), fmt, ap);
    va_end(ap);
    return -EINVAL;
}

static int decode_integer(const json_t *json, const char *name, json_int_t max, json_int_t *out,
                          struct decoder *decoder)
{
    if (!json_is_integer(json))
        return decode_mistake(decoder, "'%s' must be a whole number", name);
    if (json_integer_value(json) < 0 || json_integer_value(json) > max)
        return decode_mistake(decoder, "'%s' is %lld, must be 0 to %lld", name,
                              (long long)json_integer_value(json), (long long)max);
    *out = json_integer_value(json);
    return 0;
}

/* The 16-byte form has no room for an IPv6 address that ends in 12 zero bytes, and an IPv4-mapped
 * one is looked up as IPv4. */
static int decode_address(const json_t *json, const char *name, uint8_t *bytes,
                          struct decoder *decoder)
{
    struct address address = {};

    if (json_is_null(json)) {
        memset(bytes, 0, sizeof(address.bytes));
        return 0;
    }
    if (!json_is_string(json) || address_parse(json_string_value(json), &address) < 0)
        return decode_mistake(decoder, "'%s' must be an IP address or null", name);
    address = address_unmapped(&address);
    if (address.af == AF_INET6 && address_from_map(address.bytes).af != AF_INET6)
        return decode_mistake(decoder, "'%s' is '%s', which maps cannot tell from an IPv4 address",
                              name, json_string_value(json));
    memcpy(bytes, address.bytes, sizeof(address.bytes));
    return 0;
}

static int decode_tuple_end(const json_t *json, const char *name, struct address_port *out,
                            struct decoder *decoder)
{
    if (!json_is_string(json) || address_port_parse(json_string_value(json), out) < 0)
        return decode_mistake(decoder, "'%s' must be ADDRESS:PORT", name);
    return 0;
}

static int decode_tuple(const json_t *json, enum field_kind kind, uint8_t *bytes,
                        struct decoder *decoder)
{
    const char *source_name = field_source_name(kind), *destination_name;
    const struct tuple_form *form;
    struct address_port source, destination;
    int r = decode_tuple_end(json_object_get(json, source_name), source_name, &source, decoder);

    destination_name = field_destination_name(kind);
    if (r < 0)
        return r;
    r = decode_tuple_end(json_object_get(json, destination_name), destination_name, &destination,
                         decoder);
    if (r < 0)
        return r;
    if (source.address.af != destination.address.af)
        return decode_mistake(decoder, "'%s' and '%s' must be of one family", source_name,
                              destination_name);
    form = source.address.af == AF_INET ? &tuple_form_v4 : &tuple_form_v6;
    memset(bytes, 0, sizeof(struct km_tuple));
    memcpy(bytes + form->source, source.address.bytes, form->address_size);
    memcpy(bytes + form->destination, destination.address.bytes, form->address_size);
    field_put_port(bytes + form->source_port, kind, decoder->order, source.port);
    field_put_port(bytes + form->destination_port, kind, decoder->order, destination.port);
    return 0;
}

static int decode_manage(const json_t *object, uint8_t *bytes, struct decoder *decoder)
{
    const json_t *cookie = json_object_get(object, "cookie");
    const json_t *address = json_object_get(object, "address");
    json_int_t number = 0;
    uint64_t le;
    int r;

    if (!cookie == !address)
        return decode_mistake(decoder, "either 'cookie' or 'address' must be given");
    if (address)
        return json_is_null(address) ? decode_mistake(decoder, "'address' must be an IP address")
                                     : decode_address(address, "address", bytes, decoder);
    r = decode_integer(cookie, "cookie", INT64_MAX, &number, decoder);
    if (r < 0)
        return r;
    le = htole64((uint64_t)number);
    memset(bytes, 0, sizeof(struct km_manage_key));
    memcpy(bytes, &le, sizeof(le));
    return 0;
}

static int decode_number(const json_t *json, const char *name, enum field_kind kind, uint8_t *bytes,
                         struct decoder *decoder)
{
    static const json_int_t limits[] = {[FIELD_U8] = UINT8_MAX,
                                        [FIELD_U32] = UINT32_MAX,
                                        [FIELD_U64] = INT64_MAX,
                                        [FIELD_PORT_BE32] = UINT16_MAX};
    json_int_t number = 0;
    uint32_t u32;
    uint64_t u64;
    int r = decode_integer(json, name, limits[kind], &number, decoder);

    if (r < 0)
        return r;
    u64 = (uint64_t)number;
    u32 = kind == FIELD_PORT_BE32 ? maps_port_cell((uint16_t)number) : (uint32_t)number;
    if (kind == FIELD_U8)
        *bytes = (uint8_t)number;
    else
        memcpy(bytes, kind == FIELD_U64 ? (void *)&u64 : (void *)&u32, field_cell_size(kind));
    return 0;
}

/* "kmesh_map64/INDEX", or "TYPE/INDEX" for one that leads nowhere; null is 0. */
static int decode_ref(const json_t *json, const char *name, uint8_t *bytes, struct decoder *decoder)
{
    const char *text = json_string_value(json), *slash = text ? strrchr(text, '/') : NULL;
    uint32_t type = 0, index = 0;
    uint64_t ref = 0;
    bool ok = json_is_null(json);

    if (slash && topology_setting_number(slash + 1, &index) == 0 && index <= KM_CELLS_INDEX_MAX) {
        _cleanup_free_ char *map = strndup(text, (size_t)(slash - text));

        type = map ? map_cells_type(map) : KM_CELLS;
        ok = map &&
             (type < KM_CELLS || (topology_setting_number(map, &type) == 0 && type <= UINT8_MAX));
        ref = maps_ref(type, index);
    }
    if (!ok)
        return decode_mistake(decoder, "'%s' must be MAP/INDEX, as kmesh_map64/7, or null", name);
    memcpy(bytes, &ref, sizeof(ref));
    return 0;
}

static int decode_prefix(const json_t *json, const char *name, uint8_t *bytes,
                         struct decoder *decoder)
{
    const char *text = json_string_value(json), *slash = text ? strrchr(text, '/') : NULL;
    _cleanup_free_ char *host = slash ? strndup(text, (size_t)(slash - text)) : NULL;
    struct km_nodeinfo_key key = {0};
    struct address address;

    if (!host || address_parse(host, &address) < 0 ||
        topology_setting_number(slash + 1, &key.prefix) < 0 ||
        key.prefix > (address.af == AF_INET ? 32 : 128))
        return decode_mistake(decoder, "'%s' must be ADDRESS/BITS", name);
    memcpy(key.address, address.bytes, sizeof(key.address));
    memcpy(bytes, &key, sizeof(key));
    return 0;
}

static int decode_cell(const json_t *json, const char *name, enum field_kind kind, uint8_t *bytes,
                       struct decoder *decoder)
{
    switch (kind) {
    case FIELD_ADDRESS:
        return decode_address(json, name, bytes, decoder);
    case FIELD_TUPLE_BE:
    case FIELD_TUPLE_AUTH:
        return decode_tuple(json, kind, bytes, decoder);
    case FIELD_PREFIX:
        return decode_prefix(json, name, bytes, decoder);
    case FIELD_REF:
        return decode_ref(json, name, bytes, decoder);
    default:
        return decode_number(json, name, kind, bytes, decoder);
    }
}

static int decode_string(const json_t *json, const struct map_field *field, uint8_t *bytes,
                         struct decoder *decoder)
{
    if (!json_is_string(json) || json_string_length(json) >= field->count)
        return decode_mistake(decoder, "'%s' must be a text of at most %u bytes", field->name,
                              field->count - 1);
    memset(bytes, 0, field->count);
    memcpy(bytes, json_string_value(json), json_string_length(json));
    return 0;
}

/* A shorter array leaves zeroes behind its last cell. */
static int decode_array(const json_t *json, const struct map_field *field, enum field_kind kind,
                        uint8_t *bytes, struct decoder *decoder)
{
    size_t size = field_cell_size(kind), n = json_array_size(json);

    if (!json_is_array(json) || n > field->count)
        return decode_mistake(decoder, "'%s' must be an array of at most %u", field->name,
                              field->count);
    memset(bytes, 0, size * field->count);
    for (size_t i = 0; i < n; i++) {
        char name[64];
        int r;

        snprintf(name, sizeof(name), "%s[%zu]", field->name, i);
        r = decode_cell(json_array_get(json, i), name, kind, bytes + i * size, decoder);
        if (r < 0)
            return r;
    }
    return 0;
}

static int decode_list(const json_t *json, const struct map_field *field, uint8_t *bytes,
                       struct decoder *decoder)
{
    uint32_t length = (uint32_t)json_array_size(json);
    int r = decode_array(json, field, FIELD_U32, bytes + sizeof(length), decoder);

    if (r < 0)
        return r;
    memcpy(bytes, &length, sizeof(length));
    return 0;
}

static int decode_word(const json_t *json, const struct map_field *field, uint8_t *bytes,
                       struct decoder *decoder)
{
    const char *word = json_string_value(json);
    _cleanup_json_ json_t *number = NULL;
    int n = field_word_number(field, word);

    if (n < 0)
        return decode_mistake(decoder, "'%s' is '%.64s', which is none of its words", field->name,
                              word);
    number = json_integer(n);
    return decode_number(number, field->name, field->kind, bytes, decoder);
}

static int decode_fields(const struct map_field *fields, const json_t *object, uint8_t *bytes,
                         struct decoder *decoder);

static int decode_field(const struct map_field *field, const json_t *object, uint8_t *bytes,
                        struct decoder *decoder)
{
    const json_t *json = *field->name ? json_object_get(object, field->name) : object;

    bytes += field->offset;
    if (!json)
        return 0;
    if (field->kind == FIELD_MANAGE_KEY)
        return decode_manage(json, bytes, decoder);
    if (field->kind == FIELD_STRUCT)
        return decode_fields(field->fields, json, bytes, decoder);
    if (field->kind == FIELD_STRING)
        return decode_string(json, field, bytes, decoder);
    if (field->kind == FIELD_LIST_U32)
        return decode_list(json, field, bytes, decoder);
    if (field->words && json_is_string(json))
        return decode_word(json, field, bytes, decoder);
    if (field->count > 1)
        return decode_array(json, field, field->kind, bytes, decoder);
    return decode_cell(json, field->name, field->kind, bytes, decoder);
}

static bool decode_is_known(const struct map_field *fields, const char *key)
{
    for (const struct map_field *field = fields; field->name; field++) {
        if (strcmp(field->name, key) == 0)
            return true;
        if (field->kind == FIELD_MANAGE_KEY)
            return strcmp(key, "cookie") == 0 || strcmp(key, "address") == 0;
        if (!*field->name && (strcmp(key, field_source_name(field->kind)) == 0 ||
                              strcmp(key, field_destination_name(field->kind)) == 0))
            return true;
    }
    return false;
}

static const char *decode_unknown(const struct map_field *fields, const json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)object, key, value) {
        if (!decode_is_known(fields, key))
            return key;
    }
    return NULL;
}

static int decode_fields(const struct map_field *fields, const json_t *object, uint8_t *bytes,
                         struct decoder *decoder)
{
    const char *unknown = decode_unknown(fields, object);

    if (!json_is_object(object))
        return decode_mistake(decoder, "must be a JSON object");
    if (unknown)
        return decode_mistake(decoder, "there is no field '%.64s'", unknown);
    for (const struct map_field *field = fields; field->name; field++) {
        int r = decode_field(field, object, bytes, decoder);

        if (r < 0)
            return r;
    }
    return 0;
}

static int decode_nibble(char c)
{
    const char *digits = "0123456789abcdef", *digit = c ? strchr(digits, c | 0x20) : NULL;

    return digit ? (int)(digit - digits) : -1;
}

static int decode_raw(const json_t *json, uint8_t *bytes, size_t size, struct decoder *decoder)
{
    const char *hex = json_string_value(json);

    if (!hex || strlen(hex) != 2 * size)
        return decode_mistake(decoder, "'raw' must be %zu hexadecimal digits", 2 * size);
    for (size_t i = 0; i < 2 * size; i++)
        if (decode_nibble(hex[i]) < 0)
            return decode_mistake(decoder, "'raw' has '%c', must be hexadecimal digits", hex[i]);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(decode_nibble(hex[2 * i]) << 4 | decode_nibble(hex[2 * i + 1]));
    return 0;
}

int decode_quietly(const struct map_field *fields, const json_t *object, void *bytes, size_t size,
                   struct decoder *decoder)
{
    const json_t *raw = json_object_get(object, "raw");

    if (!json_is_object(object))
        return decode_mistake(decoder, "must be a JSON object");
    if (raw && json_object_size(object) == 1)
        return decode_raw(raw, bytes, size, decoder);
    if (!fields)
        return decode_mistake(decoder, "must be {\"raw\": \"%zu hexadecimal digits\"}", 2 * size);
    return decode_fields(fields, object, bytes, decoder);
}

int map_decode_json(const struct map_field *fields, enum port_order order, const json_t *object,
                    void *bytes, size_t size)
{
    struct decoder decoder = {.order = order};
    int r = decode_quietly(fields, object, bytes, size, &decoder);

    return r < 0 ? err_say(EINVAL, "%s", decoder.error) : 0;
}

/* A key has no other one's fields to fall back on: each of its fields must be there. */
int map_decode_key(const struct map_field *fields, enum port_order order, const json_t *object,
                   void *bytes, size_t size)
{
    for (const struct map_field *field = fields; field && field->name; field++)
        if (*field->name && json_is_object(object) && !json_object_get(object, field->name) &&
            !json_object_get(object, "raw"))
            return err_say(EINVAL, "the key needs '%s'", field->name);
    memset(bytes, 0, size);
    return map_decode_json(fields, order, object, bytes, size);
}
