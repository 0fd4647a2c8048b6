/* SPDX-License-Identifier: Apache-2.0 */
/* JSON to the bytes of a map; every mistake is answered with the name of the field. */
#pragma once

#include <jansson.h>

#include "maps/layout.h"

/*
 * {"raw": "hex"} is accepted everywhere, without fields (NULL) nothing else. Only the fields that
 * the object has are changed; an array that is shorter than its room leaves zeroes behind. -EINVAL
 * with a sentence that names the field.
 */
int map_decode_json(const struct map_field *fields, enum port_order order, const json_t *object,
                    void *bytes, size_t size);
/* The same for a key: every field must be given, the rest is zero. */
int map_decode_key(const struct map_field *fields, enum port_order order, const json_t *object,
                   void *bytes, size_t size);

struct decoder {
    enum port_order order;
    char error[256]; /* the sentence */
};

/* map_decode_json() without saying anything. */
int decode_quietly(const struct map_field *fields, const json_t *object, void *bytes, size_t size,
                   struct decoder *decoder);
