/* SPDX-License-Identifier: Apache-2.0 */
/* What the two directions of the codec share. */
#pragma once

#include <stdbool.h>
#include "maps/maps.h"
#include "maps/layout.h"

/* The two forms of a tuple: where each has what. */
struct codec_tuple_form {
    int af;
    size_t address_size, source, destination, source_port, destination_port, end;
};

extern const struct codec_tuple_form codec_tuple_v4, codec_tuple_v6;

/* Bytes of one cell. */
size_t codec_cell_size(enum field_kind kind);
/* A 16-bit port in host order, from and to the byte order that the kind has. */
/* From here on FIELD_TUPLE_AUTH is in the network's byte order, or the host's again: of the lab
 * that is looked at, by lab/ports.h. */
void codec_set_network_ports(bool network);
uint16_t codec_get_port(const uint8_t *bytes, enum field_kind kind);
void codec_put_port(uint8_t *bytes, enum field_kind kind, uint16_t port);
/* The JSON names of a tuple's ends: "local" and "peer", or "client" and "server". */
const char *codec_source_name(enum field_kind kind);
const char *codec_destination_name(enum field_kind kind);

/* What a number stands for in the field, NULL where it stands for nothing; and back, -1 for a word
 * that there is not. */
const char *codec_word(const struct map_field *field, uint64_t number);
int codec_word_number(const struct map_field *field, const char *word);

struct codec_error {
    char text[256];
};

/* map_decode_json() without saying anything: the sentence goes to *error. */
int codec_decode(const struct map_field *fields, const json_t *object, void *bytes, size_t size,
                 struct codec_error *error);
