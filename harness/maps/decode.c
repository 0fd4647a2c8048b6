// SPDX-License-Identifier: Apache-2.0
/* JSON to the bytes of a map; every mistake is answered with the name of the field. */
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/address.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "maps/codec.h"

const struct codec_tuple_form codec_tuple_v4 = {AF_INET, 4, 0, 4, 8, 10, 12};
const struct codec_tuple_form codec_tuple_v6 = {AF_INET6, 16, 0, 16, 32, 34, 36};

size_t codec_cell_size(enum field_kind kind)
{
    switch (kind) {
    case FIELD_U8:
        return 1;
    case FIELD_U64:
        return 8;
    case FIELD_ADDRESS:
    case FIELD_MANAGE_KEY:
        return 16;
    case FIELD_TUPLE_BE:
    case FIELD_TUPLE_AUTH:
        return sizeof(struct km_tuple);
    default:
        return 4;
    }
}

static bool codec_network_ports;

void codec_set_network_ports(bool network)
{
    codec_network_ports = network;
}

static bool codec_is_host(enum field_kind kind)
{
    if (kind == FIELD_TUPLE_AUTH || kind == FIELD_FAMILY_TUPLE_AUTH)
        return !codec_network_ports;
    return kind == FIELD_FAMILY_TUPLE || kind == FIELD_FAMILY_END;
}

uint16_t codec_get_port(const uint8_t *bytes, enum field_kind kind)
{
    uint16_t port;

    memcpy(&port, bytes, sizeof(port));
    return codec_is_host(kind) ? port : be16toh(port);
}

void codec_put_port(uint8_t *bytes, enum field_kind kind, uint16_t port)
{
    if (!codec_is_host(kind))
        port = htobe16(port);
    memcpy(bytes, &port, sizeof(port));
}

const char *codec_source_name(enum field_kind kind)
{
    return kind == FIELD_TUPLE_AUTH ? "client" : "local";
}

const char *codec_destination_name(enum field_kind kind)
{
    return kind == FIELD_TUPLE_AUTH ? "server" : "peer";
}

