// SPDX-License-Identifier: Apache-2.0
/*
 * Bytes to JSON and back, by a table of fields. What JSON would not show in full (a port cell with
 * more in it than a port, a list longer than its room, bytes that belong to no field) is shown raw:
 * an entry that was dumped is the same entry when it is loaded again.
 */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/address.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "maps/codec.h"

/* A tuple has no family in it. Behind an IPv4 one everything is zero; an IPv6 one has a port there.
 */
static const struct codec_tuple_form *codec_tuple_form_of(const uint8_t *bytes)
{
    for (size_t i = codec_tuple_v4.end; i < codec_tuple_v6.end; i++)
        if (bytes[i])
            return &codec_tuple_v6;
    return &codec_tuple_v4;
}

static json_t *codec_tuple_end_json(const uint8_t *address, const uint8_t *port,
                                    const struct codec_tuple_form *form, enum field_kind kind)
{
    struct address_port ap = {.address.af = form->af, .port = codec_get_port(port, kind)};

    memcpy(ap.address.bytes, address, form->address_size);
    return json_address_port(&ap);
}

static int codec_tuple_json(const uint8_t *bytes, enum field_kind kind, json_t *object)
{
    const struct codec_tuple_form *form = codec_tuple_form_of(bytes);

    return json_object_set_new(
               object, codec_source_name(kind),
               codec_tuple_end_json(bytes + form->source, bytes + form->source_port, form, kind)) |
           json_object_set_new(object, codec_destination_name(kind),
                               codec_tuple_end_json(bytes + form->destination,
                                                    bytes + form->destination_port, form, kind));
}

/*
 * A key of km_manage is a cookie or an address, and nothing in it says which. Cookies are counted
 * from 1 in blocks of 4096, so one that reads like an address (a.b.c.d with d not 0) would take 16
 * million namespaces; and an IPv6 address with its last 8 bytes zero is no host's.
 */
static int codec_manage_json(const uint8_t *bytes, json_t *object)
{
    struct address address = address_from_map(bytes);
    uint64_t cookie;
    bool low_only = true;

    memcpy(&cookie, bytes, sizeof(cookie));
    for (size_t i = sizeof(cookie); i < 16; i++)
        low_only = low_only && bytes[i] == 0;
    if (low_only && (address.af != AF_INET || bytes[3] == 0))
        return json_object_set_new(object, "cookie", json_integer((json_int_t)le64toh(cookie)));
    return json_object_set_new(object, "address", json_address(&address));
}

static json_t *codec_cell_json(const uint8_t *bytes, enum field_kind kind)
{
    struct address address;
    uint32_t u32;
    uint64_t u64;
    json_t *tuple;

    switch (kind) {
    case FIELD_U8:
        return json_integer(*bytes);
    case FIELD_U64:
        memcpy(&u64, bytes, sizeof(u64));
        return json_integer((json_int_t)u64);
    case FIELD_ADDRESS:
        address = address_from_map(bytes);
        return json_address(&address);
    case FIELD_PORT_BE32:
        return json_integer(codec_get_port(bytes, kind));
    case FIELD_TUPLE_BE:
    case FIELD_TUPLE_AUTH:
        tuple = json_object();
        codec_tuple_json(bytes, kind, tuple);
        return tuple;
    default:
        memcpy(&u32, bytes, sizeof(u32));
        return json_integer(u32);
    }
}

static json_t *codec_array_json(const uint8_t *bytes, uint32_t count, enum field_kind kind)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(array, codec_cell_json(bytes + i * codec_cell_size(kind), kind));
    return array;
}

static json_t *codec_list_json(const uint8_t *bytes, uint32_t room)
{
    uint32_t length;

    memcpy(&length, bytes, sizeof(length));
    return codec_array_json(bytes + sizeof(length), length < room ? length : room, FIELD_U32);
}

const char *codec_word(const struct map_field *field, uint64_t number)
{
    for (uint64_t i = 0; field->words && field->words[i]; i++)
        if (i == number && *field->words[i])
            return field->words[i];
    return NULL;
}

static json_t *codec_number_json(const struct map_field *field, const uint8_t *bytes)
{
    json_t *number = codec_cell_json(bytes, field->kind);
    const char *word = codec_word(field, (uint64_t)json_integer_value(number));

    if (!word)
        return number;
    json_decref(number);
    return json_string(word);
}

static int codec_field_json(const struct map_field *field, const uint8_t *bytes, json_t *object)
{
    bytes += field->offset;
    if (field->kind == FIELD_MANAGE_KEY)
        return codec_manage_json(bytes, object);
    if (!*field->name)
        return codec_tuple_json(bytes, field->kind, object);
    if (field->kind == FIELD_LIST_U32)
        return json_object_set_new(object, field->name, codec_list_json(bytes, field->count));
    if (field->count > 1)
        return json_object_set_new(object, field->name,
                                   codec_array_json(bytes, field->count, field->kind));
    return json_object_set_new(object, field->name, codec_number_json(field, bytes));
}

json_t *map_raw_json(const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;
    _cleanup_free_ char *hex = malloc(2 * size + 1);

    if (!hex)
        return NULL;
    hex[0] = '\0';
    for (size_t i = 0; i < size; i++)
        sprintf(hex + 2 * i, "%02x", byte[i]);
    return json_pack("{s:s}", "raw", hex);
}

/* True when the object says everything that the bytes say. */
static bool codec_is_complete(const struct map_field *fields, const json_t *object,
                              const void *bytes, size_t size)
{
    _cleanup_free_ void *again = calloc(1, size);
    struct codec_error error;

    return again && codec_decode(fields, object, again, size, &error) == 0 &&
           memcmp(again, bytes, size) == 0;
}

json_t *map_fields_json(const struct map_field *fields, const void *bytes, size_t size)
{
    json_t *object = fields ? json_object() : map_raw_json(bytes, size);

    for (const struct map_field *field = fields; object && field && field->name; field++)
        codec_field_json(field, bytes, object);
    return object;
}

json_t *map_encode_json(const struct map_field *fields, const void *bytes, size_t size)
{
    _cleanup_json_ json_t *object = fields ? map_fields_json(fields, bytes, size) : NULL;

    if (object && codec_is_complete(fields, object, bytes, size))
        return TAKE_PTR(object);
    return map_raw_json(bytes, size);
}
