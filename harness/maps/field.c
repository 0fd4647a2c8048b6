// SPDX-License-Identifier: Apache-2.0
#include "maps/field.h"

#include <endian.h>
#include <string.h>
#include <sys/socket.h>

const struct tuple_form tuple_form_v4 = {AF_INET, 4, 0, 4, 8, 10, 12};
const struct tuple_form tuple_form_v6 = {AF_INET6, 16, 0, 16, 32, 34, 36};

size_t field_cell_size(enum field_kind kind)
{
    switch (kind) {
    case FIELD_U8:
        return 1;
    case FIELD_U64:
    case FIELD_REF:
        return 8;
    case FIELD_ADDRESS:
    case FIELD_MANAGE_KEY:
        return 16;
    case FIELD_PREFIX:
        return sizeof(struct km_nodeinfo_key);
    case FIELD_TUPLE_BE:
    case FIELD_TUPLE_AUTH:
        return sizeof(struct km_tuple);
    default:
        return 4;
    }
}

static bool field_is_host(enum field_kind kind, enum port_order order)
{
    if (kind == FIELD_TUPLE_AUTH || kind == FIELD_FAMILY_TUPLE_AUTH)
        return order == PORT_ORDER_HOST;
    return kind == FIELD_FAMILY_TUPLE || kind == FIELD_FAMILY_END;
}

uint16_t field_get_port(const uint8_t *bytes, enum field_kind kind, enum port_order order)
{
    uint16_t port;

    memcpy(&port, bytes, sizeof(port));
    return field_is_host(kind, order) ? port : be16toh(port);
}

void field_put_port(uint8_t *bytes, enum field_kind kind, enum port_order order, uint16_t port)
{
    if (!field_is_host(kind, order))
        port = htobe16(port);
    memcpy(bytes, &port, sizeof(port));
}

const char *field_source_name(enum field_kind kind)
{
    return kind == FIELD_TUPLE_AUTH ? "client" : "local";
}

const char *field_destination_name(enum field_kind kind)
{
    return kind == FIELD_TUPLE_AUTH ? "server" : "peer";
}

const char *field_word(const struct map_field *field, uint64_t number)
{
    for (uint64_t i = 0; field->words && field->words[i]; i++)
        if (i == number && *field->words[i])
            return field->words[i];
    return NULL;
}

int field_word_number(const struct map_field *field, const char *word)
{
    for (int i = 0; field->words && field->words[i]; i++)
        if (*word && strcmp(field->words[i], word) == 0)
            return i;
    return -1;
}

const char *map_cells_name(uint32_t type)
{
    static const char *const names[KM_CELLS] = {"kmesh_map64", "kmesh_map192", "kmesh_map296",
                                                "kmesh_map1600"};

    return type < KM_CELLS ? names[type] : NULL;
}

enum km_cells map_cells_type(const char *map)
{
    enum km_cells type = 0;

    while (type < KM_CELLS && strcmp(map_cells_name(type), map) != 0)
        type++;
    return type;
}
