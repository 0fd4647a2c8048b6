/* SPDX-License-Identifier: Apache-2.0 */
/* Single fields of a map's bytes: what both directions between bytes and JSON know of them. */
#pragma once

#include "maps/layout.h"

/* The two forms of a tuple: where each has what. */
struct tuple_form {
    int af;
    size_t address_size, source, destination, source_port, destination_port, end;
};

extern const struct tuple_form tuple_form_v4, tuple_form_v6;

/* Bytes of one cell. */
size_t field_cell_size(enum field_kind kind);
/* A 16-bit port in host order, from and to the byte order that the kind has; `order` is that of the
 * kinds that leave it open. */
uint16_t field_get_port(const uint8_t *bytes, enum field_kind kind, enum port_order order);
void field_put_port(uint8_t *bytes, enum field_kind kind, enum port_order order, uint16_t port);
/* The JSON names of a tuple's ends: "local" and "peer", or "client" and "server". */
const char *field_source_name(enum field_kind kind);
const char *field_destination_name(enum field_kind kind);

/* What a number stands for in the field, NULL where it stands for nothing; and back, -1 for a word
 * that there is not. */
const char *field_word(const struct map_field *field, uint64_t number);
int field_word_number(const struct map_field *field, const char *word);

/* The map that a reference cell of that type leads to; NULL for a type that there is not. */
const char *map_cells_name(uint32_t type);
/* The type of the cells of a map; KM_CELLS for a map that has none. */
enum km_cells map_cells_type(const char *map);
