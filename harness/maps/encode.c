// SPDX-License-Identifier: Apache-2.0
/*
 * Bytes to JSON, by a table of fields. What JSON would not show in full (a port cell with
 * more in it than a port, a list longer than its room, bytes that belong to no field) is shown raw:
 * an entry that was dumped is the same entry when it is loaded again.
 */
#include "maps/encode.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/address.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "maps/decode.h"
#include "maps/field.h"

/* A tuple has no family in it. Behind an IPv4 one everything is zero; an IPv6 one has a port there.
 */
static const struct tuple_form *encode_tuple_form(const uint8_t *bytes)
{
    for (size_t i = tuple_form_v4.end; i < tuple_form_v6.end; i++)
        if (bytes[i])
            return &tuple_form_v6;
    return &tuple_form_v4;
}

static json_t *encode_tuple_end(const uint8_t *address, const uint8_t *port,
                                const struct tuple_form *form, enum field_kind kind,
                                enum port_order order)
{
    struct address_port ap = {.address.af = form->af, .port = field_get_port(port, kind, order)};

    memcpy(ap.address.bytes, address, form->address_size);
    return json_address_port(&ap);
}

static int encode_tuple(const uint8_t *bytes, enum field_kind kind, enum port_order order,
                        json_t *object)
{
    const struct tuple_form *form = encode_tuple_form(bytes);

    return json_object_set_new(object, field_source_name(kind),
                               encode_tuple_end(bytes + form->source, bytes + form->source_port,
                                                form, kind, order)) |
           json_object_set_new(object, field_destination_name(kind),
                               encode_tuple_end(bytes + form->destination,
                                                bytes + form->destination_port, form, kind, order));
}

/*
 * A key of km_manage is a cookie or an address, and nothing in it says which. Cookies are counted
 * from 1 in blocks of 4096, so one that reads like an address (a.b.c.d with d not 0) would take 16
 * million namespaces; and an IPv6 address with its last 8 bytes zero is no host's.
 */
static int encode_manage(const uint8_t *bytes, json_t *object)
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

json_t *map_ref_json(uint64_t ref)
{
    uint32_t type = (uint32_t)ref >> 24, index = (uint32_t)ref & KM_CELLS_INDEX_MAX;
    const char *name = map_cells_name(type);

    if ((uint32_t)ref == 0)
        return json_null();
    return name ? json_sprintf("%s/%u", name, index) : json_sprintf("%u/%u", type, index);
}

static json_t *encode_prefix(const uint8_t *bytes)
{
    struct km_nodeinfo_key key;
    struct address address = {.af = AF_INET6};
    char text[ADDRESS_TEXT_MAX];

    memcpy(&key, bytes, sizeof(key));
    memcpy(address.bytes, key.address, sizeof(key.address));
    if (key.prefix <= 32 && address_from_map(key.address).af != AF_INET6)
        address.af = AF_INET;
    return json_sprintf("%s/%u", address_text(&address, text), key.prefix);
}

static json_t *encode_cell(const uint8_t *bytes, enum field_kind kind, enum port_order order)
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
    case FIELD_PREFIX:
        return encode_prefix(bytes);
    case FIELD_REF:
        memcpy(&u64, bytes, sizeof(u64));
        return map_ref_json(u64);
    case FIELD_PORT_BE32:
        return json_integer(field_get_port(bytes, kind, order));
    case FIELD_TUPLE_BE:
    case FIELD_TUPLE_AUTH:
        tuple = json_object();
        encode_tuple(bytes, kind, order, tuple);
        return tuple;
    default:
        memcpy(&u32, bytes, sizeof(u32));
        return json_integer(u32);
    }
}

static json_t *encode_array(const uint8_t *bytes, uint32_t count, enum field_kind kind,
                            enum port_order order)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(array, encode_cell(bytes + i * field_cell_size(kind), kind, order));
    return array;
}

static json_t *encode_list(const uint8_t *bytes, uint32_t room)
{
    uint32_t length;

    memcpy(&length, bytes, sizeof(length));
    return encode_array(bytes + sizeof(length), length < room ? length : room, FIELD_U32,
                        PORT_ORDER_HOST);
}

static json_t *encode_number(const struct map_field *field, enum port_order order,
                             const uint8_t *bytes)
{
    json_t *number = encode_cell(bytes, field->kind, order);
    const char *word = field_word(field, (uint64_t)json_integer_value(number));

    if (!word)
        return number;
    json_decref(number);
    return json_string(word);
}

static int encode_field(const struct map_field *field, enum port_order order, const uint8_t *bytes,
                        json_t *object)
{
    bytes += field->offset;
    if (field->kind == FIELD_MANAGE_KEY)
        return encode_manage(bytes, object);
    if (!*field->name)
        return encode_tuple(bytes, field->kind, order, object);
    if (field->kind == FIELD_LIST_U32)
        return json_object_set_new(object, field->name, encode_list(bytes, field->count));
    if (field->count > 1)
        return json_object_set_new(object, field->name,
                                   encode_array(bytes, field->count, field->kind, order));
    return json_object_set_new(object, field->name, encode_number(field, order, bytes));
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
static bool encode_is_complete(const struct map_field *fields, enum port_order order,
                               const json_t *object, const void *bytes, size_t size)
{
    _cleanup_free_ void *again = calloc(1, size);
    struct decoder decoder = {.order = order};

    return again && decode_quietly(fields, object, again, size, &decoder) == 0 &&
           memcmp(again, bytes, size) == 0;
}

json_t *map_fields_json(const struct map_field *fields, enum port_order order, const void *bytes,
                        size_t size)
{
    json_t *object = fields ? json_object() : map_raw_json(bytes, size);

    for (const struct map_field *field = fields; object && field && field->name; field++)
        encode_field(field, order, bytes, object);
    return object;
}

json_t *map_encode_json(const struct map_field *fields, enum port_order order, const void *bytes,
                        size_t size)
{
    bool known = fields && !fields->view;
    _cleanup_json_ json_t *object = known ? map_fields_json(fields, order, bytes, size) : NULL;

    if (object && encode_is_complete(fields, order, object, bytes, size))
        return TAKE_PTR(object);
    return map_raw_json(bytes, size);
}