static int decode_error(struct codec_error *error, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int decode_error(struct codec_error *error, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(error->text, sizeof(error->text), fmt, ap);
    va_end(ap);
    return -EINVAL;
}

static int decode_integer(const json_t *json, const char *name, json_int_t max, json_int_t *out,
                          struct codec_error *error)
{
    if (!json_is_integer(json))
        return decode_error(error, "'%s' must be a whole number", name);
    if (json_integer_value(json) < 0 || json_integer_value(json) > max)
        return decode_error(error, "'%s' is %lld, must be 0 to %lld", name,
                            (long long)json_integer_value(json), (long long)max);
    *out = json_integer_value(json);
    return 0;
}

/* The 16-byte form has no room for an IPv6 address that ends in 12 zero bytes, and an IPv4-mapped
 * one is looked up as IPv4. */
static int decode_address(const json_t *json, const char *name, uint8_t *bytes,
                          struct codec_error *error)
{
    struct address address = {};

    if (json_is_null(json)) {
        memset(bytes, 0, sizeof(address.bytes));
        return 0;
    }
    if (!json_is_string(json) || address_parse(json_string_value(json), &address) < 0)
        return decode_error(error, "'%s' must be an IP address or null", name);
    address = address_unmapped(&address);
    if (address.af == AF_INET6 && address_from_map(address.bytes).af != AF_INET6)
        return decode_error(error, "'%s' is '%s', which maps cannot tell from an IPv4 address",
                            name, json_string_value(json));
    memcpy(bytes, address.bytes, sizeof(address.bytes));
    return 0;
}

static int decode_tuple_end(const json_t *json, const char *name, struct address_port *out,
                            struct codec_error *error)
{
    if (!json_is_string(json) || address_port_parse(json_string_value(json), out) < 0)
        return decode_error(error, "'%s' must be ADDRESS:PORT", name);
    return 0;
}

static int decode_tuple(const json_t *json, enum field_kind kind, uint8_t *bytes,
                        struct codec_error *error)
{
    const char *source_name = codec_source_name(kind), *destination_name;
    const struct codec_tuple_form *form;
    struct address_port source, destination;
    int r = decode_tuple_end(json_object_get(json, source_name), source_name, &source, error);

    destination_name = codec_destination_name(kind);
    if (r == 0)
        r = decode_tuple_end(json_object_get(json, destination_name), destination_name,
                             &destination, error);
    if (r < 0)
        return r;
    if (source.address.af != destination.address.af)
        return decode_error(error, "'%s' and '%s' must be of one family", source_name,
                            destination_name);
    form = source.address.af == AF_INET ? &codec_tuple_v4 : &codec_tuple_v6;
    memset(bytes, 0, sizeof(struct km_tuple));
    memcpy(bytes + form->source, source.address.bytes, form->address_size);
    memcpy(bytes + form->destination, destination.address.bytes, form->address_size);
    codec_put_port(bytes + form->source_port, kind, source.port);
    codec_put_port(bytes + form->destination_port, kind, destination.port);
    return 0;
}

static int decode_manage(const json_t *object, uint8_t *bytes, struct codec_error *error)
{
    const json_t *cookie = json_object_get(object, "cookie");
    const json_t *address = json_object_get(object, "address");
    json_int_t number = 0;
    uint64_t le;
    int r;

    if (!cookie == !address)
        return decode_error(error, "either 'cookie' or 'address' must be given");
    if (address)
        return json_is_null(address) ? decode_error(error, "'address' must be an IP address")
                                     : decode_address(address, "address", bytes, error);
    r = decode_integer(cookie, "cookie", INT64_MAX, &number, error);
    if (r < 0)
        return r;
    le = htole64((uint64_t)number);
    memset(bytes, 0, sizeof(struct km_manage_key));
    memcpy(bytes, &le, sizeof(le));
    return 0;
}

static int decode_number(const json_t *json, const char *name, enum field_kind kind, uint8_t *bytes,
                         struct codec_error *error)
{
    static const json_int_t limits[] = {[FIELD_U8] = UINT8_MAX,
                                        [FIELD_U32] = UINT32_MAX,
                                        [FIELD_U64] = INT64_MAX,
                                        [FIELD_PORT_BE32] = UINT16_MAX};
    json_int_t number = 0;
    uint32_t u32;
    uint64_t u64;
    int r = decode_integer(json, name, limits[kind], &number, error);

    if (r < 0)
        return r;
    u64 = (uint64_t)number;
    u32 = kind == FIELD_PORT_BE32 ? maps_port_cell((uint16_t)number) : (uint32_t)number;
    if (kind == FIELD_U8)
        *bytes = (uint8_t)number;
    else
        memcpy(bytes, kind == FIELD_U64 ? (void *)&u64 : (void *)&u32, codec_cell_size(kind));
    return 0;
}

static int decode_cell(const json_t *json, const char *name, enum field_kind kind, uint8_t *bytes,
                       struct codec_error *error)
{
    switch (kind) {
    case FIELD_ADDRESS:
        return decode_address(json, name, bytes, error);
    case FIELD_TUPLE_BE:
    case FIELD_TUPLE_AUTH:
        return decode_tuple(json, kind, bytes, error);
    default:
        return decode_number(json, name, kind, bytes, error);
    }
}

/* A shorter array leaves zeroes behind its last cell. */
static int decode_array(const json_t *json, const struct map_field *field, enum field_kind kind,
                        uint8_t *bytes, struct codec_error *error)
{
    size_t size = codec_cell_size(kind), n = json_array_size(json);

    if (!json_is_array(json) || n > field->count)
        return decode_error(error, "'%s' must be an array of at most %u", field->name,
                            field->count);
    memset(bytes, 0, size * field->count);
    for (size_t i = 0; i < n; i++) {
        char name[64];
        int r;

        snprintf(name, sizeof(name), "%s[%zu]", field->name, i);
        r = decode_cell(json_array_get(json, i), name, kind, bytes + i * size, error);
        if (r < 0)
            return r;
    }
    return 0;
}

static int decode_list(const json_t *json, const struct map_field *field, uint8_t *bytes,
                       struct codec_error *error)
{
    uint32_t length = (uint32_t)json_array_size(json);
    int r = decode_array(json, field, FIELD_U32, bytes + sizeof(length), error);

    if (r == 0)
        memcpy(bytes, &length, sizeof(length));
    return r;
}

int codec_word_number(const struct map_field *field, const char *word)
{
    for (int i = 0; field->words && field->words[i]; i++)
        if (*word && strcmp(field->words[i], word) == 0)
            return i;
    return -1;
}

static int decode_word(const json_t *json, const struct map_field *field, uint8_t *bytes,
                       struct codec_error *error)
{
    const char *word = json_string_value(json);
    _cleanup_json_ json_t *number = NULL;
    int n = codec_word_number(field, word);

    if (n < 0)
        return decode_error(error, "'%s' is '%.64s', which is none of its words", field->name,
                            word);
    number = json_integer(n);
    return decode_number(number, field->name, field->kind, bytes, error);
}

static int decode_field(const struct map_field *field, const json_t *object, uint8_t *bytes,
                        struct codec_error *error)
{
    const json_t *json = *field->name ? json_object_get(object, field->name) : object;

    bytes += field->offset;
    if (!json)
        return 0;
    if (field->kind == FIELD_MANAGE_KEY)
        return decode_manage(json, bytes, error);
    if (field->kind == FIELD_LIST_U32)
        return decode_list(json, field, bytes, error);
    if (field->words && json_is_string(json))
        return decode_word(json, field, bytes, error);
    if (field->count > 1)
        return decode_array(json, field, field->kind, bytes, error);
    return decode_cell(json, field->name, field->kind, bytes, error);
}

static bool decode_is_known(const struct map_field *fields, const char *key)
{
    for (const struct map_field *field = fields; field->name; field++) {
        if (strcmp(field->name, key) == 0)
            return true;
        if (field->kind == FIELD_MANAGE_KEY)
            return strcmp(key, "cookie") == 0 || strcmp(key, "address") == 0;
        if (!*field->name && (strcmp(key, codec_source_name(field->kind)) == 0 ||
                              strcmp(key, codec_destination_name(field->kind)) == 0))
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

static int decode_nibble(char c)
{
    const char *digits = "0123456789abcdef", *digit = c ? strchr(digits, c | 0x20) : NULL;

    return digit ? (int)(digit - digits) : -1;
}

static int decode_raw(const json_t *json, uint8_t *bytes, size_t size, struct codec_error *error)
{
    const char *hex = json_string_value(json);

    if (!hex || strlen(hex) != 2 * size)
        return decode_error(error, "'raw' must be %zu hexadecimal digits", 2 * size);
    for (size_t i = 0; i < 2 * size; i++)
        if (decode_nibble(hex[i]) < 0)
            return decode_error(error, "'raw' has '%c', must be hexadecimal digits", hex[i]);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(decode_nibble(hex[2 * i]) << 4 | decode_nibble(hex[2 * i + 1]));
    return 0;
}

int codec_decode(const struct map_field *fields, const json_t *object, void *bytes, size_t size,
                 struct codec_error *error)
{
    const json_t *raw = json_object_get(object, "raw");
    const char *unknown;

    if (!json_is_object(object))
        return decode_error(error, "must be a JSON object");
    if (raw && json_object_size(object) == 1)
        return decode_raw(raw, bytes, size, error);
    if (!fields)
        return decode_error(error, "must be {\"raw\": \"%zu hexadecimal digits\"}", 2 * size);
    unknown = decode_unknown(fields, object);
    if (unknown)
        return decode_error(error, "there is no field '%.64s'", unknown);
    for (const struct map_field *field = fields; field->name; field++) {
        int r = decode_field(field, object, bytes, error);

        if (r < 0)
            return r;
    }
    return 0;
}

int map_decode_json(const struct map_field *fields, const json_t *object, void *bytes, size_t size)
{
    struct codec_error error;
    int r = codec_decode(fields, object, bytes, size, &error);

    return r < 0 ? err_say(EINVAL, "%s", error.text) : 0;
}

/* A key has no other one's fields to fall back on: each of its fields must be there. */
int map_decode_key(const struct map_field *fields, const json_t *object, void *bytes, size_t size)
{
    for (const struct map_field *field = fields; field && field->name; field++)
        if (*field->name && json_is_object(object) && !json_object_get(object, field->name) &&
            !json_object_get(object, "raw"))
            return err_say(EINVAL, "the key needs '%s'", field->name);
    memset(bytes, 0, size);
    return map_decode_json(fields, object, bytes, size);
}
