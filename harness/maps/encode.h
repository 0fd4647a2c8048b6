/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a map as JSON. */
#pragma once

#include <jansson.h>

#include "maps/layout.h"

/*
 * Without fields (NULL) or with views alone, and where JSON would not say all that the bytes say,
 * it is {"raw": "hex"}. NULL when there is no memory, of all three.
 *
 * A key of km_manage is {"cookie": N} or {"address": "…"}. The bytes do not tell which: see
 * encode_manage(); map_dump() prefers the address of one of the lab's pods.
 */
json_t *map_encode_json(const struct map_field *fields, enum port_order order, const void *bytes,
                        size_t size);
/* The fields alone, whatever stands between them: programs keep things of their own there. */
json_t *map_fields_json(const struct map_field *fields, enum port_order order, const void *bytes,
                        size_t size);
/* A reference cell as "MAP/INDEX", "TYPE/INDEX" where the type is no map's, null for 0. */
json_t *map_ref_json(uint64_t ref);
/* The bytes as {"raw": "hex"}. */
json_t *map_raw_json(const void *bytes, size_t size);
